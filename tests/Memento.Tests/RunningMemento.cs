using Xunit;

namespace AutoDev.Memento.Tests;

/// <summary>Tests of this collection share one running service; each takes a workspace of its own.</summary>
[CollectionDefinition(Name)]
public sealed class RunningMemento : ICollectionFixture<MementoFixture>
{
    public const string Name = "running memento";
}

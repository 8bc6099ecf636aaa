namespace AutoDev.Contracts.Evolver;

/// <summary>A service that keeps a list of what waits for a person, and has lost it, asks the Evolver to say every mutation again that waits for a decision.</summary>
public sealed record RestateMutations
{
    /// <summary>Who asks: a service, by its word, or an administrator.</summary>
    public required string RequestedBy { get; init; }
}

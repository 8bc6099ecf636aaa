using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Mcp;

/// <summary>Tells the clients on every instance that the skills of their workspace have changed.</summary>
sealed class AnnounceToolsConsumer(IDocumentSession session) : IConsumer<SkillPublished>
{
    public Task Consume(ConsumeContext<SkillPublished> context) => Announce(context.Message.WorkspaceId);

    Task Announce(string workspace)
    {
        InstanceSignals.Send(session, InstanceSignals.Tools, workspace);
        return Task.CompletedTask;
    }
}

using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Mcp;

/// <summary>Tells the clients on every instance that the skills of their workspace have changed.</summary>
sealed class AnnounceToolsConsumer(IDocumentSession session)
    : IConsumer<SkillPublished>, IConsumer<SkillVersionConfirmed>, IConsumer<SkillRolledBack>, IConsumer<SkillRetired>, IConsumer<SkillRestored>
{
    public Task Consume(ConsumeContext<SkillPublished> context) => Announce(context.Message.WorkspaceId);

    public Task Consume(ConsumeContext<SkillVersionConfirmed> context) => Announce(context.Message.WorkspaceId);

    public Task Consume(ConsumeContext<SkillRolledBack> context) => Announce(context.Message.WorkspaceId);

    public Task Consume(ConsumeContext<SkillRetired> context) => Announce(context.Message.WorkspaceId);

    public Task Consume(ConsumeContext<SkillRestored> context) => Announce(context.Message.WorkspaceId);

    Task Announce(string workspace)
    {
        InstanceSignals.Send(session, InstanceSignals.Tools, workspace);
        return Task.CompletedTask;
    }
}

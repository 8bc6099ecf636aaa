using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Outcomes;

/// <summary>Keeps which version of a skill agents got when: episodes and feedback name skills without one.</summary>
sealed class FollowVersionsConsumer(IDocumentSession session) : IConsumer<SkillPublished>, IConsumer<SkillVersionConfirmed>, IConsumer<SkillRolledBack>
{
    public Task Consume(ConsumeContext<SkillPublished> context) => Keep(VersionInForce.Of(context.Message));

    public Task Consume(ConsumeContext<SkillVersionConfirmed> context) => Keep(VersionInForce.Of(context.Message));

    public Task Consume(ConsumeContext<SkillRolledBack> context) => Keep(VersionInForce.Of(context.Message));

    Task Keep(VersionInForce? version)
    {
        if (version is not null) session.Store(version);
        return Task.CompletedTask;
    }
}

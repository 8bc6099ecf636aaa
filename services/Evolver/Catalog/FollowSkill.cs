using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Catalog;

/// <summary>
/// Keeps this service's copy of every published version, and of which one agents get; of two messages the newer counts, in whatever order they come.
/// </summary>
sealed class FollowSkillConsumer(IDocumentSession session)
    : IConsumer<SkillPublished>, IConsumer<SkillRolledBack>, IConsumer<SkillRetired>, IConsumer<SkillRestored>
{
    public async Task Consume(ConsumeContext<SkillPublished> context)
    {
        var said = context.Message;
        await Follow(new() { Id = said.SkillName, Version = said.Version, Revision = said.Revision, Since = said.PublishedAt }, context.CancellationToken);
        var id = SkillVersion.IdOf(said.SkillName, said.Version);
        if (await session.LoadAsync<SkillVersion>(id, context.CancellationToken) is not null) return;

        session.Store(new SkillVersion
        {
            Id = id, SkillName = said.SkillName, Version = said.Version, ParentVersion = said.ParentVersion,
            FunctionName = said.FunctionName, Source = said.Source, PublishedAt = said.PublishedAt,
        });
    }

    public Task Consume(ConsumeContext<SkillRolledBack> context)
    {
        var said = context.Message;
        return Follow(new() { Id = said.SkillName, Version = said.Version, Revision = said.Revision, Since = said.RolledBackAt }, context.CancellationToken);
    }

    public Task Consume(ConsumeContext<SkillRetired> context)
    {
        var said = context.Message;
        return Follow(
            new() { Id = said.SkillName, Version = said.Version, Retired = true, Revision = said.Revision, Since = said.RetiredAt }, context.CancellationToken);
    }

    public Task Consume(ConsumeContext<SkillRestored> context)
    {
        var said = context.Message;
        return Follow(new() { Id = said.SkillName, Version = said.Version, Revision = said.Revision, Since = said.RestoredAt }, context.CancellationToken);
    }

    async Task Follow(CurrentSkill said, CancellationToken cancellation)
    {
        await session.LockAsync($"skill/{said.Id}", cancellation);
        if (said.IsNewerThan(await session.LoadAsync<CurrentSkill>(said.Id, cancellation))) session.Store(said);
    }
}

using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Catalog;

/// <summary>Keeps this service's copy of every published version.</summary>
sealed class FollowSkillConsumer(IDocumentSession session) : IConsumer<SkillPublished>
{
    public async Task Consume(ConsumeContext<SkillPublished> context)
    {
        var said = context.Message;
        var id = SkillVersion.IdOf(said.SkillName, said.Version);
        await session.LockAsync($"version/{id}", context.CancellationToken);
        if (await session.LoadAsync<SkillVersion>(id, context.CancellationToken) is not null) return;

        session.Store(new SkillVersion
        {
            Id = id, SkillName = said.SkillName, Version = said.Version, ParentVersion = said.ParentVersion,
            FunctionName = said.FunctionName, Source = said.Source, PublishedAt = said.PublishedAt,
        });
    }
}

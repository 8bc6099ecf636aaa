using AutoDev.Contracts.Memento;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Mutations;
using AutoDev.Evolver.Profiles;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Releases;

/// <summary>Hears what the catalog made of an approved mutation: a version, which is watched from now on, or nothing, with the reason.</summary>
sealed class FollowPublicationConsumer(IDocumentSession session) : IConsumer<SkillPublished>, IConsumer<MutationNotPublished>
{
    const string TheCatalog = "system:catalog";

    public async Task Consume(ConsumeContext<SkillPublished> context)
    {
        var (said, cancellation) = (context.Message, context.CancellationToken);
        await session.LockAsync(Release.LockOf(said.SkillName), cancellation);
        var open = await session.Query<Release>().Where(r => r.SkillName == said.SkillName && r.State == ReleaseState.Watching).ToListAsync(cancellation);
        foreach (var earlier in open.Where(r => r.Revision < said.Revision))
        {
            session.Store(earlier.To(ReleaseState.Superseded, $"Version {said.Version} was published before it was decided.", said.PublishedAt) with
            {
                Revision = said.Revision,
            });
        }

        var id = SkillVersion.IdOf(said.SkillName, said.Version);
        if (said is not { MutationId: { } mutationId, ParentVersion: { } parent } || await session.LoadAsync<Release>(id, cancellation) is not null) return;

        var window = (await session.LoadAsync<SkillProfile>(SkillVersion.IdOf(said.SkillName, parent), cancellation))?.Window ?? [];
        var release = new Release
        {
            Id = id, SkillName = said.SkillName, Version = said.Version, ParentVersion = parent, MutationId = mutationId, Share = said.Share,
            State = ReleaseState.Watching, Revision = said.Revision, Parent = UseOfParent.Of(window), ConversationId = context.ConversationId, StartedAt = said.PublishedAt,
        };
        session.Store(release);
        if (await session.LoadAsync<TakenBack>(id, cancellation) is { } overtaking && overtaking.Revision > said.Revision)
        {
            await FollowRollBackConsumer.TakeBackAsync(session, context, release, overtaking, cancellation);
            return;
        }

        await session.LockAsync(Mutation.LockOf(mutationId), cancellation);
        if (await session.LoadAsync<Mutation>(mutationId, cancellation) is { Status: MutationStatus.Approved } mutation)
            session.Store(mutation.To(MutationStatus.Promoted, said.PublishedAt) with { Version = said.Version });
    }

    public async Task Consume(ConsumeContext<MutationNotPublished> context)
    {
        var (said, cancellation) = (context.Message, context.CancellationToken);
        await session.LockAsync(Mutation.LockOf(said.MutationId), cancellation);
        if (await session.LoadAsync<Mutation>(said.MutationId, cancellation) is not { Status: MutationStatus.Approved } mutation) return;
        session.Store(mutation.To(MutationStatus.Rejected, said.RefusedAt) with { Decision = new(false, TheCatalog, said.Reason, said.RefusedAt) });
    }
}

using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Memento;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Releases;

/// <summary>
/// Ends the release of a version that was taken back, whoever asked for it: its mutation is rolled back, and for a while nothing begins by itself on the version
/// that agents have again. One that a person gives to the agents once more is confirmed by that.
/// </summary>
sealed class FollowRollBackConsumer(IDocumentSession session) : IConsumer<SkillRolledBack>
{
    static readonly TimeSpan CoolDown = TimeSpan.FromDays(1);

    public async Task Consume(ConsumeContext<SkillRolledBack> context)
    {
        var (said, cancellation) = (context.Message, context.CancellationToken);
        await session.LockAsync(Release.LockOf(said.SkillName), cancellation);
        var news = new TakenBack(SkillVersion.IdOf(said.SkillName, said.FromVersion), said.Version, said.Reason, said.RolledBackBy, said.Revision, said.RolledBackAt);
        if (await session.LoadAsync<Release>(news.Id, cancellation) is { } left) await TakeBackAsync(session, context, left, news, cancellation);
        else session.Store(news);

        var given = await session.LoadAsync<Release>(SkillVersion.IdOf(said.SkillName, said.Version), cancellation);
        if (given is { State: ReleaseState.RolledBack } && given.Revision < said.Revision)
        {
            session.Store(given.To(ReleaseState.Confirmed, $"{said.RolledBackBy} gave it to the agents again: {said.Reason}", said.RolledBackAt) with
            {
                Revision = said.Revision,
            });
            await ChangeAsync(session, given, MutationStatus.Promoted, said.RolledBackAt, cancellation);
        }
    }

    /// <summary>For the caller to commit, whose is the lock on the skill's releases. What is older than what is known changes nothing.</summary>
    public static async Task TakeBackAsync(IDocumentSession session, ConsumeContext context, Release release, TakenBack news, CancellationToken cancellation)
    {
        if (news.Revision <= release.Revision) return;
        session.Store(release.To(ReleaseState.RolledBack, $"Taken back by {news.By}: {news.Reason}", news.At) with { Revision = news.Revision });
        await ChangeAsync(session, release, MutationStatus.RolledBack, news.At, cancellation);
        await session.LockAsync(SkillEvolution.LockOf(release.SkillName), cancellation);
        var evolution = await session.LoadAsync<SkillEvolution>(release.SkillName, cancellation) ?? new SkillEvolution { Id = release.SkillName };
        session.Store(evolution with { CoolDownVersion = news.ToVersion, CoolDownUntil = news.At + CoolDown });
        await context.Publish(
            new MutationRolledBack
            {
                WorkspaceId = session.TenantId, MutationId = release.MutationId, SkillName = release.SkillName, Version = release.Version,
                RolledBackTo = news.ToVersion, Reason = news.Reason, RolledBackAt = news.At,
            },
            said => said.ConversationId = release.ConversationId, cancellation);
    }

    static async Task ChangeAsync(IDocumentSession session, Release release, string status, DateTimeOffset at, CancellationToken cancellation)
    {
        await session.LockAsync(Mutation.LockOf(release.MutationId), cancellation);
        if (await session.LoadAsync<Mutation>(release.MutationId, cancellation) is { } mutation)
            session.Store(mutation.To(status, at) with { Version = release.Version });
    }
}

/// <summary>A version was taken back of whose publication nothing was heard yet. Where it comes from a mutation, that news is under way.</summary>
/// <param name="Id"><c>{skill}@{version}</c>.</param>
/// <param name="ToVersion">What agents get instead.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="Revision">The skill's revision since then.</param>
/// <param name="At">When.</param>
public sealed record TakenBack(string Id, string ToVersion, string Reason, string By, int Revision, DateTimeOffset At);

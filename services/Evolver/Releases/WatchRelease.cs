using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Profiles;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Releases;

/// <summary>
/// Compares a new version's live results with its parent's, at a few fixed numbers of executions: a fall asks for its roll back, and as many executions as it is
/// watched for without one confirm it. The parent's are its newest: those of before, and where only a share of the agents got the new version, those beside it.
/// </summary>
sealed class WatchReleaseConsumer(IDocumentSession session, IOptions<ReleaseOptions> options, TimeProvider clock) : IConsumer<SkillExecuted>
{
    const string Evolver = "system:evolver";

    public async Task Consume(ConsumeContext<SkillExecuted> context)
    {
        var (execution, cancellation) = (context.Message, context.CancellationToken);
        var id = SkillVersion.IdOf(execution.SkillName, execution.SkillVersion);
        if (!await session.Query<Release>().AnyAsync(r => r.Id == id && r.State == ReleaseState.Watching, cancellation)) return;

        await session.LockAsync(Release.LockOf(execution.SkillName), cancellation);
        if (await session.LoadAsync<Release>(id, cancellation) is not { State: ReleaseState.Watching } release) return;
        var next = release.With(Sample.Of(execution));
        if (ReferenceEquals(next, release)) return;

        var executions = options.Value.Executions;
        if (next.Watched.Count < executions && !LiveFall.LooksOf(executions).Contains(next.Watched.Count))
        {
            session.Store(next);
            return;
        }

        var parent = await session.LoadAsync<SkillProfile>(SkillVersion.IdOf(release.SkillName, release.ParentVersion), cancellation);
        var (looked, rollBack, confirm) = Look(execution.WorkspaceId, next, parent?.Window ?? [], executions, clock.GetUtcNow());
        session.Store(looked);
        if (rollBack is not null) await context.Publish(rollBack, said => said.ConversationId = release.ConversationId, cancellation);
        if (confirm is not null) await context.Publish(confirm, said => said.ConversationId = release.ConversationId, cancellation);
    }

    /// <summary>Pure: the release after a look, and what is asked of the catalog. It is rolled back only once the catalog says so; until then each look asks again.</summary>
    internal static (Release Release, RollBackSkill? RollBack, ConfirmSkillVersion? Confirm) Look(
        string workspace, Release release, IReadOnlyList<Sample> parent, int executions, DateTimeOffset now)
    {
        var looked = release with { Parent = UseOfParent.Of(parent) };
        if (LiveFall.Find(release.Watched, parent, LiveFall.LooksOf(executions).Count) is { } fall)
        {
            return (looked with { Detail = fall.Words }, new RollBackSkill
            {
                WorkspaceId = workspace, SkillName = release.SkillName, FromVersion = release.Version, ToVersion = release.ParentVersion, Reason = fall.Words,
                RequestedBy = Evolver, RequestedAt = now,
            }, null);
        }

        if (release.Watched.Count < executions) return (looked, null, null);
        var reason = parent.Count < LiveFall.FewestOfParent
            ? $"After {release.Watched.Count} executions: its parent was used too little to compare it with."
            : $"It did not fall in {release.Watched.Count} executions, compared with {parent.Count} of its parent.";
        return (looked.To(ReleaseState.Confirmed, reason, now), null, new ConfirmSkillVersion
        {
            WorkspaceId = workspace, SkillName = release.SkillName, Version = release.Version, Reason = reason, RequestedBy = Evolver, RequestedAt = now,
        });
    }
}

using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Memento;
using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Catalog;

/// <summary>
/// Makes an approved mutation its skill's next version, once, while agents get the version that it was compared with. The workspace's <c>canary_share</c> says
/// whether all agents get it at once or a share of them on trial. Answered by <see cref="SkillPublished"/> or <see cref="MutationNotPublished"/>.
/// </summary>
public sealed class PublishMutationConsumer(IDocumentSession session, Meanings meanings, TimeProvider clock) : IConsumer<MutationApproved>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<MutationApproved> context)
    {
        var (approved, cancellation) = (context.Message, context.CancellationToken);
        var settings = await session.SettingsAsync(cancellation) ?? throw new NotYetKnownException($"There is no workspace '{approved.WorkspaceId}'.");
        await session.LockAsync(PublishSkill.LockOf(approved.SkillName), cancellation);
        var skill = await session.LoadAsync<Skill>(approved.SkillName, cancellation);
        if (skill is not null && skill.Versions.Any(v => v.MutationId == approved.MutationId)) return;

        if (WhyNot(skill, approved) is { } reason)
        {
            await context.Publish(
                new MutationNotPublished
                {
                    WorkspaceId = approved.WorkspaceId, MutationId = approved.MutationId, SkillName = approved.SkillName, Reason = reason, RefusedAt = clock.GetUtcNow(),
                },
                cancellation);
            return;
        }

        var parent = (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(skill!.Name, approved.ParentVersion), cancellation))!;
        var (next, version) = Decide(skill, parent, approved, settings.CanaryShare, clock.GetUtcNow());
        await PublishSkill.StoreAsync(session, skill, next, version, meanings, cancellation);
        await context.Publish(PublishSkill.Event(approved.WorkspaceId, version, next.Canary?.Share ?? 1), cancellation);
    }

    /// <summary>Pure: what is in the way, in words; <c>null</c> for nothing.</summary>
    internal static string? WhyNot(Skill? skill, MutationApproved approved)
    {
        if (skill is null) return $"There is no skill {approved.SkillName} in the catalog.";
        if (skill.Retired is { } retired) return $"The skill was retired by {retired.By}: {retired.Reason}";
        return skill.CurrentVersion == approved.ParentVersion
            ? null
            : $"The mutation was compared with version {approved.ParentVersion}, and agents get {skill.CurrentVersion} now.";
    }

    /// <summary>
    /// Pure: the skill with the mutation as its new version. It does what its parent does, and is called and described like it. While an earlier trial lasted,
    /// the others go on with what they had then: nothing else has proven itself.
    /// </summary>
    internal static (Skill Skill, SkillVersion Version) Decide(Skill skill, SkillVersion parent, MutationApproved approved, double share, DateTimeOffset now)
    {
        var version = parent with
        {
            Version = SkillVersionNumber.AfterMutation(skill.Versions.Select(v => v.Version), parent.Version, approved.Mends), ParentVersion = parent.Version,
            FunctionName = approved.FunctionName, Source = approved.Source, MutationId = approved.MutationId, Change = approved.Description,
            PublishedBy = approved.ApprovedBy, PublishedAt = now, SkillRevision = skill.Revision + 1,
        };
        return (PublishSkill.With(skill, version, share < 1 ? new(skill.Canary?.InsteadVersion ?? parent.Version, share, now) : null), version);
    }
}

using AutoDev.Contracts.Memento;
using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Search;
using AutoDev.ServiceDefaults.Persistence;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>
/// Puts a version into the catalog; of an approved candidate here, of a mutation <see cref="PublishMutationConsumer"/>. A retired skill is restored by a candidate:
/// somebody has just approved code for its name.
/// </summary>
public static class PublishSkill
{
    /// <summary>Held by whoever changes the skill of this name.</summary>
    internal static string LockOf(string name) => $"skill/{name}";

    /// <summary>Stores the next version of the skill in the session; whoever publishes under the same name at the same time waits for its commit.</summary>
    internal static async Task<SkillVersion> StoreAsync(
        IDocumentSession session, SkillCandidate candidate, Decision decision, Meanings meanings, CancellationToken cancellation)
    {
        var name = candidate.Analysis.SkillName;
        await session.LockAsync(LockOf(name), cancellation);
        var existing = await session.LoadAsync<Skill>(name, cancellation);
        var version = VersionOf(existing, candidate, decision);
        await StoreAsync(session, existing, With(existing, version, null), version, meanings, cancellation);
        return version;
    }

    /// <summary>Stores a version and the skill that has it, for the caller to commit, whose is the skill's lock.</summary>
    internal static async Task StoreAsync(
        IDocumentSession session, Skill? existing, Skill skill, SkillVersion version, Meanings meanings, CancellationToken cancellation)
    {
        session.Store(skill);
        session.Insert(version);
        if (existing is { Retired: not null })
        {
            var word = new Word(version.PublishedBy, $"Version {version.Version} was published.", version.PublishedAt);
            session.Insert(SkillEvent.Of(SkillEventKind.Restored, existing.AsForAll(), skill.AsForAll(), word));
        }

        await session.IndexAsync(skill, meanings, cancellation);
    }

    /// <summary>Pure: the skill with its new version. Who is pinned keeps what they have; the trial of an earlier version is over.</summary>
    internal static Skill With(Skill? existing, SkillVersion version, Canary? canary) => new()
    {
        Name = version.SkillName, Description = version.Description, TaskDescription = version.TaskDescription ?? existing!.TaskDescription,
        CurrentVersion = version.Version, PublishedAt = version.PublishedAt, Revision = version.SkillRevision, Pins = existing?.Pins ?? [], Canary = canary,
        Versions =
        [
            .. existing?.Versions ?? [],
            new(version.Version, version.ParentVersion, version.CandidateId, version.PublishedBy, version.PublishedAt, version.MutationId),
        ],
    };

    /// <summary>Pure: what an approved candidate becomes.</summary>
    internal static SkillVersion VersionOf(Skill? existing, SkillCandidate candidate, Decision decision)
    {
        var code = candidate.Generated!;
        return new()
        {
            SkillName = candidate.Analysis.SkillName, Version = SkillVersionNumber.AfterCandidate((existing?.Versions ?? []).Select(v => v.Version)),
            ParentVersion = existing?.CurrentVersion, FunctionName = code.FunctionName, Parameters = code.Parameters, Signature = code.Signature,
            Description = code.Description,
            Source = code.Source, CandidateId = candidate.Id, AgentId = candidate.AgentId, PublishedBy = decision.By, PublishedAt = decision.At,
            TaskDescription = candidate.TaskDescription, SkillRevision = (existing?.Revision ?? 0) + 1,
        };
    }

    /// <summary>Pure: what everybody hears of it.</summary>
    internal static SkillPublished Event(string workspace, SkillVersion version, double share = 1) => new()
    {
        WorkspaceId = workspace, SkillName = version.SkillName, Version = version.Version, ParentVersion = version.ParentVersion,
        CandidateId = version.CandidateId, Description = version.Description, FunctionName = version.FunctionName, Source = version.Source,
        PublishedBy = version.PublishedBy, PublishedAt = version.PublishedAt, Revision = version.SkillRevision,
        MutationId = version.MutationId, Share = share,
    };
}

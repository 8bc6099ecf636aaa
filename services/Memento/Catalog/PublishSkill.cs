using AutoDev.Contracts.Memento;
using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Search;
using AutoDev.ServiceDefaults.Persistence;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>Puts an approved candidate into the catalog. A retired skill is restored by it: somebody has just approved code for its name.</summary>
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
        var (skill, version) = Decide(existing, candidate, decision);
        session.Store(skill);
        session.Insert(version);
        if (existing is { Retired: not null })
        {
            var word = new Word(decision.By, $"Version {version.Version} was published.", decision.At);
            session.Insert(SkillEvent.Of(SkillEventKind.Restored, existing with { Pins = [] }, skill with { Pins = [] }, word));
        }

        await session.IndexAsync(skill, meanings, cancellation);
        return version;
    }

    /// <summary>Pure: the skill with its new version. Who is pinned keeps what they have.</summary>
    internal static (Skill Skill, SkillVersion Version) Decide(Skill? existing, SkillCandidate candidate, Decision decision)
    {
        var code = candidate.Generated!;
        var version = new SkillVersion
        {
            SkillName = candidate.Analysis.SkillName, Version = SkillVersionNumber.AfterCandidate((existing?.Versions ?? []).Select(v => v.Version)),
            ParentVersion = existing?.CurrentVersion, FunctionName = code.FunctionName, Parameters = code.Parameters, Signature = code.Signature,
            Description = code.Description,
            Source = code.Source, CandidateId = candidate.Id, AgentId = candidate.AgentId, PublishedBy = decision.By, PublishedAt = decision.At,
            TaskDescription = candidate.TaskDescription, SkillRevision = (existing?.Revision ?? 0) + 1,
        };
        var entry = new VersionEntry(version.Version, version.ParentVersion, version.CandidateId, version.PublishedBy, version.PublishedAt);
        var skill = new Skill
        {
            Name = version.SkillName, Description = code.Description, TaskDescription = candidate.TaskDescription, CurrentVersion = version.Version,
            Versions = [.. existing?.Versions ?? [], entry], PublishedAt = decision.At, Revision = version.SkillRevision, Pins = existing?.Pins ?? [],
        };
        return (skill, version);
    }

    /// <summary>Pure: what everybody hears of it.</summary>
    internal static SkillPublished Event(string workspace, SkillVersion version) => new()
    {
        WorkspaceId = workspace, SkillName = version.SkillName, Version = version.Version, ParentVersion = version.ParentVersion,
        CandidateId = version.CandidateId, Description = version.Description, FunctionName = version.FunctionName, Source = version.Source,
        PublishedBy = version.PublishedBy, PublishedAt = version.PublishedAt, Revision = version.SkillRevision,
    };
}

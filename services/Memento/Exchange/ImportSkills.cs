using System.Diagnostics;
using System.Security.Claims;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Exchange;

/// <summary>
/// A person brings skills from elsewhere. Each becomes a candidate like any other: the sandbox tries it, and a person decides; nothing that an archive says of
/// itself is believed. It takes no place in the day's quota and asks no gate: these hold what agents learn by themselves.
/// </summary>
public static class ImportSkills
{
    /// <summary>
    /// POST: every skill of the archive as a candidate, or none. The same skill again is the same candidate, unless that one came to nothing.
    /// </summary>
    public static async Task<IResult> Handle(
        string workspace, HttpRequest request, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller,
        CancellationToken cancellation)
    {
        ImportedArchive archive;
        try
        {
            archive = await ReadAsync(request, cancellation);
        }
        catch (ArchiveRefusedException refused)
        {
            return refused.Answer();
        }

        var answers = new List<ImportedAs>();
        foreach (var (skill, first) in archive.Skills.Select(s => (s, CandidateId.OfImport(workspace, s.ContentSha256))).OrderBy(s => s.Item2))
        {
            await session.LockAsync($"candidate/{first}", cancellation);
            var latest = await LatestAsync(session, first, cancellation);
            if (latest is not null && !latest.CameToNothing)
            {
                answers.Add(new(skill.Name, latest.Id, latest.Status, IsNew: false));
                continue;
            }

            var now = clock.GetUtcNow();
            var id = latest is null ? first : CandidateId.SuccessorOf(latest.Id);
            var (candidate, run) = ValidationPlan.Ask(Decide(skill, archive.Sha256, id, latest, caller.Actor(), now) with { TraceParent = Activity.Current?.Id }, workspace, now);
            if (latest is not null) session.Store(latest.To(latest.Status, now) with { SuccessorId = candidate.Id });
            session.Store(candidate);
            await bus.Publish(
                new SkillCandidateProposed
                {
                    WorkspaceId = workspace, CandidateId = candidate.Id, PatternId = candidate.PatternId, AgentId = candidate.AgentId, SkillName = skill.Name,
                    Generator = candidate.Generated!.Generator, ProposedAt = now,
                },
                context => context.ConversationId = candidate.ConversationId, cancellation);
            await bus.Publish(run, context => context.ConversationId = candidate.ConversationId, cancellation);
            await bus.SayDecisionAsync(
                workspace, caller.Actor(), "candidate_imported", $"candidate:{candidate.Id}", null, null,
                new { candidate.Status, Skill = skill.Name, Archive = archive.Sha256, skill.Folder }, now, cancellation);
            answers.Add(new(skill.Name, candidate.Id, candidate.Status, IsNew: true));
        }

        await session.SaveChangesAsync(cancellation);
        var inOrder = answers.OrderBy(a => a.SkillName, StringComparer.Ordinal).ToList();
        return TypedResults.Accepted($"/workspaces/{workspace}/candidates", new SkillsImported(archive.Sha256, inOrder));
    }

    /// <summary>Pure: the candidate, not yet on its way to the sandbox.</summary>
    internal static SkillCandidate Decide(ImportedSkill skill, string archive, Guid id, SkillCandidate? previous, string by, DateTimeOffset now) => new()
    {
        Id = id,
        Revision = 0,
        Status = CandidateStatus.Generating,
        PatternId = Guid.Empty,
        Attempt = (previous?.Attempt ?? 0) + 1,
        AgentId = "",
        TaskDescription = skill.TaskDescription,
        Episodes = [],
        Analysis = new()
        {
            SkillName = skill.Name, ToolsTried = [], Errors = [], Seen = skill.Examples, HeldOut = [], Unanswered = [], Notes = skill.Notes,
        },
        DetectedAt = now,
        CreatedAt = now,
        UpdatedAt = now,
        ConversationId = NewId.NextGuid(),
        PredecessorId = previous?.Id,
        Guidance = previous?.Decision?.Reason ?? previous?.FailureReason,
        Origin = new() { Kind = skill.Kind, ArchiveSha256 = archive, Folder = skill.Folder, ImportedBy = by, ClaimedJson = skill.Claimed?.ToJson() },
        Generated = new()
        {
            Generator = CandidateOrigin.Generator, FunctionName = skill.Function.Name, Parameters = skill.Function.Parameters, Source = skill.Source,
            Description = skill.Description,
        },
    };

    static async Task<ImportedArchive> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > UntrustedZip.MostBytes) throw TooLarge();
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            if (body.Length + read > UntrustedZip.MostBytes) throw TooLarge();
            body.Write(buffer, 0, read);
        }

        var bytes = body.ToArray();
        return new(SkillPackage.Sha256(bytes), ReadSkills.Of(UntrustedZip.Read(bytes)));
    }

    static ArchiveRefusedException TooLarge() => ArchiveRefusedException.TooLarge(null, $"It is larger than {UntrustedZip.MostBytes / 1024 / 1024} MiB.");

    static async Task<SkillCandidate?> LatestAsync(IDocumentSession session, Guid first, CancellationToken cancellation)
    {
        var latest = await session.LoadAsync<SkillCandidate>(first, cancellation);
        while (latest?.SuccessorId is { } next) latest = await session.LoadAsync<SkillCandidate>(next, cancellation);
        return latest;
    }

    sealed record ImportedArchive(string Sha256, IReadOnlyList<ImportedSkill> Skills);
}

/// <summary>What became of an archive.</summary>
/// <param name="ArchiveSha256">The archive.</param>
/// <param name="Skills">One per skill in it.</param>
public sealed record SkillsImported(string ArchiveSha256, IReadOnlyList<ImportedAs> Skills);

/// <summary>The candidate that stands for a skill of the archive.</summary>
/// <param name="SkillName">What it is called in the catalog, if it is approved.</param>
/// <param name="CandidateId">The candidate.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="IsNew">Whether this archive made it; else it was there from an earlier one.</param>
public sealed record ImportedAs(string SkillName, Guid CandidateId, string Status, bool IsNew);

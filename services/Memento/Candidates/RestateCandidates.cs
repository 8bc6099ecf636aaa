using AutoDev.Contracts.Memento;
using AutoDev.Gating;
using AutoDev.Gating.Spend;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Candidates;

/// <summary>
/// Says again, as it stands, what nobody has decided on, for a service that has lost its list of it. A page of a workspace is a transaction; each page ends by
/// asking this consumer for the next.
/// </summary>
public sealed class RestateCandidatesConsumer(IDocumentSession session) : IConsumer<RestateCandidates>, IConsumer<RestateCandidatePage>
{
    const int PageSize = 50; // a candidate holds its episodes

    /// <inheritdoc />
    public async Task Consume(ConsumeContext<RestateCandidates> context)
    {
        var workspaces = await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).Select(w => w.Id).ToListAsync(context.CancellationToken);
        foreach (var workspace in workspaces) await context.Publish(new RestateCandidatePage { WorkspaceId = workspace, After = "" }, context.CancellationToken);
    }

    /// <inheritdoc />
    public async Task Consume(ConsumeContext<RestateCandidatePage> context)
    {
        var (workspace, after, cancellation) = (context.Message.WorkspaceId, context.Message.After, context.CancellationToken);
        var page = await session.Query<SkillCandidate>()
            .Where(c => (c.Status == CandidateStatus.Proposed || c.Status == CandidateStatus.Validated) && string.Compare(c.SortKey, after) > 0)
            .OrderBy(c => c.SortKey).Take(PageSize).ToListAsync(cancellation);
        var subjects = page.Select(c => $"candidate:{c.Id}").ToArray();
        var calls = (await session.Query<SpendEntry>().Where(e => e.Subject.IsOneOf(subjects)).ToListAsync(cancellation)).ToLookup(e => e.Subject, StringComparer.Ordinal);
        foreach (var candidate in page)
        {
            await context.Publish(
                Say(workspace, candidate, calls[$"candidate:{candidate.Id}"].Sum(c => c.Cost ?? 0)), said => said.ConversationId = candidate.ConversationId ?? said.ConversationId,
                cancellation);
        }

        if (page.Count == PageSize) await context.Publish(context.Message with { After = page[^1].SortKey }, cancellation);
    }

    /// <summary>Pure.</summary>
    internal static SkillCandidateRestated Say(string workspace, SkillCandidate c, decimal cost) => new()
    {
        WorkspaceId = workspace, CandidateId = c.Id, PatternId = c.PatternId, AgentId = c.AgentId, SkillName = c.Analysis.SkillName, Generator = c.Generated!.Generator,
        HeldOutPassed = c.Validation?.HeldOutPassed ?? 0, HeldOutTotal = c.Validation?.HeldOutTotal ?? c.Analysis.HeldOut.Count, Cost = cost,
        ValidatedAt = c.Status == CandidateStatus.Validated ? c.UpdatedAt : null,
    };
}

/// <summary>Memento to itself: say the next page of a workspace.</summary>
public sealed record RestateCandidatePage
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The sort key of the candidate that was said last; empty at the beginning.</summary>
    public required string After { get; init; }
}

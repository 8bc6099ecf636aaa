using AutoDev.Contracts.Evolver;
using AutoDev.Gating;
using AutoDev.Gating.Spend;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Mutations;

/// <summary>
/// Says again, as it stands, what waits for a decision, for a service that has lost its list of it. A page of a workspace is a transaction; each page ends by
/// asking this consumer for the next.
/// </summary>
public sealed class RestateMutationsConsumer(IDocumentSession session) : IConsumer<RestateMutations>, IConsumer<RestateMutationPage>
{
    const int PageSize = 50; // a mutation holds what it did with every input

    /// <inheritdoc />
    public async Task Consume(ConsumeContext<RestateMutations> context)
    {
        var workspaces = await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).Select(w => w.Id).ToListAsync(context.CancellationToken);
        foreach (var workspace in workspaces) await context.Publish(new RestateMutationPage { WorkspaceId = workspace, After = "" }, context.CancellationToken);
    }

    /// <inheritdoc />
    public async Task Consume(ConsumeContext<RestateMutationPage> context)
    {
        var (workspace, after, cancellation) = (context.Message.WorkspaceId, context.Message.After, context.CancellationToken);
        var page = await session.Query<Mutation>()
            .Where(m => m.Status == MutationStatus.Passed && string.Compare(m.SortKey, after) > 0)
            .OrderBy(m => m.SortKey).Take(PageSize).ToListAsync(cancellation);
        var subjects = page.Select(m => $"mutation:{m.Id}").ToArray();
        var calls = (await session.Query<SpendEntry>().Where(e => e.Subject.IsOneOf(subjects)).ToListAsync(cancellation)).ToLookup(e => e.Subject, StringComparer.Ordinal);
        foreach (var mutation in page)
        {
            await context.Publish(
                Say(workspace, mutation, calls[$"mutation:{mutation.Id}"].Sum(c => c.Cost ?? 0)), said => said.ConversationId = mutation.ConversationId ?? said.ConversationId,
                cancellation);
        }

        if (page.Count == PageSize) await context.Publish(context.Message with { After = page[^1].SortKey }, cancellation);
    }

    /// <summary>Pure.</summary>
    internal static MutationRestated Say(string workspace, Mutation m, decimal cost) => new()
    {
        WorkspaceId = workspace, MutationId = m.Id, SkillName = m.SkillName, Mutator = m.Mutator, AgentId = m.AgentId, Inputs = m.ByInput.Count,
        Mended = m.Mended, Speedup = m.Speedup?.Ratio, Cost = cost, CompletedAt = m.CompletedAt ?? m.UpdatedAt,
    };
}

/// <summary>The Evolver to itself: say the next page of a workspace.</summary>
public sealed record RestateMutationPage
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The sort key of the mutation that was said last; empty at the beginning.</summary>
    public required string After { get; init; }
}

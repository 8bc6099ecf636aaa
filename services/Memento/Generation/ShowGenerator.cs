using AutoDev.Memento.Candidates;
using Marten;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Generation;

/// <summary><c>GET /workspaces/{workspace}/generator</c>: what writes the workspace's candidates, and how its last attempt ended.</summary>
public static class ShowGenerator
{
    /// <summary>GET.</summary>
    public static async Task<GeneratorView> Handle(
        ISkillGenerator generator, IOptions<GenerationOptions> options, IQuerySession session, CancellationToken cancellation)
    {
        var last = await session.Query<SkillCandidate>().Where(c => c.Status != CandidateStatus.Generating)
            .OrderByDescending(c => c.SortKey).FirstOrDefaultAsync(cancellation);
        var waiting = await session.Query<SkillCandidate>().CountAsync(c => c.Status == CandidateStatus.Generating, cancellation);
        var failed = last is { Generated: null };
        return new(
            generator.Name, options.Value.TimeBudget.TotalSeconds, waiting, last?.UpdatedAt, last is null ? null : !failed, failed ? last!.FailureReason : null);
    }
}

/// <summary>The generator.</summary>
/// <param name="Name"><c>by-example</c> or the model's name.</param>
/// <param name="TimeBudgetSeconds">How long it may take for one candidate.</param>
/// <param name="AtWork">Candidates that wait for it or that it is writing.</param>
/// <param name="LastAt">When the newest candidate that it was done with changed last; <c>null</c> before the first.</param>
/// <param name="LastFound">Whether that one has code; <c>null</c> before the first.</param>
/// <param name="LastReason">Why it has none.</param>
public sealed record GeneratorView(string Name, double TimeBudgetSeconds, int AtWork, DateTimeOffset? LastAt, bool? LastFound, string? LastReason);

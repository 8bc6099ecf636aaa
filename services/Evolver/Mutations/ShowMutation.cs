using System.Globalization;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Releases;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Evolver.Mutations;

/// <summary>One mutation with all that a decision on it rests on.</summary>
static class ShowMutation
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/mutations/{id:guid}", Handle)
        .WithSummary("One mutation with its source, what it does on each input, its times and findings").Produces<MutationView>().ProducesProblem(404);

    /// <summary>The mutation as it is now, with its ETag.</summary>
    internal static async Task<IResult> AnswerAsync(Mutation mutation, IQuerySession session, HttpContext http, CancellationToken cancellation)
    {
        var release = mutation.Version is { } version
            ? await session.LoadAsync<Release>(SkillVersion.IdOf(mutation.SkillName, version), cancellation)
            : null;
        http.Response.Headers.ETag = ETag(mutation).ToString();
        return TypedResults.Ok(MutationView.Of(mutation, release));
    }

    /// <summary>What a decision on this state of the mutation names in <c>If-Match</c>.</summary>
    internal static EntityTagHeaderValue ETag(Mutation mutation) => new(string.Create(CultureInfo.InvariantCulture, $"\"{mutation.Revision}\""));

    /// <summary>404.</summary>
    internal static IResult NotFound(Guid id) => Problem.NotFound($"There is no mutation {id} in this workspace.");

    static async Task<IResult> Handle(Guid id, IQuerySession session, HttpContext http, CancellationToken cancellation) =>
        await session.LoadAsync<Mutation>(id, cancellation) is { } mutation ? await AnswerAsync(mutation, session, http, cancellation) : NotFound(id);
}

/// <summary>A mutation as it is shown: the item of the list, and what belongs to it; once it was published also how it holds.</summary>
public sealed record MutationView(
    Guid Id, int Revision, Guid ExperimentId, string SkillName, string ParentVersion, string? Version, string Status, string Reason, string Mutator,
    string Description,
    double? Speedup, double? SpeedupLow, double? SpeedupHigh, double? MemoryRatio, int Mended, int Inputs, string? AgentId, DateTimeOffset ProposedAt,
    DateTimeOffset? CompletedAt, string FunctionName, string Source, string ParentSource, string? Detail, IReadOnlyList<string> Rules,
    IReadOnlyList<ComparisonView> ByInput, TimingView? Timing, IReadOnlyList<FindingView> Findings, DecisionView? Decision,
    ReleaseView? Release)
{
    /// <summary>Shows one.</summary>
    public static MutationView Of(Mutation m, Release? release) => new(
        m.Id, m.Revision, m.ExperimentId, m.SkillName, m.ParentVersion, m.Version, m.Status, m.Reason, m.Mutator, m.Description, m.Speedup?.Ratio,
        m.Speedup?.Low,
        m.Speedup?.High, m.MemoryRatio, m.Mended, m.ByInput.Count, m.AgentId, m.ProposedAt, m.CompletedAt, m.FunctionName, m.Source, m.ParentSource, m.Detail,
        m.Rules,
        [.. m.ByInput.Select(ComparisonView.Of)], m.Timing is null ? null : TimingView.Of(m.Timing),
        [.. m.Findings.Select(f => new FindingView(f.Rule, f.Severity, f.Line, f.Why))],
        m.Decision is null ? null : new(m.Decision.By, m.Decision.Reason, m.Decision.At, m.Decision.Approved), release is null ? null : ReleaseView.Of(release));
}

/// <summary>
/// What parent and mutation do with one input; recorded says whether it was really used. The verdict is <c>same</c>, <c>mended</c> or <c>differs</c>.
/// </summary>
public sealed record ComparisonView(RawJson Input, bool Recorded, OutcomeView Original, OutcomeView Mutation, string Verdict)
{
    /// <summary>Shows one.</summary>
    public static ComparisonView Of(InputComparison c) =>
        new(new(c.InputJson), c.IsRecorded, OutcomeView.Of(c.Original), OutcomeView.Of(c.Mutation), c.Verdict);
}

/// <summary>One call: why it ended, what it returned or said. A value of more than 8 KiB is cut, and then a text.</summary>
public sealed record OutcomeView(string Ended, RawJson? Value, string? Message, double CpuMs)
{
    const int LongestValue = 8 * 1024;

    /// <summary>Shows one.</summary>
    public static OutcomeView Of(InputOutcome o) => new(
        o.Ended, RawJson.Of(o.ValueJson is { Length: > LongestValue } value ? $"{value[..LongestValue]}…" : o.ValueJson),
        o.ExceptionType is null ? o.Message : $"{o.ExceptionType}: {o.Message}", o.CpuMs);
}

/// <summary>The rounds of the contest: CPU milliseconds, one a round, and the median peak of memory in KiB.</summary>
public sealed record TimingView(
    int Rounds, IReadOnlyList<double> OriginalCpuMs, IReadOnlyList<double> MutationCpuMs, long OriginalMemoryKb, long MutationMemoryKb)
{
    /// <summary>Shows them.</summary>
    public static TimingView Of(ContestTiming t) => new(t.Rounds, t.OriginalCpuMs, t.MutationCpuMs, Median(t.OriginalMemoryKb), Median(t.MutationMemoryKb));

    static long Median(IReadOnlyList<long> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}

/// <summary>What the security scan found, by line.</summary>
public sealed record FindingView(string Rule, string Severity, int Line, string Message);

/// <summary>What was decided.</summary>
public sealed record DecisionView(string By, string? Reason, DateTimeOffset At, bool Approved);

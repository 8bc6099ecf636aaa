using AutoDev.Fitness.Scores;
using AutoDev.Gating;
using Marten;

namespace AutoDev.Fitness.Variants;

/// <summary><c>GET /workspaces/{workspace}/skills/{name}/variants</c>: the versions and mutations of a skill, best first.</summary>
static class ListVariants
{
    const int Most = 50;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/skills/{name}/variants", Handle)
        .WithSummary("The versions and mutations of a skill, best first").Produces<VariantsView>().RequireKnownWorkspace();

    static async Task<IResult> Handle(string name, IQuerySession session, CancellationToken cancellation)
    {
        var subjects = await session.Query<Subject>().Where(s => s.Skill == name && s.Kind != "candidate" && s.IsKnown)
            .OrderByDescending(s => s.Score.Value).ThenByDescending(s => s.ScoredAt).Take(Most).ToListAsync(cancellation);
        var live = await LiveFigures.OfSkillAsync(session, name, cancellation);
        return TypedResults.Ok(new VariantsView(name, Decide(subjects, live)));
    }

    /// <summary>Pure: by score; of the same score the one that is measured to be faster first.</summary>
    internal static IReadOnlyList<Variant> Decide(IEnumerable<Subject> subjects, IReadOnlyDictionary<string, LiveFigures> live) =>
    [
        .. subjects.OrderByDescending(s => s.Score.Value).ThenByDescending(s => s.Efficiency?.Speedup ?? 1).ThenByDescending(s => s.ScoredAt)
            .Select(s => Show(s, s.Kind == "skill" ? SubjectId.VersionOf(s.Id).Version : null, live)),
    ];

    static Variant Show(Subject subject, string? version, IReadOnlyDictionary<string, LiveFigures> live) => new(
        subject.Id, subject.Kind, version, subject.Score.Value, subject.Score.Label, subject.Status, subject.SignalCount, subject.Mutation ?? subject.Candidate,
        subject.Efficiency, version is null ? null : live.GetValueOrDefault(version));
}

/// <summary>The variants of a skill, by score, of the same score the faster first; 50 at most.</summary>
public sealed record VariantsView(string Skill, IReadOnlyList<Variant> Variants);

/// <summary>
/// A version or a mutation: its score, and apart from it what was measured against the parent, and how a version does where it is used. <c>made_from</c> is the
/// candidate or mutation that a version came from.
/// </summary>
public sealed record Variant(
    string Subject, string Kind, string? Version, double Score, string Label, string Status, int SignalCount, string? MadeFrom, Efficiency? Efficiency,
    LiveFigures? Live);

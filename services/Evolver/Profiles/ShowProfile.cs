using System.Text.Json;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Needs;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Profiles;

/// <summary><c>GET /workspaces/{workspace}/profiles/{skill}/{version}</c>: one profile with its inputs and its newest 50 needs.</summary>
static class ShowProfile
{
    const int MostNeeds = 50;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/profiles/{skill}/{version}", Handle)
        .WithSummary("One profile with its recorded inputs and needs").Produces<ProfileView>().ProducesProblem(404);

    static async Task<IResult> Handle(string skill, string version, IQuerySession session, CancellationToken cancellation)
    {
        var id = SkillVersion.IdOf(skill, version);
        var published = await session.LoadAsync<SkillVersion>(id, cancellation);
        var profile = await session.LoadAsync<SkillProfile>(id, cancellation);
        if (published is null && profile is null) return Problem.NotFound($"'{id}' was neither published nor used.");

        var current = await session.LoadAsync<CurrentSkill>(skill, cancellation);
        var needs = await session.Query<OptimizationNeed>()
            .Where(n => n.ProfileId == id).OrderByDescending(n => n.LastAt).Take(MostNeeds).ToListAsync(cancellation);
        return TypedResults.Ok(ProfileView.Of(profile ?? SkillProfile.Unused(skill, version), published, current, needs));
    }
}

/// <summary>
/// A profile as it is shown. Published says whether the version is known from the catalog; parent and publication time are <c>null</c> where it is not.
/// Current says whether agents get this version now: no other is current, and the skill is not retired; <c>null</c> where nothing was heard of it.
/// </summary>
public sealed record ProfileView(
    string SkillName, string Version, bool Published, bool? Current, string? ParentVersion, DateTimeOffset? PublishedAt,
    int Count, int Failures, long Retries, long Tokens, int WindowCount, double P50Seconds, double P95Seconds, DateTimeOffset? UpdatedAt,
    IReadOnlyList<InputView> Inputs, IReadOnlyList<NeedView> Needs)
{
    /// <summary>Shows a profile.</summary>
    public static ProfileView Of(SkillProfile profile, SkillVersion? published, CurrentSkill? current, IReadOnlyList<OptimizationNeed> needs) => new(
        profile.SkillName, profile.Version, published is not null, current is null ? null : !current.Retired && current.Version == profile.Version,
        published?.ParentVersion, published?.PublishedAt,
        profile.Count, profile.Failures, profile.Retries, profile.Tokens, profile.Window.Count, profile.P50Seconds, profile.P95Seconds,
        profile.Count == 0 ? null : profile.UpdatedAt,
        [.. profile.Inputs.Select(i => new InputView(JsonSerializer.Deserialize<JsonElement>(i.Json), i.RecordedAt))],
        [.. needs.Select(NeedView.Of)]);
}

/// <summary>A recorded input, and when it was last used.</summary>
public sealed record InputView(JsonElement Input, DateTimeOffset RecordedAt);

/// <summary>An optimization need, with the experiment that it began or was counted to.</summary>
public sealed record NeedView(
    string AgentId, string Day, IReadOnlyDictionary<string, int> Reasons, string Outcome, string? RefusedBecause, string Detail,
    int Executions, string LastExecutionId, DateTimeOffset FirstAt, DateTimeOffset LastAt, Guid? ExperimentId)
{
    /// <summary>Shows one.</summary>
    public static NeedView Of(OptimizationNeed n) => new(
        n.AgentId, n.Day, n.Reasons, n.Outcome, n.RefusedBecause, n.Detail, n.Executions, n.LastExecutionId, n.FirstAt, n.LastAt, n.ExperimentId);
}

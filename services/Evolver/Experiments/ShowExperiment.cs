using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Needs;
using AutoDev.Evolver.Profiles;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Experiments;

/// <summary>One experiment with its variants, its story and the needs that were counted to it.</summary>
static class ShowExperiment
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/experiments/{id:guid}", Handle)
        .WithSummary("One experiment with its variants and what happened").Produces<ExperimentView>().ProducesProblem(404);

    static async Task<IResult> Handle(Guid id, IQuerySession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Experiment>(id, cancellation) is not { } experiment)
            return Problem.NotFound($"There is no experiment {id} in this workspace.");
        var variants = await session.Query<Variant>().Where(v => v.ExperimentId == id).OrderBy(v => v.Number).ToListAsync(cancellation);
        var profile = SkillVersion.IdOf(experiment.SkillName, experiment.Version);
        var needs = await session.Query<OptimizationNeed>().Where(n => n.ProfileId == profile && n.ExperimentId == id)
            .OrderBy(n => n.FirstAt).ToListAsync(cancellation);
        return TypedResults.Ok(ExperimentView.Of(experiment, variants, needs));
    }
}

/// <summary>
/// An experiment as it is shown: the item of the list, and what belongs to it. The same seed on the same version and inputs draws the same lots.
/// </summary>
public sealed record ExperimentView(
    Guid Id, string SkillName, string Version, string Reason, string? AgentId, string StartedBy, string Stage, string? Outcome, string? Detail, int Iterations,
    int Iteration, int Runs, Guid? MutationId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, int Seed, BudgetView Budget, BudgetView Spent,
    IReadOnlyList<VariantView> Variants, IReadOnlyList<ExperimentStep> Steps, IReadOnlyList<NeedView> Needs)
{
    /// <summary>Shows one.</summary>
    public static ExperimentView Of(Experiment e, IReadOnlyList<Variant> variants, IReadOnlyList<OptimizationNeed> needs) => new(
        e.Id, e.SkillName, e.Version, e.Reason, e.AgentId, e.StartedBy, e.Stage, e.Outcome, e.Detail, e.Iterations, e.Iteration, e.Spent.Runs, e.MutationId,
        e.StartedAt,
        e.EndedAt, e.Seed, new(e.Budget.Runs, e.Budget.Seconds, null), new(e.Spent.Runs, e.Spent.Seconds, e.Spent.Tokens),
        [.. variants.Select(VariantView.Of)], e.Steps, [.. needs.Select(NeedView.Of)]);
}

/// <summary>Requests to the sandbox, seconds in it, and model tokens; <c>null</c> where only the day's money bounds them.</summary>
public sealed record BudgetView(int Runs, double Seconds, long? Tokens);

/// <summary>A variant. Speedup and memory ratio are against the published version, above 1 for better; size is the source's length in characters.</summary>
public sealed record VariantView(
    string Key, IReadOnlyList<string> ParentKeys, int Iteration, string Mutator, IReadOnlyList<string> Rules, string Description, string Status, string? Reason,
    int Mended, double? Speedup, double? Low, double? High, double? MemoryRatio, int Size)
{
    /// <summary>Shows one.</summary>
    public static VariantView Of(Variant v) => new(
        v.Key, v.ParentKeys, v.Iteration, v.Mutator, v.Rules, v.Description, v.Status, v.Reason, v.Mended, v.Speedup?.Ratio, v.Speedup?.Low, v.Speedup?.High,
        v.MemoryRatio, v.Size);
}

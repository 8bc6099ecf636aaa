using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.LanguageModels;
using AutoDev.Memento.Candidates;
using Marten;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Generation;

/// <summary><c>GET /workspaces/{workspace}/generator</c>: what writes the workspace's candidates, and how its last attempt ended.</summary>
public static class ShowGenerator
{
    /// <summary>GET.</summary>
    public static async Task<GeneratorView> Handle(
        string workspace, LanguageModel model, IOptions<GenerationOptions> options, IQuerySession session, CancellationToken cancellation)
    {
        var settings = await session.SettingsAsync(cancellation) ?? new();
        var last = await session.Query<SkillCandidate>().Where(c => c.Status != CandidateStatus.Generating)
            .OrderByDescending(c => c.SortKey).FirstOrDefaultAsync(cancellation);
        var waiting = await session.Query<SkillCandidate>().CountAsync(c => c.Status == CandidateStatus.Generating, cancellation);
        var failed = last is { Generated: null };
        return new(
            Name(settings.ModelProvider), options.Value.TimeBudget.TotalSeconds, waiting, last?.UpdatedAt, last is null ? null : !failed, failed ? last!.FailureReason : null,
            settings.ModelProvider is { } chosen ? new(chosen.Provider, chosen.Model, chosen.Endpoint, chosen.Secret, options.Value.Tries, model.Problem(workspace, settings)) : null);
    }

    static string Name(ModelProvider? model) => model is null ? ByExampleGenerator.Word : $"{ByExampleGenerator.Word}, then {model.Model}";
}

/// <summary>The generator.</summary>
/// <param name="Name"><c>by-example</c>, and the model that comes after it.</param>
/// <param name="TimeBudgetSeconds">How long the search by example may take for one candidate.</param>
/// <param name="AtWork">Candidates that wait for it or that it is writing.</param>
/// <param name="LastAt">When the newest candidate that it was done with changed last; <c>null</c> before the first.</param>
/// <param name="LastFound">Whether that one has code; <c>null</c> before the first.</param>
/// <param name="LastReason">Why it has none.</param>
/// <param name="Model">The language model; absent for none.</param>
public sealed record GeneratorView(
    string Name, double TimeBudgetSeconds, int AtWork, DateTimeOffset? LastAt, bool? LastFound, string? LastReason, ModelView? Model);

/// <summary>The workspace's language model.</summary>
/// <param name="Provider">Whose.</param>
/// <param name="Model">Its name.</param>
/// <param name="Endpoint">Where it is asked, if not at the provider's own address.</param>
/// <param name="Secret">The name of the key.</param>
/// <param name="Tries">How often it may try at one candidate.</param>
/// <param name="Problem">Why it cannot be asked as things are; absent where nothing is known to be in the way.</param>
public sealed record ModelView(string Provider, string Model, string? Endpoint, string? Secret, int Tries, string? Problem);

using System.Security.Claims;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Workspaces;

/// <summary>
/// <c>PATCH /workspaces/{workspace}/settings?reason=</c>: a JSON object with the settings to change. All of it counts or none of it; it applies at once,
/// and disabling deletes nothing. 412 where If-Match names another version. What changes nothing is not a change.
/// </summary>
static class ChangeSettings
{
    public static async Task<IResult> Handle(
        string workspace, JsonElement? patch, HttpContext http, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock,
        CancellationToken cancellation, string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync(GovernedWorkspace.Subject, cancellation);
        var known = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!;
        if (!IfMatch.Allows(http.Request.Headers.IfMatch, known.Version))
            return Problem.Changed($"The settings are at version {known.Version} by {known.ChangedBy}: look at them again and decide again.");

        var (settings, errors) = Decide(known.Settings, patch ?? default);
        if (errors.Count > 0) return Problem.Invalid(errors);

        if (settings != known.Settings)
        {
            var changed = known.With(settings, caller.Actor(), clock.GetUtcNow());
            session.Store(changed);
            session.Store(changed.Record(known, reason));
            await bus.Publish(changed.Say(), cancellation);
            await session.SaveChangesAsync(cancellation);
            known = changed;
        }

        http.Response.Headers.ETag = IfMatch.Tag(known.Version);
        return TypedResults.Ok(known.Settings);
    }

    /// <summary>Pure: the settings after the patch, and for each faulty key what is allowed. With any fault the settings do not count.</summary>
    public static (WorkspaceSettings Settings, IReadOnlyDictionary<string, string> Errors) Decide(WorkspaceSettings current, JsonElement patch)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (patch.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = $"Send a JSON object with the settings to change: {string.Join(", ", Rules.Select(r => r.Key))}.";
            return (current, errors);
        }

        foreach (var (key, value) in patch.EnumerateObject().Select(p => (p.Name, p.Value)))
        {
            if (Rules.FirstOrDefault(r => r.Key == key) is not { } rule)
                errors[key] = $"{key} is not a setting; the settings are {string.Join(", ", Rules.Select(r => r.Key))}.";
            else if (rule.Apply(current, value) is { } applied) current = applied;
            else errors[key] = $"{key} must be {rule.Allowed}.";
        }

        return (current, errors);
    }

    static readonly Rule[] Rules =
    [
        Switch("auto_dev.enabled", (s, on) => s with { Enabled = on }),
        Switch("memento_skills", (s, on) => s with { MementoSkills = on }),
        Switch("alpha_evolver", (s, on) => s with { AlphaEvolver = on }),
        Switch("background_evolution", (s, on) => s with { BackgroundEvolution = on }),
        Number("max_mutations_per_day", 1, 50, (s, n) => s with { MaxMutationsPerDay = n }),
        Number("max_skill_candidates_per_day", 1, 20, (s, n) => s with { MaxSkillCandidatesPerDay = n }),
        Number("failure_threshold", 1, 100, (s, n) => s with { FailureThreshold = n }),
        Switch("auto_promote", (s, on) => s with { AutoPromote = on }),
        new("canary_share", "a number from 0.05 to 1",
            (s, value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var share) && share is >= 0.05 and <= 1
                ? s with { CanaryShare = share } : null),
        new("model_provider", ModelProviders.Allowed, ModelProviders.Apply),
        new("max_model_spend_per_day", "a number from 0 to 100,000",
            (s, value) => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var most) && most is >= 0 and <= 100_000
                ? s with { MaxModelSpendPerDay = most } : null),
        new("model_prices", ModelPrices.Allowed, ModelPrices.Apply),
        new("webhook_url", "an absolute http or https address of at most 2,000 characters, or null", WebhookUrl),
    ];

    static Rule Switch(string key, Func<WorkspaceSettings, bool, WorkspaceSettings> set) => new(key, "true or false", (settings, value) => value.ValueKind switch
    {
        JsonValueKind.True => set(settings, true),
        JsonValueKind.False => set(settings, false),
        _ => null,
    });

    static Rule Number(string key, int from, int to, Func<WorkspaceSettings, int, WorkspaceSettings> set) => new(key, $"a whole number from {from} to {to}",
        (settings, value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= from && number <= to
            ? set(settings, number)
            : null);

    static WorkspaceSettings? WebhookUrl(WorkspaceSettings settings, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return settings with { WebhookUrl = null };
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: <= 2000 } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
            ? settings with { WebhookUrl = url.AbsoluteUri }
            : null;
    }

    sealed record Rule(string Key, string Allowed, Func<WorkspaceSettings, JsonElement, WorkspaceSettings?> Apply);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Contracts.Governance;

namespace AutoDev.Governance.Workspaces;

/// <summary>The setting <c>model_provider</c>. A patch gives it whole. Whether the secret exists and the provider answers is known where the model is asked.</summary>
static partial class ModelProviders
{
    public const string Allowed =
        "null, or {\"provider\": openai, anthropic, deepseek, gemini, ollama or compatible, \"model\": a name of at most 200 characters, \"endpoint\": an http or https "
        + "address or null (compatible needs one), \"secret\": null or the name of a key, 1 to 40 lower-case letters, digits and hyphens; never the key itself}";

    const int LongestName = 200;
    const int LongestEndpoint = 2000;
    static readonly string[] Providers = ["openai", "anthropic", "deepseek", "gemini", "ollama", "compatible"];
    static readonly string[] Members = ["provider", "model", "endpoint", "secret"];

    /// <summary>Pure: the settings with this provider; <c>null</c> where it is not valid.</summary>
    public static WorkspaceSettings? Apply(WorkspaceSettings settings, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return settings with { ModelProvider = null };
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(m => !Members.Contains(m.Name, StringComparer.Ordinal))) return null;
        if (Text(value, "provider") is not { } provider || !Providers.Contains(provider, StringComparer.Ordinal)) return null;
        if (Text(value, "model") is not { Length: <= LongestName } model || model.Trim() != model || model.Any(char.IsControl)) return null;
        if (!IsAbsent(value, "endpoint") && !IsEndpoint(Text(value, "endpoint"))) return null;
        if (provider == "compatible" && IsAbsent(value, "endpoint")) return null;
        if (!IsAbsent(value, "secret") && !IsSecretsName(Text(value, "secret"))) return null;
        return settings with
        {
            ModelProvider = new() { Provider = provider, Model = model, Endpoint = Text(value, "endpoint"), Secret = Text(value, "secret") },
        };
    }

    static bool IsAbsent(JsonElement value, string name) => !value.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null;

    static string? Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } text ? text : null;

    static bool IsEndpoint(string? text) => text is { Length: <= LongestEndpoint } && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    // Settings are heard by every service and kept in the audit log: a key that somebody pastes here must not get that far.
    static bool IsSecretsName(string? text) => text is not null && SecretsName().IsMatch(text) && !text.StartsWith("sk-", StringComparison.Ordinal);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,39}\z", RegexOptions.None, 1000)]
    private static partial Regex SecretsName();
}

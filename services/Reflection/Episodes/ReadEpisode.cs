using System.Text.Json;
using AutoDev.Contracts.Ingest;

namespace AutoDev.Reflection.Episodes;

/// <summary>Turns what an agent wrote into an episode, or names everything that is wrong with it at once. The same for the bus and HTTP.</summary>
static class ReadEpisode
{
    /// <summary>Pure.</summary>
    /// <returns>The episode, or <c>null</c> and the errors by property.</returns>
    public static (Episode? Episode, IReadOnlyDictionary<string, string> Errors) From(EpisodeReport report, DateTimeOffset now)
    {
        var check = new Check();
        check.Id("workspace_id", report.WorkspaceId);
        check.Id("episode_id", report.EpisodeId);
        check.Id("agent_id", report.AgentId);
        check.Text("task_description", report.TaskDescription, 4000);
        var outcome = report.Outcome switch
        {
            "success" => Outcome.Success,
            "failure" => Outcome.Failure,
            "partial" => Outcome.Partial,
            _ => check.Fail<Outcome>("outcome", "must be success, failure or partial."),
        };
        check.Object("input", report.Input);
        check.Object("metadata", report.Metadata);
        check.Size("expected_output", report.ExpectedOutput);
        check.Size("output", report.Output);
        check.Range("human_interventions", report.HumanInterventions, 0, 1_000_000);
        check.Range("constitutional_score", report.ConstitutionalScore, 0, 1);
        check.Range("user_feedback", report.UserFeedback, -1, 1);
        check.Names("tools_attempted", report.ToolsAttempted);
        check.Names("skills_used", report.SkillsUsed);
        if (report.StartedAt > report.EndedAt) check.Fail<int>("ended_at", "must not be before started_at.");
        if (check.Errors.Count > 0) return (null, check.Errors);

        return (new Episode
        {
            Id = report.EpisodeId!,
            AgentId = report.AgentId!,
            TaskDescription = Check.Clean(report.TaskDescription!),
            Outcome = outcome,
            RecordedAt = now,
            ErrorTrace = report.ErrorTrace is null ? null : Check.Clean(report.ErrorTrace, Check.MaxErrorTrace),
            ToolsAttempted = report.ToolsAttempted ?? [],
            InputJson = Check.ObjectJson(report.Input),
            ExpectedOutputJson = Check.Json(report.ExpectedOutput),
            OutputJson = Check.Json(report.Output),
            HumanInterventions = report.HumanInterventions ?? 0,
            ConstitutionalScore = report.ConstitutionalScore,
            UserFeedback = report.UserFeedback,
            SkillsUsed = report.SkillsUsed ?? [],
            StartedAt = report.StartedAt,
            EndedAt = report.EndedAt,
            MetadataJson = Check.ObjectJson(report.Metadata),
        }, check.Errors);
    }
}

/// <summary>Collects what is wrong with a report, in words that tell how it should be.</summary>
sealed class Check
{
    public const int MaxErrorTrace = 64 * 1024;
    const int MaxJson = 256 * 1024;
    const int MaxId = 200;
    const int MaxNames = 100;

    readonly SortedDictionary<string, string> _errors = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Errors => _errors;

    public static string? Json(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText();

    /// <summary>Of a property that is an object where it is there at all.</summary>
    public static string? ObjectJson(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Json(value);

    /// <summary>PostgreSQL's JSON has no NUL character.</summary>
    public static string Clean(string text, int longest = int.MaxValue) => (text.Length > longest ? text[..longest] : text).Replace('\0', '\uFFFD');

    public T? Fail<T>(string property, string what)
    {
        _errors.TryAdd(property, $"{property} {what}");
        return default;
    }

    public void Id(string property, string? value)
    {
        Text(property, value, MaxId);
        if (value?.Any(char.IsControl) == true) Fail<int>(property, "must not contain control characters.");
    }

    public void Text(string property, string? value, int longest)
    {
        if (string.IsNullOrWhiteSpace(value)) Fail<int>(property, "is required.");
        else if (IsLongerThan(value, longest)) Fail<int>(property, $"must be at most {longest} characters.");
    }

    public void Object(string property, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null)) Fail<int>(property, "must be a JSON object.");
        Size(property, value);
    }

    public void Size(string property, JsonElement value)
    {
        if (Json(value) is not { } json) return;
        if (json.Length > MaxJson) Fail<int>(property, $"must be at most {MaxJson} characters of JSON.");
        else if (json.Contains("\\ud", StringComparison.OrdinalIgnoreCase) && !IsUnicode(value)) Fail<int>(property, "has text with half a surrogate pair, which no program can print.");
    }

    // In characters, as JSON Schema counts; .NET counts some of them twice.
    static bool IsLongerThan(string text, int longest) => text.Length > longest && text.EnumerateRunes().Count() > longest;

    static bool IsUnicode(JsonElement value)
    {
        try
        {
            _ = JsonSerializer.SerializeToUtf8Bytes(value);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            return false;
        }
    }

    public void Range(string property, double? value, double lowest, double highest)
    {
        if (value is { } number && !(number >= lowest && number <= highest)) Fail<int>(property, $"must be from {lowest} to {highest}.");
    }

    public void Names(string property, IReadOnlyList<string>? names)
    {
        if (names is null) return;
        if (names.Count > MaxNames) Fail<int>(property, $"must have at most {MaxNames} entries.");
        if (names.Any(name => string.IsNullOrWhiteSpace(name) || IsLongerThan(name, MaxId) || name.Contains('\0', StringComparison.Ordinal))) Fail<int>(property, $"must hold names of at most {MaxId} characters.");
    }
}

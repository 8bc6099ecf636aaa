using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>What an input of the validating run is for.</summary>
public static class InputKind
{
    /// <summary>An example that the generator had.</summary>
    public const string Seen = "seen";

    /// <summary>An example that the generator never had.</summary>
    public const string HeldOut = "held_out";

    /// <summary>An episode's input whose answer nobody knows.</summary>
    public const string Unanswered = "unanswered";

    /// <summary>An input that no agent would send on purpose.</summary>
    public const string Hostile = "hostile";

    /// <summary>An episode's input once more, after all others: the answer must be the same.</summary>
    public const string Again = "again";
}

/// <summary>One input of the validating run.</summary>
public sealed record PlannedInput
{
    /// <summary>See <see cref="InputKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>JSON text of an object: the arguments by name. <c>null</c> on a stored plan where it is too long to keep; <see cref="Description"/> says what it was.</summary>
    public required string? InputJson { get; init; }

    /// <summary>The right answer, which never enters the sandbox.</summary>
    public string? ExpectedJson { get; init; }

    /// <summary>Where it comes from.</summary>
    public string? EpisodeId { get; init; }

    /// <summary>What is hostile about it, or what it is called where it has no episode.</summary>
    public string? Description { get; init; }

    /// <summary>No sense can be made of it, so that the same answer to it and to a good input means nothing is looked at.</summary>
    public bool MakesNoSense { get; init; }

    /// <summary>An argument is of another type than the agents' are.</summary>
    public bool IsOfWrongType { get; init; }

    /// <summary>Of an input that is given once more: its place in the plan the first time.</summary>
    public int? Repeats { get; init; }
}

/// <summary>Which inputs a candidate is tried on.</summary>
public static class ValidationPlan
{
    /// <summary>Length of the very long text, in characters.</summary>
    public const int VeryLong = 100_000;

    const int MostHostileParameters = 8;
    const int LongestKeptInput = 64 * 1024;
    const int MostGivenAgain = 50;

    /// <summary>Pure: the candidate on its way to the sandbox with everything that is known by now, and what the sandbox is asked.</summary>
    public static (SkillCandidate Proposed, RunInSandbox Run) Ask(SkillCandidate candidate, string workspace, DateTimeOffset now)
    {
        var (plan, skill) = (For(candidate.Analysis), candidate.Generated!);
        var run = new RunInSandbox
        {
            RunId = CandidateId.RunOf(candidate.Id, candidate.Tries, candidate.Analysis.HeldOut.Count), WorkspaceId = workspace, RequestedBy = MementoModule.Service,
            SubjectId = candidate.Id, Source = skill.Source, FunctionName = skill.FunctionName, Inputs = [.. plan.Select(p => p.InputJson!)], Scan = true,
        };
        return (candidate.To(CandidateStatus.Proposed, now) with { RunId = run.RunId, Plan = Kept(plan) }, run);
    }

    /// <summary>
    /// Seen examples, held-out ones, inputs without an answer, then hostile ones made from the parameters; at last the first of the episodes' inputs again, in reverse, so
    /// that an answer that hangs on chance or on the calls before it is another one.
    /// </summary>
    public static IReadOnlyList<PlannedInput> For(FailureAnalysis analysis)
    {
        PlannedInput[] episodes =
        [
            .. analysis.Seen.Select(e => Of(InputKind.Seen, e)),
            .. analysis.HeldOut.Select(e => Of(InputKind.HeldOut, e)),
            .. analysis.Unanswered.Select(u => new PlannedInput { Kind = InputKind.Unanswered, InputJson = u.InputJson, EpisodeId = u.EpisodeId }),
        ];
        return
        [
            .. episodes,
            .. Hostile(analysis.Seen.Select(e => e.InputJson).Concat(analysis.Unanswered.Select(u => u.InputJson)).FirstOrDefault()),
            .. episodes.Take(MostGivenAgain)
                .Select((p, i) => new PlannedInput { Kind = InputKind.Again, InputJson = p.InputJson, EpisodeId = p.EpisodeId, Repeats = i }).Reverse(),
        ];
    }

    /// <summary>The plan as it is stored, without what is too long to keep or is in it already.</summary>
    public static IReadOnlyList<PlannedInput> Kept(IEnumerable<PlannedInput> plan) =>
        [.. plan.Select(p => p is { Kind: InputKind.Again } or { Kind: InputKind.Hostile, InputJson.Length: > LongestKeptInput } ? p with { InputJson = null } : p)];

    static PlannedInput Of(string kind, Example e) => new() { Kind = kind, InputJson = e.InputJson, ExpectedJson = e.ExpectedJson, EpisodeId = e.EpisodeId, Description = e.Description };

    static IEnumerable<PlannedInput> Hostile(string? good)
    {
        yield return Hostile("no arguments at all", "{}", makesNoSense: true);
        if (!JsonEquality.TryParse(good, out var input) || input.ValueKind != JsonValueKind.Object) yield break;

        foreach (var (name, value) in input.EnumerateObject().Select(m => (m.Name, m.Value)).Take(MostHostileParameters))
        {
            foreach (var (what, other, makesNoSense) in Instead(value))
                yield return Hostile($"{name}: {what}", With(input, name, other), makesNoSense) with { IsOfWrongType = makesNoSense && IsOfOtherType(value, other) };
        }
    }

    static IEnumerable<(string What, JsonNode? Value, bool MakesNoSense)> Instead(JsonElement value)
    {
        var empty = value.ValueKind switch
        {
            JsonValueKind.Array => (JsonNode)new JsonArray(),
            JsonValueKind.Object => new JsonObject(),
            _ => JsonValue.Create(""),
        };
        yield return ("empty", empty, true);
        if (value.ValueKind != JsonValueKind.Number) yield return ("a number", JsonValue.Create(42), true);
        if (value.ValueKind != JsonValueKind.Null) yield return ("null", null, true);
        if (value.ValueKind != JsonValueKind.Array) yield return ("a list", new JsonArray(1, "two", null), true);

        // Of a good input, over and over: that is where a pattern that backtracks comes to a stand.
        var part = value.ValueKind == JsonValueKind.String && JsonEquality.TextOf(value) is { Length: > 0 } text ? text : "a ";
        yield return ($"very long ({VeryLong:N0} characters)", JsonValue.Create(string.Concat(Enumerable.Repeat(part, VeryLong / part.Length + 1))[..VeryLong]), false);
        yield return ("unicode and control characters", JsonValue.Create("\0\u0007\u001b[31m\u202e\ufeff\u00e9\u4e2d\U0001f4a5\r\n\t\u2028'\"\\{}%s"), false);
    }

    // Of a null nobody knows what type it stands for.
    static bool IsOfOtherType(JsonElement good, JsonNode? other) =>
        good.ValueKind != JsonValueKind.Null && JsonEquality.KindOf(good) != (other is null ? "null" : JsonEquality.KindOf(JsonElement.Parse(other.ToJsonString())));

    static string With(JsonElement input, string name, JsonNode? value)
    {
        var changed = new JsonObject();
        foreach (var member in input.EnumerateObject()) changed[member.Name] = member.Name == name ? value?.DeepClone() : JsonNode.Parse(member.Value.GetRawText());
        return changed.ToJsonString();
    }

    static PlannedInput Hostile(string what, string input, bool makesNoSense) =>
        new() { Kind = InputKind.Hostile, InputJson = input, Description = what, MakesNoSense = makesNoSense };
}

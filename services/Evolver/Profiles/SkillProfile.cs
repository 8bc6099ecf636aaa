using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Catalog;

namespace AutoDev.Evolver.Profiles;

/// <summary>How one version of a skill behaves where it is used. The same executions give the same profile, in whatever order they came.</summary>
public sealed record SkillProfile
{
    const int WindowSize = 200;
    const int MostInputs = 50;
    const int LongestInput = 16 * 1024;

    /// <summary><c>{skill}@{version}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that ran.</summary>
    public required string Version { get; init; }

    /// <summary>Executions counted.</summary>
    public int Count { get; init; }

    /// <summary>Those that did not succeed.</summary>
    public int Failures { get; init; }

    /// <summary>Retries of all executions together.</summary>
    public long Retries { get; init; }

    /// <summary>Model tokens of all executions together.</summary>
    public long Tokens { get; init; }

    /// <summary>The newest 200 executions, newest first.</summary>
    public IReadOnlyList<Sample> Window { get; init; } = [];

    /// <summary>
    /// The newest 50 distinct inputs, newest first: what a mutation will have to answer in the same way. Left out: beyond 16 KiB, and what is no text.
    /// </summary>
    public IReadOnlyList<RecordedInput> Inputs { get; init; } = [];

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Median of <c>execution_seconds</c> over the window.</summary>
    public double P50Seconds { get; init; }

    /// <summary>95th percentile of <c>execution_seconds</c> over the window.</summary>
    public double P95Seconds { get; init; }

    /// <summary>A version that nobody has used yet.</summary>
    public static SkillProfile Unused(string skill, string version) => new() { Id = SkillVersion.IdOf(skill, version), SkillName = skill, Version = version };

    /// <summary>The profile after one more execution. Whoever calls it sees to it that an execution is counted once.</summary>
    /// <exception cref="JsonException">The execution's input is not JSON.</exception>
    public SkillProfile Add(SkillExecuted execution, DateTimeOffset now)
    {
        IReadOnlyList<Sample> window =
        [
            .. Window.Append(Sample.Of(execution))
                .OrderByDescending(s => s.RecordedAt).ThenByDescending(s => s.ExecutionId, StringComparer.Ordinal).Take(WindowSize),
        ];
        double[] seconds = [.. window.Select(s => s.Seconds).Order()];
        return this with
        {
            Count = Count + 1,
            Failures = Failures + (execution.Success ? 0 : 1),
            Retries = Retries + execution.Retries,
            Tokens = Tokens + execution.TokenUsage,
            Window = window,
            P50Seconds = Percentile(seconds, 50),
            P95Seconds = Percentile(seconds, 95),
            Inputs = WithInput(execution),
            UpdatedAt = now,
        };
    }

    /// <summary>By nearest rank: a value that was measured, never one between two.</summary>
    /// <param name="ascending">At least one value, in ascending order.</param>
    /// <param name="percent">1 to 100.</param>
    public static double Percentile(IReadOnlyList<double> ascending, int percent) =>
        ascending[Math.Max(0, (ascending.Count * percent + 99) / 100 - 1)];

    IReadOnlyList<RecordedInput> WithInput(SkillExecuted execution)
    {
        if (execution.InputJson is not { Length: <= LongestInput } text) return Inputs;

        using var parsed = JsonDocument.Parse(text);
        if (!IsText(parsed.RootElement)) return Inputs;

        var same = Inputs.FirstOrDefault(known => known.Json == text || IsSame(parsed.RootElement, known.Json));
        RecordedInput heard = new(text, execution.RecordedAt, execution.ExecutionId);
        var newer = same is null || heard.IsNewerThan(same) ? heard : same;
        return
        [
            .. Inputs.Where(i => !ReferenceEquals(i, same)).Append(newer)
                .OrderByDescending(i => i.RecordedAt).ThenByDescending(i => i.ExecutionId, StringComparer.Ordinal).Take(MostInputs),
        ];
    }

    static bool IsSame(JsonElement input, string known)
    {
        using var other = JsonDocument.Parse(known);
        return JsonElement.DeepEquals(input, other.RootElement);
    }

    // Half of a surrogate pair, escaped, is valid JSON but no text: it could be neither compared nor shown, nor sent anywhere.
    static bool IsText(JsonElement input)
    {
        try
        {
            JsonSerializer.Serialize(input);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException)
        {
            return false;
        }
    }
}

/// <summary>One measurement.</summary>
/// <param name="ExecutionId">The execution.</param>
/// <param name="RecordedAt">When it was recorded.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="AgentId">Whose; <c>null</c> in those of before this was kept.</param>
/// <param name="Success">Whether it succeeded; <c>null</c> in those of before this was kept.</param>
/// <param name="Tokens">Model tokens that it took; <c>null</c> in those of before this was kept.</param>
public sealed record Sample(string ExecutionId, DateTimeOffset RecordedAt, double Seconds, string? AgentId = null, bool? Success = null, int? Tokens = null)
{
    /// <summary>Of an execution.</summary>
    public static Sample Of(SkillExecuted execution) =>
        new(execution.ExecutionId, execution.RecordedAt, execution.ExecutionSeconds, execution.AgentId, execution.Success, execution.TokenUsage);
}

/// <summary>Arguments that the skill was really called with, and the newest execution that was.</summary>
public sealed record RecordedInput(string Json, DateTimeOffset RecordedAt, string ExecutionId)
{
    /// <summary>Executions of the same moment are ordered by id, so that there is one newest.</summary>
    public bool IsNewerThan(RecordedInput other) =>
        RecordedAt > other.RecordedAt || RecordedAt == other.RecordedAt && string.CompareOrdinal(ExecutionId, other.ExecutionId) > 0;
}

/// <summary>Says that an execution is in a profile.</summary>
/// <param name="Id">The reporter's id of the execution.</param>
/// <param name="ProfileId">The profile that counts it.</param>
/// <param name="RecordedAt">When it was recorded.</param>
public sealed record CountedExecution(string Id, string ProfileId, DateTimeOffset RecordedAt);

using AutoDev.Evolver.Profiles;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Evolver.Releases;

/// <summary>What became of a mutation that was published, as stored and as answered.</summary>
public static class ReleaseState
{
    /// <summary>Agents have it, and its live results are compared with its parent's.</summary>
    public const string Watching = "watching";

    /// <summary>It held as long as it was watched, or a person gave it to the agents again.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>It was taken back, by the watch or by a person.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>A newer version was published before anything was decided.</summary>
    public const string Superseded = "superseded";
}

/// <summary>A mutation's version among the agents, watched from its publication on.</summary>
public sealed record Release
{
    /// <summary><c>{skill}@{version}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that the mutation became.</summary>
    public required string Version { get; init; }

    /// <summary>The version that it was made from, and is compared with.</summary>
    public required string ParentVersion { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The share of the agents that get it while it is watched, above 0 up to 1.</summary>
    public required double Share { get; init; }

    /// <summary>See <see cref="ReleaseState"/>.</summary>
    public required string State { get; init; }

    /// <summary>The skill's revision in the catalog by which it is in this state: older news change nothing.</summary>
    public required int Revision { get; init; }

    /// <summary>Its executions since it was published, as long as it is watched, oldest first.</summary>
    public IReadOnlyList<Sample> Watched { get; init; } = [];

    /// <summary>What it was last compared with.</summary>
    public UseOfParent Parent { get; init; } = new(0, 0, null);

    /// <summary>Why it is in this state, or why its roll back was asked for; <c>null</c> while there is nothing to say.</summary>
    public string? Detail { get; init; }

    /// <summary>The loop that it is part of.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it came into a state that lasts.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(StartedAt, Id);

    /// <summary>Held by whoever changes releases of a skill.</summary>
    public static string LockOf(string skill) => $"releases/{skill}";

    /// <summary>Pure: with one more execution; the same where it is known.</summary>
    public Release With(Sample sample) => Watched.Any(w => w.ExecutionId == sample.ExecutionId) ? this : this with { Watched = [.. Watched, sample] };

    /// <summary>Pure: in a state that lasts.</summary>
    public Release To(string state, string detail, DateTimeOffset now) => this with { State = state, Detail = detail, EndedAt = now };
}

/// <summary>How the parent behaves in its newest executions, 200 at most.</summary>
/// <param name="Watched">How many there are.</param>
/// <param name="Failures">Those that did not succeed.</param>
/// <param name="P50Seconds">Median of <c>execution_seconds</c>; <c>null</c> where there are none.</param>
public sealed record UseOfParent(int Watched, int Failures, double? P50Seconds)
{
    /// <summary>Of its profile's window.</summary>
    public static UseOfParent Of(IReadOnlyList<Sample> window) => new(window.Count, window.Count(s => s.Success == false), Median(window));

    /// <summary>Median of the seconds; <c>null</c> where there are none.</summary>
    public static double? Median(IReadOnlyList<Sample> samples) =>
        samples.Count == 0 ? null : SkillProfile.Percentile([.. samples.Select(s => s.Seconds).Order()], 50);
}

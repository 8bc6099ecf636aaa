using AutoDev.Contracts.Fitness;
using AutoDev.Fitness.Scores;

namespace AutoDev.Fitness.Outcomes;

/// <summary>The outcomes of one kind, of one version of a skill, in one workspace.</summary>
readonly record struct Series(string Workspace, string Skill, string Version, string Kind);

/// <summary>A drop that was said. What comes after it is a new series: the same drop is not found twice.</summary>
public sealed record FoundDrop
{
    /// <summary><c>{skill}@{version}/{kind}/{moment}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The skill.</summary>
    public required string Skill { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>What became worse: <c>execution</c>, <c>episode</c> or <c>feedback</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The first outcome of the worse time.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Mean before, 0 to 1.</summary>
    public required double Before { get; init; }

    /// <summary>Mean since, as it was when the drop was found; 0 to 1.</summary>
    public required double After { get; init; }

    /// <summary>See <see cref="ChangePoint.PValue"/>.</summary>
    public required double PValue { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset FoundAt { get; init; }

    /// <summary>Pure: what these outcomes show.</summary>
    /// <param name="series">Whose they are.</param>
    /// <param name="outcomes">In the order of time, since the last drop.</param>
    /// <param name="now">The time.</param>
    internal static FoundDrop? Decide(Series series, IReadOnlyList<(DateTimeOffset At, double Value)> outcomes, DateTimeOffset now) =>
        ChangePoint.FindDrop([.. outcomes.Select(o => o.Value)]) is not { } drop ? null : new()
        {
            Id = $"{series.Skill}@{series.Version}/{series.Kind}/{outcomes[drop.Index].At.UtcTicks}", Skill = series.Skill, Version = series.Version,
            Kind = series.Kind, Since = outcomes[drop.Index].At, Before = drop.Before, After = drop.After, PValue = drop.PValue, FoundAt = now,
        };

    /// <summary>What is said about it.</summary>
    public FitnessDropped Say(string workspace) => new()
    {
        WorkspaceId = workspace, Subject = SubjectId.Skill(Skill, Version), Before = Before, After = After, PValue = PValue, Since = Since, FoundAt = FoundAt,
    };
}

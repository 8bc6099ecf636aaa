using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.BulkReview;

/// <summary>Many mutations that somebody looked at together, and what was decided on them.</summary>
public sealed record BulkDecision
{
    /// <summary>The token of the preview, and the decision's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What was asked for.</summary>
    public required MutationFilter Filter { get; init; }

    /// <summary>How many fitted when it was looked at; more than <see cref="Seen"/> where those were too many for one decision.</summary>
    public required int Matched { get; init; }

    /// <summary>What was seen, longest waiting first: nothing else is decided on.</summary>
    public required IReadOnlyList<SeenMutation> Seen { get; init; }

    /// <summary>Who looked.</summary>
    public required string SeenBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>What the person decided; <c>null</c> before. The time and person are those of the whole.</summary>
    public MutationDecision? Decision { get; init; }
}

/// <summary>A mutation as it was when somebody looked.</summary>
public sealed record SeenMutation(Guid MutationId, int Revision, string SkillName);

/// <summary>What became of one mutation in a bulk decision.</summary>
public sealed record BulkItem
{
    /// <summary>Waits for its turn.</summary>
    public const string Waiting = "waiting";

    /// <summary>Decided on as was said.</summary>
    public const string Decided = "decided";

    /// <summary>Not decided on, since it is not any more what was seen.</summary>
    public const string Skipped = "skipped";

    /// <summary>See <see cref="IdOf"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The bulk decision.</summary>
    public required Guid BulkId { get; init; }

    /// <summary>Its place among what was seen.</summary>
    public required int Place { get; init; }

    /// <summary>What was seen.</summary>
    public required SeenMutation Seen { get; init; }

    /// <summary><see cref="Waiting"/>, <see cref="Decided"/> or <see cref="Skipped"/>.</summary>
    public required string State { get; init; }

    /// <summary>Why it was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was decided on or skipped.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>A mutation's place in a bulk decision.</summary>
    public static Guid IdOf(Guid bulkId, Guid mutationId) => NamedId.Of($"bulk/{bulkId:N}/{mutationId:N}");

    /// <summary>Pure: why what was seen cannot be decided on any more; <c>null</c> where it can.</summary>
    internal static string? WhyNot(SeenMutation seen, Mutation? mutation) => mutation switch
    {
        null => "There is no such mutation any more.",
        _ when ReviewMutation.WhyNot(mutation) is { } reason => reason,
        _ when mutation.Revision != seen.Revision => $"It has changed since it was seen, from revision {seen.Revision} to {mutation.Revision}.",
        _ => null,
    };
}

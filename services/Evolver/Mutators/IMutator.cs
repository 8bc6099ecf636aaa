using AutoDev.Contracts.Governance;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Experiments;

namespace AutoDev.Evolver.Mutators;

/// <summary>Proposes other forms of a source. Nothing that it says is trusted: each form must prove itself in the sandbox.</summary>
public interface IMutator
{
    /// <summary>Its stable name, as in messages: <c>rewrite_rules</c>, <c>language_model</c>.</summary>
    string Word { get; }

    /// <summary>Whether it can be asked in a workspace with these settings.</summary>
    bool CanPropose(WorkspaceSettings settings);

    /// <summary>
    /// Proposes within limits of its own, or until <paramref name="cancellation"/> says stop. Called outside of any transaction, and again after a crash. One
    /// that
    /// cannot propose says why, in the answer; it throws only where trying again may help.
    /// </summary>
    Task<Proposals> ProposeAsync(MutationRequest request, CancellationToken cancellation);
}

/// <summary>What a mutator may know.</summary>
public sealed record MutationRequest
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The experiment, for which a model's cost is counted.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The same seed gives the same proposals, where a mutator can hold to that.</summary>
    public required int Seed { get; init; }

    /// <summary>The agent whose execution showed the need, where one did.</summary>
    public string? AgentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The function to call; its name and parameters must stay.</summary>
    public required string FunctionName { get; init; }

    /// <summary>What shall become better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The form to change: the published one, or the best of what was measured so far.</summary>
    public required Form Parent { get; init; }

    /// <summary>Another good form, whose ideas may be taken over; <c>null</c> where there is none yet.</summary>
    public Form? Other { get; init; }

    /// <summary>How the published version behaves where it is used; <c>null</c> where nobody used it.</summary>
    public UseFigures? Use { get; init; }

    /// <summary>Recorded inputs, and what the published version does with them in the sandbox.</summary>
    public required IReadOnlyList<TrialInput> Inputs { get; init; }

    /// <summary>What was tried before in this experiment, and what came of it; newest first, at most 50.</summary>
    public required IReadOnlyList<Attempt> Attempts { get; init; }

    /// <summary>Keys of all forms that are known (<see cref="Variant.KeyOf"/>); proposing one again is no use.</summary>
    public required IReadOnlyList<string> KnownKeys { get; init; }

    /// <summary>How many proposals are wanted at most.</summary>
    public required int Limit { get; init; }

    /// <summary>The workspace's settings, with its language model.</summary>
    public required WorkspaceSettings Settings { get; init; }
}

/// <summary>One form of the source.</summary>
/// <param name="Key">See <see cref="Variant.KeyOf"/>.</param>
/// <param name="Source">The Python source of one module.</param>
/// <param name="Rules">The rules that made it of the published version; empty for that one itself.</param>
public sealed record Form(string Key, string Source, IReadOnlyList<string> Rules);

/// <summary>How a version behaves where it is used; seconds are over the newest 200 executions, the rest over all.</summary>
public sealed record UseFigures(int Count, int Failures, long Retries, long Tokens, double P50Seconds, double P95Seconds);

/// <summary>A form that was tried, and what came of it.</summary>
/// <param name="Source">The Python source.</param>
/// <param name="Mutator">What wrote it.</param>
/// <param name="Description">What was changed, in words.</param>
/// <param name="Status">See <see cref="VariantStatus"/>.</param>
/// <param name="Reason">Why, where it came to nothing.</param>
/// <param name="Speedup">How many times as fast as the published version it was measured to be.</param>
public sealed record Attempt(string Source, string Mutator, string Description, string Status, string? Reason, double? Speedup);

/// <summary>A proposed form.</summary>
/// <param name="Source">The Python source of one module.</param>
/// <param name="Rules">The rules that made it, or other short names for what was done.</param>
/// <param name="Description">What was changed, in words.</param>
/// <param name="IsCrossover">Whether ideas of <see cref="MutationRequest.Other"/> are in it.</param>
public sealed record Proposal(string Source, IReadOnlyList<string> Rules, string Description, bool IsCrossover = false);

/// <summary>A mutator's answer: forms, or a question that the sandbox answers with forms.</summary>
public sealed record Proposals
{
    /// <summary>The forms, the most promising first.</summary>
    public IReadOnlyList<Proposal> Found { get; init; } = [];

    /// <summary>To be run in the sandbox; its answer is a list of <c>{source, rules, description, crossover?}</c>. <see cref="Found"/> is empty then.</summary>
    public SandboxQuestion? Question { get; init; }

    /// <summary>Why there is none, or what else a person should know.</summary>
    public string? Note { get; init; }

    /// <summary>Model tokens that it took.</summary>
    public long Tokens { get; init; }

    /// <summary>None, for this reason.</summary>
    public static Proposals Nothing(string why) => new() { Note = why };
}

/// <summary>A call in the sandbox.</summary>
/// <param name="Source">A Python module.</param>
/// <param name="FunctionName">Its function.</param>
/// <param name="InputJson">JSON text of an object: the arguments.</param>
/// <param name="Limits">Limits that differ from the runner's settings.</param>
public sealed record SandboxQuestion(string Source, string FunctionName, string InputJson, SandboxLimits? Limits = null);

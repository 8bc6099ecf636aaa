using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Memento.Candidates;

namespace AutoDev.Memento.Generation;

/// <summary>Settings of generation, section <c>Generation</c>.</summary>
public sealed class GenerationOptions
{
    /// <summary>How long one search by example may take.</summary>
    public TimeSpan TimeBudget { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a model may try at one candidate: what the sandbox refutes it gets back with what was shown.</summary>
    public int Tries { get; set; } = 3;
}

/// <summary>Everything a generator may know. Held-out examples are not in it.</summary>
public sealed record GenerationRequest
{
    /// <summary>The name that the function shall have.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The task, in words.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>Inputs with their right answers.</summary>
    public required IReadOnlyList<Example> Examples { get; init; }

    /// <summary>Inputs whose right answer nobody has said.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The ends of the failures' traces.</summary>
    public IReadOnlyList<string> Traces { get; init; } = [];

    /// <summary>Tools that the agent tried.</summary>
    public IReadOnlyList<string> ToolsTried { get; init; } = [];

    /// <summary>What a person said of an earlier candidate.</summary>
    public string? ReviewerSaid { get; init; }

    /// <summary>Which try at the candidate's code this is, counted from 1.</summary>
    public int Try { get; init; } = 1;

    /// <summary>The try before.</summary>
    public FailedTry? LastTry { get; init; }

    /// <summary>For whom, and what a model's cost is counted for.</summary>
    public required Requester Requester { get; init; }

    /// <summary>Names of the arguments, each once, in the order in which they come up.</summary>
    public IReadOnlyList<string> Parameters() => [.. AllInputs().SelectMany(i => i.EnumerateObject().Select(m => m.Name)).Distinct(StringComparer.Ordinal)];

    /// <summary>Every input, with and without an answer.</summary>
    public IEnumerable<JsonElement> AllInputs() => Examples.Select(e => e.InputJson).Concat(Inputs).Select(i => JsonElement.Parse(i));
}

/// <summary>Who asks for a skill.</summary>
/// <param name="WorkspaceId">The tenant.</param>
/// <param name="AgentId">The agent that failed.</param>
/// <param name="CandidateId">The candidate.</param>
/// <param name="Model">The workspace's language model; <c>null</c> for none.</param>
public sealed record Requester(string WorkspaceId, string AgentId, Guid CandidateId, ModelProvider? Model);

/// <summary>What came of it: code, or the reason why there is none.</summary>
/// <param name="Skill">The code, not trusted.</param>
/// <param name="Reason">Why there is none, in words; <c>null</c> where there is code.</param>
public sealed record GenerationResult(GeneratedSkill? Skill, string? Reason)
{
    /// <summary>Code.</summary>
    public static GenerationResult Found(GeneratedSkill skill) => new(skill, null);

    /// <summary>None; better than a guess.</summary>
    public static GenerationResult Nothing(string reason) => new(null, reason);
}

/// <summary>Writes one self-contained Python function for a task.</summary>
public interface ISkillGenerator
{
    /// <summary>Tries within limits of its own, or until <paramref name="cancellation"/> says stop.</summary>
    Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation);
}

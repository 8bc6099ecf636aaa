using AutoDev.Memento.Candidates;

namespace AutoDev.Memento.Generation;

/// <summary>Settings of generation, section <c>Generation</c>.</summary>
public sealed class GenerationOptions
{
    /// <summary>How long one candidate may take.</summary>
    public TimeSpan TimeBudget { get; set; } = TimeSpan.FromSeconds(5);
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

    /// <summary>The last lines of the failures' traces.</summary>
    public required IReadOnlyList<string> Errors { get; init; }

    /// <summary>Tools that the agent tried.</summary>
    public required IReadOnlyList<string> ToolsTried { get; init; }

    /// <summary>Why an earlier candidate was not good enough.</summary>
    public string? Guidance { get; init; }
}

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
    /// <summary>As it is written on what it made: <c>by-example</c> or the model's name.</summary>
    string Name { get; }

    /// <summary>Tries until <paramref name="cancellation"/> says stop; then says so, or throws <see cref="OperationCanceledException"/>.</summary>
    Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation);
}

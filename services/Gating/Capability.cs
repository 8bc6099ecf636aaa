using AutoDev.Contracts.Governance;

namespace AutoDev.Gating;

/// <summary>Something that an agent may be allowed to do by itself.</summary>
/// <param name="Name">As in settings and messages: <c>memento_skills</c>, <c>alpha_evolver</c>, <c>background_evolution</c>.</param>
/// <param name="Minimum">The maturity it needs.</param>
/// <param name="IsOn">Reads the workspace's switch for it.</param>
/// <param name="DailyLimit">Reads how often a UTC day it may be used in the workspace.</param>
public sealed record Capability(string Name, Maturity Minimum, Func<WorkspaceSettings, bool> IsOn, Func<WorkspaceSettings, int> DailyLimit)
{
    /// <summary>The capability with which it shares its daily count; its own, where it shares none.</summary>
    public string CountedAs { get; init; } = Name;

    /// <summary>New skills from repeated failures.</summary>
    public static Capability MementoSkills { get; } =
        new("memento_skills", Maturity.Intern, s => s.MementoSkills, s => s.MaxSkillCandidatesPerDay);

    /// <summary>Better skills by mutation.</summary>
    public static Capability AlphaEvolver { get; } =
        new("alpha_evolver", Maturity.Supervised, s => s.AlphaEvolver, s => s.MaxMutationsPerDay);

    /// <summary>Mutation without a trigger; shares the mutations' limit.</summary>
    public static Capability BackgroundEvolution { get; } =
        new("background_evolution", Maturity.Autonomous, s => s.BackgroundEvolution, s => s.MaxMutationsPerDay) { CountedAs = "alpha_evolver" };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Capability> All { get; } = [MementoSkills, AlphaEvolver, BackgroundEvolution];
}

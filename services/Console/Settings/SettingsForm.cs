using System.Globalization;
using AutoDev.Contracts.Governance;

namespace AutoDev.OperatorConsole.Settings;

/// <summary>A setting that is on or off.</summary>
sealed record Switch(string Key, string Title, string Does, Func<WorkspaceSettings, bool> Get, Func<WorkspaceSettings, bool, WorkspaceSettings> Set);

/// <summary>A setting that is a whole number, or a share in per cent.</summary>
sealed record Number(
    string Key, string Title, string Does, int From, int To, Func<WorkspaceSettings, int> Get, Func<WorkspaceSettings, int, WorkspaceSettings> With,
    bool IsPerCent = false)
{
    /// <summary>As Governance keeps it.</summary>
    public object Value(WorkspaceSettings settings) => IsPerCent ? Get(settings) / 100.0 : (object)Get(settings);

    /// <summary>What is no number leaves it as it is; the browser has said so already.</summary>
    public WorkspaceSettings Set(WorkspaceSettings settings, string? text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? With(settings, number) : settings;
}

/// <summary>What the form has of the settings, and what of it changed. Pure.</summary>
static class SettingsForm
{
    public static readonly IReadOnlyList<Switch> Switches =
    [
        new("auto_dev.enabled", "Auto-Dev", "The master switch. Off, agents may report and nothing is learned; nothing is deleted.", s => s.Enabled,
            (s, on) => s with { Enabled = on }),
        new("memento_skills", "Memento-Skills", "New skills from repeated failures, for agents from INTERN on.", s => s.MementoSkills,
            (s, on) => s with { MementoSkills = on }),
        new("alpha_evolver", "AlphaEvolver", "Better skills by mutation, for agents from SUPERVISED on.", s => s.AlphaEvolver,
            (s, on) => s with { AlphaEvolver = on }),
        new("background_evolution", "Background evolution", "Mutation without a trigger, for AUTONOMOUS agents.", s => s.BackgroundEvolution,
            (s, on) => s with { BackgroundEvolution = on }),
        new("auto_promote", "Auto-promotion", "AUTONOMOUS agents may promote mutations without review.", s => s.AutoPromote,
            (s, on) => s with { AutoPromote = on }),
    ];

    public static readonly IReadOnlyList<Number> Numbers =
    [
        new("failure_threshold", "Failure threshold", "Failures of the same task that make a pattern.", 1, 100, s => s.FailureThreshold,
            (s, n) => s with { FailureThreshold = n }),
        new("max_skill_candidates_per_day", "Skill candidates a day", "Resets at midnight UTC.", 1, 20, s => s.MaxSkillCandidatesPerDay,
            (s, n) => s with { MaxSkillCandidatesPerDay = n }),
        new("max_mutations_per_day", "Mutations a day", "Resets at midnight UTC.", 1, 50, s => s.MaxMutationsPerDay,
            (s, n) => s with { MaxMutationsPerDay = n }),
        new("canary_share", "Trial share, per cent", "So many of the agents get a promoted mutation first, until its live results have proven it.", 5, 100,
            s => (int)Math.Round(s.CanaryShare * 100),
            (s, n) => s with { CanaryShare = n / 100.0 }, IsPerCent: true),
    ];

    /// <summary>Only what differs is sent, so that nothing else is decided by the way.</summary>
    public static IReadOnlyDictionary<string, object?> Changes(WorkspaceSettings seen, WorkspaceSettings wanted)
    {
        var changes = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var s in Switches.Where(s => s.Get(seen) != s.Get(wanted))) changes[s.Key] = s.Get(wanted);
        foreach (var n in Numbers.Where(n => n.Get(seen) != n.Get(wanted))) changes[n.Key] = n.Value(wanted);
        return changes;
    }
}

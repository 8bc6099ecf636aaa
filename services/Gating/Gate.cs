using AutoDev.Contracts.Governance;

namespace AutoDev.Gating;

/// <summary>The one place that says what is allowed: a capability needs the master switch, its own switch, the maturity, and room in the day's limit.</summary>
public static class Gate
{
    /// <summary>Decides for one capability of one agent at one moment. What is unknown is not allowed.</summary>
    /// <param name="capability">What is wanted.</param>
    /// <param name="settings">The workspace's settings; <c>null</c> where none are known.</param>
    /// <param name="maturity">The agent's maturity; an agent nobody has heard of is a STUDENT.</param>
    /// <param name="usedToday">Uses counted for the current UTC day; 0 where the caller does not count.</param>
    public static GateDecision Decide(Capability capability, WorkspaceSettings? settings, Maturity maturity, int usedToday = 0)
    {
        if (settings is not { Enabled: true })
            return GateDecision.Refused("auto_dev_disabled", "Auto-Dev is disabled in this workspace: set auto_dev.enabled to true.");
        if (!capability.IsOn(settings))
            return GateDecision.Refused("capability_disabled", $"{capability.Name} is switched off in this workspace's settings.");
        if (maturity < capability.Minimum)
            return GateDecision.Refused("maturity_too_low", $"{capability.Name} needs {Word(capability.Minimum)}, the agent is {Word(maturity)}.");
        var limit = capability.DailyLimit(settings);
        return usedToday < limit
            ? GateDecision.Allowed
            : GateDecision.Refused("daily_limit_exceeded", $"{usedToday} of {limit} are used today; the limit resets at midnight UTC.");
    }

    static string Word(Maturity maturity) => maturity.ToString().ToUpperInvariant();
}

/// <summary>Yes, or no with the reason.</summary>
/// <param name="Reason"><c>null</c> where it is allowed; else a stable word, see <see cref="GateRefused.Reason"/>.</param>
/// <param name="Detail">The reason in words, with the figures and what to do.</param>
public sealed record GateDecision(string? Reason, string Detail)
{
    /// <summary>Yes.</summary>
    public static GateDecision Allowed { get; } = new(null, "");

    /// <summary>Whether it is a yes.</summary>
    public bool IsAllowed => Reason is null;

    /// <summary>Whether the next midnight UTC lifts it by itself.</summary>
    public bool IsOverTomorrow => Reason is "daily_limit_exceeded" or "spend_cap_exceeded";

    /// <summary>No, because of this.</summary>
    public static GateDecision Refused(string reason, string detail) => new(reason, detail);
}

using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.Evolver.Experiments;

/// <summary>The inputs that an experiment compares on, with what the published version does with them.</summary>
public sealed record TrialInputs
{
    /// <summary>The experiment.</summary>
    public required Guid Id { get; init; }

    /// <summary>Recorded ones first, newest first; then those that were made near them.</summary>
    public required IReadOnlyList<TrialInput> Inputs { get; init; }

    /// <summary>What the published version did with each, in this order; <c>null</c> until it is known, and once it is in <see cref="Inputs"/>.</summary>
    public IReadOnlyList<InputOutcome>? Forward { get; init; }

    /// <summary>The same, from a run in which the inputs came in another order.</summary>
    public IReadOnlyList<InputOutcome>? Backward { get; init; }

    /// <summary>What the security scan finds in the published version.</summary>
    public IReadOnlyList<SecurityFinding> Findings { get; init; } = [];
}

/// <summary>One input.</summary>
/// <param name="InputJson">JSON text of an object: the arguments by name.</param>
/// <param name="IsRecorded">Whether it was really used; else it was made near one that was.</param>
/// <param name="Original">What the published version does with it; <c>null</c> until that is known.</param>
public sealed record TrialInput(string InputJson, bool IsRecorded, InputOutcome? Original = null);

/// <summary>What one call did, as the sandbox says.</summary>
public sealed record InputOutcome(
    string Ended, string? ValueJson, string? ExceptionType, string? Message, string? Traceback, double CpuMs, double WallMs, long PeakMemoryKb)
{
    const int LongestText = 4096;

    /// <summary>Whether it returned a value.</summary>
    public bool IsOk => Ended == "ok";

    /// <summary>Of the sandbox's own words, without what it printed.</summary>
    public static InputOutcome Of(InputResult r) =>
        new(r.Ended, r.ValueJson, r.ExceptionType, Cut(r.Message), Cut(r.Traceback), r.CpuMs, r.WallMs, r.PeakMemoryKb);

    static string? Cut(string? text) => text is { Length: > LongestText } ? text[^LongestText..] : text;
}

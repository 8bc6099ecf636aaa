using System.Globalization;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Charts;

namespace AutoDev.OperatorConsole.Fitness;

/// <summary>Scores as a person reads them. Pure.</summary>
static class FitnessWords
{
    public static string Status(string status) => status switch
    {
        "pending" => "waits for outcomes",
        "waiting" => "not known yet",
        _ => status,
    };

    /// <summary>What a score is about.</summary>
    public static string Subject(string subject) => subject.Split(':', 2) switch
    {
        ["skill", var version] => version.Replace("@", " ", StringComparison.Ordinal),
        [var kind, { Length: > 8 } id] => $"{kind} {id[..8]}…",
        _ => subject,
    };

    /// <summary>The page of what a score is about; <c>null</c> where there is none.</summary>
    public static string? Page(string subject) => subject.Split(':', 2) switch
    {
        ["candidate", var id] => $"/review/{id}",
        ["mutation", var id] => $"/mutations/{id}",
        ["skill", var version] when version.Split('@') is [var name, var number] =>
            $"/skills/{Uri.EscapeDataString(name)}?version={Uri.EscapeDataString(number)}",
        _ => null,
    };

    /// <summary>A score, or what it differs by.</summary>
    public static string Figure(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>What is added or taken away.</summary>
    public static string Signed(double value) => value.ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture);

    /// <summary>A weight with all its digits.</summary>
    public static string Weight(decimal weight, bool isSigned = true) =>
        weight.ToString(isSigned ? "+0.######;-0.######;0" : "0.######", CultureInfo.InvariantCulture);

    /// <summary>How fast it is against its parent.</summary>
    public static string Speed(EfficiencyShown? efficiency) => efficiency is not { Speedup: { } speedup } ? "–"
        : efficiency is { SpeedupLow: { } low, SpeedupHigh: { } high } ? $"{RatioInterval.Ratio(speedup)} ({RatioInterval.Ratio(low)} to {RatioInterval.Ratio(high)})"
        : RatioInterval.Ratio(speedup);

    /// <summary>How it goes where it is used.</summary>
    public static string Live(LiveShown? live) => live is null ? "none" : $"{Figure(live.Mean)} ({Figure(live.Low)} to {Figure(live.High)}) of {live.Outcomes}";

    /// <summary>The skill whose trend it belongs to.</summary>
    public static string? Skill(string subject) => subject.StartsWith("skill:", StringComparison.Ordinal) ? subject["skill:".Length..].Split('@')[0] : null;
}

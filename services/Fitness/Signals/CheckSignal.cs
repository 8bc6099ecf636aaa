using AutoDev.Contracts.Ingest;
using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Signals;

/// <summary>What a report must be, the same over the bus and over HTTP.</summary>
static class CheckSignal
{
    const int LongestId = 200;

    // Senders' clocks run ahead; beyond a day it is a wrong unit or a wrong year.
    static readonly TimeSpan FurthestAhead = TimeSpan.FromDays(1);

    /// <summary>Every fault at once, by property; empty for a good report.</summary>
    /// <param name="report">What came.</param>
    /// <param name="workspaceOfPath">The workspace of the route; <c>null</c> over the bus, where the report names it.</param>
    /// <param name="now">The time it came.</param>
    public static IReadOnlyDictionary<string, string> Faults(FitnessSignalReport report, string? workspaceOfPath, DateTimeOffset now)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (workspaceOfPath is null && string.IsNullOrWhiteSpace(report.WorkspaceId)) faults["workspace_id"] = "workspace_id is missing.";
        if (workspaceOfPath is not null && report.WorkspaceId is not null && report.WorkspaceId != workspaceOfPath)
            faults["workspace_id"] = $"workspace_id must be that of the path ('{workspaceOfPath}') or absent.";

        if (string.IsNullOrWhiteSpace(report.SignalId)) faults["signal_id"] = "signal_id is missing.";
        else if (FaultOfId("signal_id", report.SignalId) is { } fault) faults["signal_id"] = fault;

        if (string.IsNullOrWhiteSpace(report.Subject)) faults["subject"] = "subject is missing.";
        else if (SubjectId.Parse(report.Subject) is null)
            faults["subject"] = "subject must be candidate:{id}, mutation:{id} or skill:{name}@{version}, such as skill:extract_invoice_id@1.0.0.";

        foreach (var (property, other) in new[] { ("replaces", report.Replaces), ("retracts", report.Retracts) })
        {
            if (other is null) continue;
            if (FaultOfId(property, other) is { } fault) faults[property] = fault;
            else if (other == report.SignalId) faults[property] = $"{property} must name another signal: signal_id is this one's own.";
        }

        if (report.Retracts is not null)
        {
            foreach (var property in Beside(report)) faults[property] = $"{property} must be absent: a report with retracts only takes a signal back.";
        }
        else if (string.IsNullOrWhiteSpace(report.Signal)) faults["signal"] = "signal is missing.";
        else if (!SignalWeights.External.Contains(report.Signal)) faults["signal"] = $"signal must be one of {string.Join(", ", SignalWeights.External)}.";
        else if (report.Value is null && report.Signal == SignalWeights.ConversionValue) faults["value"] = "value is missing: conversion_value needs the amount.";

        if (report.Value is { } value && (!double.IsFinite(value) || value < 0)) faults.TryAdd("value", "value must be a finite number, 0 or more.");

        if (report.OccurredAt > now + FurthestAhead) faults["occurred_at"] = "occurred_at is more than a day in the future.";
        return faults;
    }

    static string? FaultOfId(string property, string id) =>
        string.IsNullOrWhiteSpace(id) || id.EnumerateRunes().Count() > LongestId || id.Any(char.IsControl)
            ? $"{property} must have 1 to {LongestId} characters, without control characters." : null;

    static IEnumerable<string> Beside(FitnessSignalReport report)
    {
        if (report.Signal is not null) yield return "signal";
        if (report.Value is not null) yield return "value";
        if (report.Replaces is not null) yield return "replaces";
    }

    /// <summary>A report without faults, as it is kept.</summary>
    public static RecordedSignal Accept(FitnessSignalReport report, string reportedBy, DateTimeOffset now) => new()
    {
        Id = report.SignalId!, Subject = SubjectId.Parse(report.Subject)!, Signal = report.Signal ?? SignalWeights.Retraction,
        Value = report.Value, Replaces = report.Replaces, Retracts = report.Retracts,
        OccurredAt = report.OccurredAt?.ToUniversalTime(), RecordedAt = now, ReportedBy = reportedBy,
    };
}

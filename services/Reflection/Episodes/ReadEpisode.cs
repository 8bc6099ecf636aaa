using AutoDev.Contracts.Ingest;
using AutoDev.Reports;

namespace AutoDev.Reflection.Episodes;

/// <summary>Turns what an agent wrote into an episode, or names everything that is wrong with it at once. The same for the bus and HTTP.</summary>
static class ReadEpisode
{
    /// <summary>Pure.</summary>
    /// <returns>The episode, or <c>null</c> and the errors by property.</returns>
    public static (Episode? Episode, IReadOnlyDictionary<string, string> Errors) From(EpisodeReport report, DateTimeOffset now)
    {
        var errors = EpisodeReportCheck.Faults(report);
        if (errors.Count > 0) return (null, errors);

        return (new Episode
        {
            Id = report.EpisodeId!,
            AgentId = report.AgentId!,
            TaskDescription = ReportCheck.Clean(report.TaskDescription!),
            Outcome = report.Outcome switch { "success" => Outcome.Success, "partial" => Outcome.Partial, _ => Outcome.Failure },
            RecordedAt = now,
            ErrorTrace = report.ErrorTrace is null ? null : ReportCheck.Clean(report.ErrorTrace, ReportCheck.MaxErrorTrace),
            ToolsAttempted = report.ToolsAttempted ?? [],
            InputJson = ReportCheck.ObjectJson(report.Input),
            ExpectedOutputJson = ReportCheck.Json(report.ExpectedOutput),
            OutputJson = ReportCheck.Json(report.Output),
            HumanInterventions = report.HumanInterventions ?? 0,
            ConstitutionalScore = report.ConstitutionalScore,
            UserFeedback = report.UserFeedback,
            SkillsUsed = report.SkillsUsed ?? [],
            StartedAt = report.StartedAt,
            EndedAt = report.EndedAt,
            MetadataJson = ReportCheck.ObjectJson(report.Metadata),
        }, errors);
    }
}

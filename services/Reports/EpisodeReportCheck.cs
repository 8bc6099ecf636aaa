using AutoDev.Contracts.Ingest;

namespace AutoDev.Reports;

/// <summary>What an episode's report must be, the same by whichever way it comes.</summary>
public static class EpisodeReportCheck
{
    /// <summary>Pure: everything that is wrong with it at once, by property; empty for a good report.</summary>
    public static IReadOnlyDictionary<string, string> Faults(EpisodeReport report)
    {
        var check = new ReportCheck();
        check.Id("workspace_id", report.WorkspaceId);
        check.Id("episode_id", report.EpisodeId);
        check.Id("agent_id", report.AgentId);
        check.Text("task_description", report.TaskDescription, 4000);
        if (report.Outcome is not ("success" or "failure" or "partial")) check.Fail<int>("outcome", "must be success, failure or partial.");
        check.JsonObject("input", report.Input);
        check.JsonObject("metadata", report.Metadata);
        check.Size("expected_output", report.ExpectedOutput);
        check.Size("output", report.Output);
        check.Range("human_interventions", report.HumanInterventions, 0, 1_000_000);
        check.Range("constitutional_score", report.ConstitutionalScore, 0, 1);
        check.Range("user_feedback", report.UserFeedback, -1, 1);
        check.Names("tools_attempted", report.ToolsAttempted);
        check.Names("skills_used", report.SkillsUsed);
        if (report.StartedAt > report.EndedAt) check.Fail<int>("ended_at", "must not be before started_at.");
        return check.Errors;
    }
}

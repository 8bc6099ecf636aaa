using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.OperatorConsole.Tests;

/// <summary>Messages as the services say them, of one candidate in one workspace.</summary>
sealed record Said(string Workspace, Guid Candidate, Guid Pattern)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Said In(string workspace) => new(workspace, Guid.NewGuid(), Guid.NewGuid());

    public EpisodeFailed Failed(string episode, int seconds = 0) => new()
    {
        WorkspaceId = Workspace, EpisodeId = episode, AgentId = "ada", TaskDescription = "Extract the invoice ID", Outcome = "failure",
        RecordedAt = Noon.AddSeconds(seconds),
        ErrorTrace = "Traceback (most recent call last):\n  File \"agent.py\", line 3\nValueError: no invoice id found",
    };

    public FailurePatternDetected Detected(params string[] episodes) => new()
    {
        PatternId = Pattern, WorkspaceId = Workspace, AgentId = "ada", TaskDescription = "Extract the invoice ID", Attempt = 1,
        Episodes = [.. episodes.Select(e => new PatternEpisode { EpisodeId = e, TaskDescription = "Extract the invoice ID" })],
        DetectedAt = Noon.AddSeconds(10),
    };

    public SkillCandidateProposed Proposed() => new()
    {
        WorkspaceId = Workspace, CandidateId = Candidate, PatternId = Pattern, AgentId = "ada", SkillName = "extract_invoice_id", Generator = "by-example",
        ProposedAt = Noon.AddSeconds(20),
    };

    public SandboxRunCompleted Ran() => new()
    {
        RunId = Guid.NewGuid(), WorkspaceId = Workspace, RequestedBy = "memento", SubjectId = Candidate, Status = "completed", ExecutionLatencyMs = 12.3,
        Results = [new InputResult { Ended = "ok" }, new InputResult { Ended = "exception" }], CompletedAt = Noon.AddSeconds(25),
    };

    public SkillCandidateValidated Validated() => new()
    {
        WorkspaceId = Workspace, CandidateId = Candidate, PatternId = Pattern, AgentId = "ada", SkillName = "extract_invoice_id", HeldOutPassed = 2,
        HeldOutTotal = 3,
        ValidatedAt = Noon.AddSeconds(30),
    };

    public SkillCandidateRestated Restated() => new()
    {
        WorkspaceId = Workspace, CandidateId = Candidate, PatternId = Pattern, AgentId = "ada", SkillName = "extract_invoice_id", Generator = "by-example",
        HeldOutPassed = 2, HeldOutTotal = 3, Cost = 0, ValidatedAt = Noon.AddSeconds(31),
    };

    public SkillCandidateApproved Approved() => new()
    {
        WorkspaceId = Workspace, CandidateId = Candidate, PatternId = Pattern, AgentId = "ada", SkillName = "extract_invoice_id", ApprovedBy = "ann",
        ApprovedAt = Noon.AddSeconds(40),
    };

    public SkillCandidateRejected Rejected() => new()
    {
        WorkspaceId = Workspace, CandidateId = Candidate, PatternId = Pattern, AgentId = "ada", SkillName = "extract_invoice_id", RejectedBy = "ann",
        Reason = "too narrow",
        RejectedAt = Noon.AddSeconds(40),
    };

    public SkillPublished Published() => new()
    {
        WorkspaceId = Workspace, SkillName = "extract_invoice_id", Version = "1.0.0", CandidateId = Candidate, Description = "d",
        FunctionName = "extract_invoice_id", Source = "x",
        PublishedBy = "ann", PublishedAt = Noon.AddSeconds(41),
    };

    public FitnessScored Scored(double score, int signals) => new()
    {
        WorkspaceId = Workspace, Subject = $"candidate:{Candidate}", Score = score, Label = "good", Status = "pending", SignalCount = signals,
        ScoredAt = Noon.AddSeconds(30 + signals),
    };

    /// <summary>A mutation with the candidate's id that won.</summary>
    public MutationCompleted Completed() => new()
    {
        WorkspaceId = Workspace, MutationId = Candidate, ExperimentId = Pattern, SkillName = "sum_of_squares", ParentVersion = "1.0.0",
        Reason = "execution_time",
        Mutator = "rewrite_rules", Description = "Sums in a generator", Passed = true, Detail = "1.8 times as fast", ExecutionSuccess = true, Inputs = 8,
        Speedup = 1.8,
        SpeedupLow = 1.6, SpeedupHigh = 2, AgentId = "ada", CompletedAt = Noon.AddSeconds(30),
    };

    public MutationRestated MutationRestated() => new()
    {
        WorkspaceId = Workspace, MutationId = Candidate, SkillName = "sum_of_squares", Mutator = "rewrite_rules", AgentId = "ada", Inputs = 8, Mended = 0, Speedup = 1.8,
        Cost = 0, CompletedAt = Noon.AddSeconds(31),
    };

    public MutationApproved MutationApproved() => new()
    {
        WorkspaceId = Workspace, MutationId = Candidate, SkillName = "sum_of_squares", ParentVersion = "1.0.0", FunctionName = "sum_of_squares", Source = "x",
        Description = "d",
        Mends = false, ApprovedBy = "ann", ApprovedAt = Noon.AddSeconds(40),
    };

    public MutationRejected MutationRejected() => new()
    {
        WorkspaceId = Workspace, MutationId = Candidate, SkillName = "sum_of_squares", ParentVersion = "1.0.0", RejectedBy = "ann", Reason = "unreadable",
        RejectedAt = Noon.AddSeconds(40),
    };

    public static ModelSpent Spent(string workspace, string subject, decimal cost) => new()
    {
        WorkspaceId = workspace, SpendId = Guid.NewGuid(), Subject = subject, AgentId = "ada", Capability = "memento_skills", Model = "m", Day = "2026-03-01",
        InputTokens = 1,
        OutputTokens = 1, Cost = cost, SpentAt = Noon,
    };

    public static WorkspaceSettingsChanged Settings(string workspace, bool isEnabled = true) => new()
    {
        WorkspaceId = workspace, Version = 1, Settings = new() { Enabled = isEnabled }, ChangedBy = "test", ChangedAt = Noon,
    };
}

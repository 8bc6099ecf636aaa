using System.Diagnostics.Metrics;
using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Memento;

/// <summary>How far candidates come, and what of them agents get.</summary>
static class MementoMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);
    static readonly Counter<long> Candidates = Meter.CreateCounter<long>("autodev.candidates", "{candidate}", "Skill candidates that came to a station, by station");
    static readonly Counter<long> Published = Meter.CreateCounter<long>("autodev.skills.published", "{version}", "Versions published, by where they come from");
    static readonly Counter<long> RolledBack = Meter.CreateCounter<long>("autodev.skills.rolled_back", "{version}", "Versions taken back, by a person or by the watch over their results");

    public static void AddTo(IServiceCollection services)
    {
        services.Count<SkillCandidateProposed>(Candidates, "outcome", _ => "proposed", "proposed");
        services.Count<SkillCandidateGenerationFailed>(Candidates, "outcome", _ => "generation_failed", "generation_failed");
        services.Count<SkillCandidateValidated>(Candidates, "outcome", _ => "validated", "validated");
        services.Count<SkillCandidateValidationFailed>(Candidates, "outcome", _ => "validation_failed", "validation_failed");
        services.Count<SkillCandidateApproved>(Candidates, "outcome", _ => "approved", "approved");
        services.Count<SkillCandidateRejected>(Candidates, "outcome", _ => "rejected", "rejected");
        services.Count<SkillPublished>(Published, "origin", m => m.MutationId is null ? "candidate" : "mutation", "candidate", "mutation");
        services.Count<SkillRolledBack>(RolledBack);
    }
}

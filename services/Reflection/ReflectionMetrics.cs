using System.Diagnostics.Metrics;
using AutoDev.Contracts.Reflection;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Reflection;

/// <summary>What comes in, and what of it makes a pattern.</summary>
static class ReflectionMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);
    static readonly Counter<long> Episodes = Meter.CreateCounter<long>("autodev.episodes", "{episode}", "Episodes recorded, by outcome");
    static readonly Counter<long> Executions = Meter.CreateCounter<long>("autodev.executions", "{execution}", "Executions of skills recorded, by outcome");
    static readonly Counter<long> Patterns = Meter.CreateCounter<long>("autodev.patterns.fired", "{pattern}", "Failure patterns that fired");

    public static void AddTo(IServiceCollection services)
    {
        services.Count<EpisodeFailed>(Episodes, "outcome", m => m.Outcome, "failure", "partial");
        services.Count<EpisodeSucceeded>(Episodes, "outcome", _ => "success", "success");
        services.Count<SkillExecuted>(Executions, "outcome", m => m.Success ? "success" : "failure", "success", "failure");
        services.Count<FailurePatternDetected>(Patterns);
    }
}

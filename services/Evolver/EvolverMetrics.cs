using System.Diagnostics.Metrics;
using AutoDev.Contracts.Evolver;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Evolver;

/// <summary>How experiments end, and how far mutations come.</summary>
static class EvolverMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);
    static readonly Counter<long> Experiments = Meter.CreateCounter<long>("autodev.experiments", "{experiment}", "Experiments that ended, by outcome");
    static readonly Counter<long> Mutations = Meter.CreateCounter<long>("autodev.mutations", "{mutation}", "Mutations that came to a station, by station");

    public static void AddTo(IServiceCollection services)
    {
        services.Count<ExperimentEnded>(Experiments, "outcome", m => m.Outcome, "improved", "nothing_proposed", "nothing_better", "cancelled", "failed");
        services.Count<MutationProposed>(Mutations, "outcome", _ => "proposed", "proposed");
        services.Count<MutationCompleted>(Mutations, "outcome", m => m.Passed ? "passed" : "failed", "passed", "failed");
        services.Count<MutationApproved>(Mutations, "outcome", _ => "approved", "approved");
        services.Count<MutationRejected>(Mutations, "outcome", _ => "rejected", "rejected");
        services.Count<MutationRolledBack>(Mutations, "outcome", _ => "rolled_back", "rolled_back");
    }
}

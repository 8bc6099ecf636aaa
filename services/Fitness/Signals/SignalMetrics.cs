using System.Diagnostics.Metrics;
using AutoDev.Contracts.Fitness;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Fitness.Signals;

/// <summary>What comes in of business outcomes.</summary>
static class SignalMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);
    static readonly Counter<long> Signals = Meter.CreateCounter<long>("autodev.fitness.signals", "{signal}", "Signals of business outcomes recorded");

    public static void AddTo(IServiceCollection services) => services.Count<FitnessSignalReceived>(Signals);
}

using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.Experiments;

/// <summary>Ids of everything that an experiment asks and makes: what is asked a second time, after a crash or a redelivery, is the same question.</summary>
static class ExperimentId
{
    /// <summary>The experiment that a person asked for under an idempotency key.</summary>
    public static Guid Asked(string workspace, string key) => NamedId.Of($"experiment/{workspace}/{key}");

    /// <summary>The run that makes inputs near the recorded ones.</summary>
    public static Guid Nearby(Guid experiment) => NamedId.Of($"nearby/{experiment:N}");

    /// <summary>The published version's run on all inputs.</summary>
    public static Guid Forward(Guid experiment) => NamedId.Of($"forward/{experiment:N}");

    /// <summary>The same in another order.</summary>
    public static Guid Backward(Guid experiment) => NamedId.Of($"backward/{experiment:N}");

    /// <summary>A mutator's answer in an iteration.</summary>
    public static Guid Proposals(Guid experiment, int iteration, string mutator) => NamedId.Of($"proposals/{experiment:N}/{iteration}/{mutator}");

    /// <summary>A variant, by its key.</summary>
    public static Guid Variant(Guid experiment, string key) => NamedId.Of($"variant/{experiment:N}/{key}");

    /// <summary>A variant's run on a few inputs.</summary>
    public static Guid OnFew(Guid variant) => NamedId.Of($"few/{variant:N}");

    /// <summary>A variant's run on all inputs.</summary>
    public static Guid OnAll(Guid variant) => NamedId.Of($"all/{variant:N}");

    /// <summary>The measurement of an iteration's variants.</summary>
    public static Guid Measurement(Guid experiment, int iteration) => NamedId.Of($"measurement/{experiment:N}/{iteration}");

    /// <summary>The mutation that the experiment ends in.</summary>
    public static Guid Mutation(Guid experiment) => NamedId.Of($"mutation/{experiment:N}");

    /// <summary>The mutation's run on all inputs, with the security scan.</summary>
    public static Guid ProvingRun(Guid mutation) => NamedId.Of($"proving/{mutation:N}");

    /// <summary>The contest of the mutation with its parent.</summary>
    public static Guid ProvingMeasurement(Guid mutation) => NamedId.Of($"contest/{mutation:N}");
}

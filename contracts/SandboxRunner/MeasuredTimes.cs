namespace AutoDev.Contracts.SandboxRunner;

/// <summary>The raw times of one source in a paired measurement: one of each a round, in the order of the rounds.</summary>
public sealed record MeasuredTimes
{
    /// <summary>CPU milliseconds of all calls of the round, as the kernel billed them.</summary>
    public required IReadOnlyList<double> CpuMs { get; init; }

    /// <summary>Wall milliseconds of all calls of the round.</summary>
    public required IReadOnlyList<double> WallMs { get; init; }

    /// <summary>CPU milliseconds of loading the module, which the calls' time does not include.</summary>
    public required IReadOnlyList<double> LoadCpuMs { get; init; }

    /// <summary>Peak memory of the process in KiB.</summary>
    public required IReadOnlyList<long> PeakMemoryKb { get; init; }

    /// <summary>How many of the inputs ended with an exception; their time counts too.</summary>
    public int Raised { get; init; }

    /// <summary>Why it was taken out, where it was: it did not load, timed out, died.</summary>
    public string? Failed { get; init; }

    /// <summary>A variant's comparison with the original; <c>null</c> for the original itself and where there are too few rounds.</summary>
    public MeasuredRatio? Ratio { get; init; }
}

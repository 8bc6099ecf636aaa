namespace AutoDev.Contracts.SandboxRunner;

/// <summary>What one call in the sandbox did.</summary>
public sealed record InputResult
{
    /// <summary>
    /// Why it ended: <c>ok</c>, <c>exception</c>, <c>timeout</c>, <c>out_of_memory</c>, <c>killed</c> (died without an answer), <c>output_too_large</c>,
    /// <c>result_not_json</c> or <c>not_run</c> (the time for all inputs was used up before).
    /// </summary>
    public required string Ended { get; init; }

    /// <summary>JSON text of the returned value, where it ended <c>ok</c>.</summary>
    public string? ValueJson { get; init; }

    /// <summary>The exception's type name.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The exception's message, cut at 4 KiB; for other bad ends a sentence that says what happened.</summary>
    public string? Message { get; init; }

    /// <summary>The last frames, cut at 8 KiB.</summary>
    public string? Traceback { get; init; }

    /// <summary>Wall time of the call in milliseconds.</summary>
    public double WallMs { get; init; }

    /// <summary>CPU time of the container during the call in milliseconds, as the kernel billed it.</summary>
    public double CpuMs { get; init; }

    /// <summary>Peak memory of the process that served the call, in KiB.</summary>
    public long PeakMemoryKb { get; init; }

    /// <summary>What it wrote to standard output, capped.</summary>
    public string Stdout { get; init; } = "";

    /// <summary>What it wrote to standard error, capped.</summary>
    public string Stderr { get; init; } = "";
}

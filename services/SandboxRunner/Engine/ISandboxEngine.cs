namespace AutoDev.SandboxRunner.Engine;

/// <summary>Where untrusted Python runs. It runs in a container or not at all: an implementation never falls back to this machine.</summary>
public interface ISandboxEngine
{
    /// <summary>Runs one job in a container that serves this job's workspace only. Whatever the code does ends in an outcome, not in an exception.</summary>
    /// <exception cref="SandboxUnavailableException">Nothing ran, for a reason that lies with the engine and not with the code.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the container is gone.</exception>
    Task<SandboxOutcome> RunAsync(SandboxJob job, CancellationToken cancellation);

    /// <summary>Returns when a run could start now.</summary>
    /// <exception cref="SandboxUnavailableException">It could not; the message says why.</exception>
    Task CheckAsync(CancellationToken cancellation);
}

/// <summary>No engine, no image, or an engine that does not hold the limits.</summary>
public sealed class SandboxUnavailableException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>One source and the inputs of its function.</summary>
public sealed record SandboxJob(Guid RunId, string WorkspaceId, string Source, string FunctionName, IReadOnlyList<string> Inputs, RunLimits Limits);

/// <summary>What the supervisor reported, in order. What is missing did not happen.</summary>
/// <param name="Analysis">The reading of the syntax tree.</param>
/// <param name="Load">The loading of the module, where the source could be parsed.</param>
/// <param name="Calls">One for each input, where it could be loaded; fewer where the sandbox was lost.</param>
/// <param name="Lost">Why the supervisor did not come to an end.</param>
public sealed record SandboxOutcome(Report? Analysis, Report? Load, IReadOnlyList<Report> Calls, string? Lost);

/// <summary>
/// One thing that a child process was asked to do. The reason and the figures are the supervisor's and the kernel's; output and answer are the child's,
/// and so hostile.
/// </summary>
public sealed record Report
{
    /// <summary><c>ready</c>, <c>analysis</c>, <c>load</c>, <c>call</c> or <c>end</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// <c>answered</c>, <c>timeout</c>, <c>died</c>, <c>too_large</c>, <c>forged</c> (more than one answer), <c>out_of_memory</c>, <c>no_time</c> or
    /// <c>no_room</c> (nothing was started).
    /// </summary>
    public string Ended { get; init; } = "";

    /// <summary>The protocol that the image speaks, in <c>ready</c>.</summary>
    public int Version { get; init; }

    /// <summary>Milliseconds from the question to the answer.</summary>
    public double WallMs { get; init; }

    /// <summary>Milliseconds that the kernel billed to the container meanwhile, without the supervisor's own.</summary>
    public double CpuMs { get; init; }

    /// <summary>The child's peak memory in KiB.</summary>
    public long PeakKb { get; init; }

    /// <summary>The signal that ended the child, where one did.</summary>
    public int? Signal { get; init; }

    /// <summary>The child's exit code, where it ended by itself.</summary>
    public int? Exit { get; init; }

    /// <summary>Captured standard output, cut at the limit.</summary>
    public ReadOnlyMemory<byte> Stdout { get; init; }

    /// <summary>Captured standard error, cut at the limit.</summary>
    public ReadOnlyMemory<byte> Stderr { get; init; }

    /// <summary>The answer, where it <c>answered</c> and the answer has the right form.</summary>
    public Answer? Answer { get; init; }
}

/// <summary>What a child said: a letter (see <see cref="Said"/>) and three texts whose meaning depends on it.</summary>
public sealed record Answer(char Kind, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second, ReadOnlyMemory<byte> Third);

/// <summary>The letters of <c>deploy/sandbox/child.py</c>.</summary>
public static class Said
{
    /// <summary>It went well; the first text is the JSON of the result.</summary>
    public const char Ok = 'o';

    /// <summary>An exception: type, message, traceback.</summary>
    public const char Raised = 'r';

    /// <summary>The result is not JSON; why.</summary>
    public const char NotJson = 'j';

    /// <summary>The result is too large; how large.</summary>
    public const char TooLarge = 'l';

    /// <summary>There is no such function.</summary>
    public const char Missing = 'm';

    /// <summary>The source does not parse; where and why.</summary>
    public const char Syntax = 's';
}

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Where untrusted Python runs. It runs in a container or not at all: an implementation never falls back to this machine.</summary>
public interface ISandboxEngine
{
    /// <summary>Runs one job in a container that serves this job's workspace only. Whatever the code does ends in an outcome, not in an exception.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="progress">Told of each report as it arrives, in order, before the next one is read; the outcome has them all again.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SandboxUnavailableException">Nothing ran, for a reason that lies with the engine and not with the code.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the container is gone.</exception>
    Task<SandboxOutcome> RunAsync(SandboxJob job, IProgress<Report>? progress, CancellationToken cancellation);

    /// <summary>Times an original and its variants against each other in one container.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception" />
    Task<Measurement> MeasureAsync(MeasurementJob job, CancellationToken cancellation);

    /// <summary>Lets one of the image's own analysers read an untrusted source, in the same kind of container.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception" />
    Task<ToolAnswer> AnalyseAsync(ToolJob job, CancellationToken cancellation);

    /// <summary>Returns when a run could start now.</summary>
    /// <exception cref="SandboxUnavailableException">It could not; the message says why.</exception>
    Task CheckAsync(CancellationToken cancellation);
}

/// <summary>No engine, no image, or an engine that does not hold the limits.</summary>
public sealed class SandboxUnavailableException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>How much separates one call from another.</summary>
public enum Isolation
{
    /// <summary>A request's inputs go one by one to the same process; a new one follows a crash, a timeout or a lack of memory.</summary>
    Request,

    /// <summary>Each input gets a fresh process.</summary>
    Input,

    /// <summary>As <see cref="Request"/>, and the container serves this one request only.</summary>
    Strict,
}

/// <summary>One source and the inputs of its function.</summary>
public sealed record SandboxJob(Guid RunId, string WorkspaceId, string Source, string FunctionName, IReadOnlyList<string> Inputs, RunLimits Limits)
{
    /// <summary>How much separates the calls; <c>null</c> takes the setting.</summary>
    public Isolation? Isolation { get; init; }

    /// <summary>Whether the syntax tree is read first (<see cref="SandboxOutcome.Analysis"/>). A source that does not parse never loads either way.</summary>
    public bool Analyse { get; init; } = true;
}

/// <summary>One of the image's own analysers and the source that it is to read.</summary>
/// <param name="WorkspaceId">The tenant.</param>
/// <param name="Tool">The analyser's name: <c>shape</c>, …</param>
/// <param name="Source">The untrusted source.</param>
/// <param name="Argument">What the analyser is to know besides: for <c>shape</c> the function's name.</param>
/// <param name="Limits">Memory, processors and processes; the time is all that it may take.</param>
public sealed record ToolJob(string WorkspaceId, string Tool, string Source, string Argument, RunLimits Limits);

/// <summary>What an analyser said. It was hostile text that it read: do not trust the answer further than its form.</summary>
/// <param name="Json">Its JSON, as UTF-8; <c>null</c> where it gave none.</param>
/// <param name="SyntaxError">Why the source is not Python, where it is not.</param>
/// <param name="Failed">Why there is no answer: it took too long, needed too much memory, was lost, or broke.</param>
/// <param name="WallMs">Milliseconds that it took.</param>
public sealed record ToolAnswer(ReadOnlyMemory<byte>? Json, string? SyntaxError, string? Failed, double WallMs);

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
    /// <summary><c>ready</c>, <c>analysis</c>, <c>load</c>, <c>call</c>, <c>limits</c> or <c>end</c>.</summary>
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

    /// <summary>The limits that hold, in <c>ready</c> and <c>limits</c>.</summary>
    internal HeldLimits? Held { get; init; }

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

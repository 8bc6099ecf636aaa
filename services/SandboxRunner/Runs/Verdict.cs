using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Puts what the supervisor reported into the words of the contract.</summary>
static partial class Verdict
{
    const int MessageBytes = 4 << 10;
    const int TracebackBytes = 8 << 10;
    const int TypeBytes = 200;

    static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, MaxDepth = 8 };

    /// <summary>The answer to a request that ran.</summary>
    public static SandboxRunCompleted Of(RunInSandbox request, SandboxOutcome outcome, RunLimits limits, DateTimeOffset now)
    {
        if (ShapeOf(outcome.Analysis, limits, out var unreadable) is not { } shape)
            return LoadFailed(request, now, unreadable, syntaxError: true, shape: null);
        if (LoadProblem(request, outcome, limits) is { } problem)
            return LoadFailed(request, now, problem, syntaxError: false, shape);

        List<InputResult> results = [.. outcome.Calls.Select(call => Of(call, limits))];
        while (results.Count < request.Inputs.Count)
        {
            results.Add(results.Count == outcome.Calls.Count
                ? new InputResult { Ended = "killed", Message = $"The call was lost: {outcome.Lost}" }
                : new InputResult { Ended = "not_run", Message = $"An earlier call was lost: {outcome.Lost}" });
        }

        return new SandboxRunCompleted
        {
            RunId = request.RunId, WorkspaceId = request.WorkspaceId, RequestedBy = request.RequestedBy, SubjectId = request.SubjectId,
            Status = "completed",
            ExecutionSuccess = results.Count > 0 && results.TrueForAll(r => r.Ended == "ok"),
            ExecutionLatencyMs = results.Sum(r => r.WallMs),
            Shape = shape, Results = results, CompletedAt = now,
        };
    }

    /// <summary>The answer to a request of which nothing ran.</summary>
    public static SandboxRunCompleted NotRun(RunInSandbox request, string status, string reason, DateTimeOffset now) => new()
    {
        RunId = request.RunId, WorkspaceId = request.WorkspaceId, RequestedBy = request.RequestedBy, SubjectId = request.SubjectId,
        Status = status, Reason = reason, Results = [], CompletedAt = now,
    };

    static SandboxRunCompleted LoadFailed(RunInSandbox request, DateTimeOffset now, string reason, bool syntaxError, SourceShape? shape) =>
        NotRun(request, "load_failed", reason, now) with { SyntaxError = syntaxError, Shape = shape };

    static SourceShape? ShapeOf(Report? analysis, RunLimits limits, out string reason)
    {
        reason = analysis switch
        {
            null => "The source could not be read: the sandbox was lost",
            { Answer: { Kind: Said.Syntax } answer } => $"The source is not Python: {HostileText.Read(answer.First, MessageBytes)}",
            { Answer: null } => $"The source could not be read: {WhyItEnded(analysis, limits)}",
            _ => "The source could not be read",
        };
        if (analysis?.Answer is not { Kind: Said.Ok, First: var json }) return null;
        try
        {
            return JsonSerializer.Deserialize<SourceShape>(json.Span, CamelCase);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? LoadProblem(RunInSandbox request, SandboxOutcome outcome, RunLimits limits) => outcome.Load switch
    {
        null => $"The module was not loaded: {outcome.Lost}",
        { Answer.Kind: Said.Ok } => null,
        { Answer.Kind: Said.Missing } => $"The module defines no function {request.FunctionName}",
        { Answer: { Kind: Said.Raised } answer } =>
            $"The module level raised {HostileText.Read(answer.First, TypeBytes)}: {HostileText.Read(answer.Second, MessageBytes)}{LineOf(answer)}",
        { Ended: "timeout" } load => string.Create(CultureInfo.InvariantCulture, $"The module level did not end within {load.WallMs / 1000:0.#} s"),
        var load => $"The module was not loaded: {WhyItEnded(load, limits)}",
    };

    /// <summary>What one call did.</summary>
    public static InputResult Of(Report call, RunLimits limits)
    {
        var result = new InputResult
        {
            Ended = "killed",
            WallMs = Math.Round(call.WallMs, 3), CpuMs = Math.Round(call.CpuMs, 3), PeakMemoryKb = call.PeakKb,
            Stdout = HostileText.Read(call.Stdout, limits.OutputBytes), Stderr = HostileText.Read(call.Stderr, limits.OutputBytes),
        };
        return call switch
        {
            { Answer: { Kind: Said.Ok } answer } => HostileText.ReadJson(answer.First) switch
            {
                ({ } json, _) => result with { Ended = "ok", ValueJson = json },
                (_, var problem) => result with { Ended = "result_not_json", Message = $"The result is not JSON that every program can read: {problem}" },
            },
            { Answer: { Kind: Said.Raised } answer } => result with
            {
                Ended = HostileText.Read(answer.First, TypeBytes) == "MemoryError" ? "out_of_memory" : "exception",
                ExceptionType = HostileText.Read(answer.First, TypeBytes),
                Message = HostileText.Read(answer.Second, MessageBytes),
                Traceback = HostileText.Read(answer.Third, TracebackBytes),
            },
            { Answer: { Kind: Said.NotJson } answer } => result with { Ended = "result_not_json", Message = HostileText.Read(answer.First, MessageBytes) },
            { Answer: { Kind: Said.TooLarge } answer } => result with { Ended = "output_too_large", Message = HostileText.Read(answer.First, MessageBytes) },
            _ => result with
            {
                Ended = call.Ended switch
                {
                    "timeout" => "timeout",
                    "out_of_memory" => "out_of_memory",
                    "too_large" or "no_room" => "output_too_large",
                    "no_time" => "not_run",
                    _ => "killed",
                },
                Message = WhyItEnded(call, limits),
            },
        };
    }

    static string WhyItEnded(Report report, RunLimits limits) => report switch
    {
        { Ended: "timeout" } => string.Create(CultureInfo.InvariantCulture, $"it did not end within {report.WallMs / 1000:0.#} s"),
        { Ended: "out_of_memory" } => $"it needed more than the container's {limits.MemoryMb} MiB of memory",
        { Ended: "too_large" } => "it wrote more than may be read",
        { Ended: "no_time" } => "the time for all inputs was used up before",
        { Ended: "no_room" } => "the results and outputs before it were as large as those of a run may be",
        { Ended: "forged" } => "it wrote into the channel of the results itself",
        { Ended: "died", Signal: { } signal } => $"the process was ended by signal {signal}",
        { Ended: "died", Exit: { } exit } => $"the process ended by itself with code {exit}, without a result",
        _ => "it gave no answer that can be read",
    };

    static string LineOf(Answer answer) =>
        SkillLine().Matches(HostileText.Read(answer.Third, TracebackBytes)) is [.., var last] ? $" (line {last.Groups["line"].Value})" : "";

    [GeneratedRegex("""File "<skill>", line (?<line>[0-9]{1,7})""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SkillLine();
}

using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;

namespace AutoDev.SandboxRunner.Scan;

/// <summary>
/// Has the image's scanner (<c>deploy/sandbox/scan</c>) read a source, in a container in which no untrusted code ever runs, and takes its answer as text that
/// was made from hostile text.
/// </summary>
static class SecurityScan
{
    const string Tool = "scan";
    const double LongestSeconds = 10;
    const int MostFindings = 100;
    const int LongestText = 1024;

    static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, MaxDepth = 4 };

    /// <summary>Scans one source.</summary>
    /// <exception cref="SandboxUnavailableException">There is no engine to do it.</exception>
    public static async Task<Scanned> RunAsync(ISandboxEngine engine, string workspace, string source, RunLimits limits, CancellationToken cancellation)
    {
        var job = new ToolJob(workspace, Tool, source, "", limits with { TimeoutSeconds = Math.Min(limits.TimeoutSeconds, LongestSeconds) });
        return Read(await engine.AnalyseAsync(job, cancellation));
    }

    /// <summary>Pure. Without an answer that can be read there is a reason: no finding is a statement, no answer is none.</summary>
    public static Scanned Read(ToolAnswer answer)
    {
        if (answer.SyntaxError is { } error) return new([NotPython(error)], null, answer.WallMs);
        if (answer.Json is not { } json) return new(null, answer.Failed ?? "it gave no answer", answer.WallMs);
        try
        {
            var found = JsonSerializer.Deserialize<List<SecurityFinding>>(HostileText.Read(json), CamelCase) ?? [];
            return new([.. found.Take(MostFindings).Select(Fit)], null, answer.WallMs);
        }
        catch (JsonException)
        {
            return new(null, "its answer cannot be read", answer.WallMs);
        }
    }

    // The scanner's own rule of this name, for what the supervisor refused to compile before the scanner saw it: it cannot run either.
    static SecurityFinding NotPython(string error) =>
        new() { Rule = "not-python", Severity = "low", Line = 1, Why = Cut($"The source is no valid Python 3.11: nothing of it can run. Here: {error}."), Repair = "Mend the syntax." };

    static SecurityFinding Fit(SecurityFinding finding) => finding with { Line = Math.Max(1, finding.Line), Why = Cut(finding.Why), Repair = Cut(finding.Repair) };

    static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText];
}

/// <summary>The scan's answer.</summary>
/// <param name="Findings">By line; <c>null</c> where there was no answer.</param>
/// <param name="Failed">Why there was none.</param>
/// <param name="WallMs">Milliseconds in the container.</param>
sealed record Scanned(IReadOnlyList<SecurityFinding>? Findings, string? Failed, double WallMs)
{
    /// <summary>Whether somebody must look: a finding that is medium or high, or no answer.</summary>
    public bool IsFlagged => Findings is null || Findings.Any(f => f.Severity is not "low");
}

using System.Globalization;
using System.Text;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Reads what an analyser of the image answered.</summary>
static class AnalysisReport
{
    const int MostSyntaxErrorBytes = 4096;

    public static ToolAnswer Read(Report? report, Loss? loss) => report switch
    {
        null => new(null, null, loss?.Reason ?? "the supervisor said nothing", 0),
        { Answer: { Kind: Said.Ok } answer } => new(answer.First, null, null, report.WallMs),
        { Answer: { Kind: Said.Syntax, First: var why } } =>
            new(null, Encoding.UTF8.GetString(why.Span[..Math.Min(why.Length, MostSyntaxErrorBytes)]), null, report.WallMs),
        { Answer: { Kind: Said.Raised } answer } => new(null, null, $"the analyser failed: {Encoding.UTF8.GetString(answer.First.Span)}", report.WallMs),
        { Ended: "timeout" } =>
            new(null, null, string.Create(CultureInfo.InvariantCulture, $"it did not end within {report.WallMs / 1000:0.#} s"), report.WallMs),
        { Ended: "out_of_memory" } => new(null, null, "it needed more memory than the container has", report.WallMs),
        _ => new(null, null, $"it ended without an answer ({report.Ended})", report.WallMs),
    };
}

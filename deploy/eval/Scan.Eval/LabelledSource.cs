using System.Text.Json;

namespace AutoDev.Scan.Eval;

/// <summary>One line of the file.</summary>
/// <param name="Id">Its name, if it has one.</param>
/// <param name="Code">The Python source.</param>
/// <param name="IsVulnerable">By its label; a line without a label is safe, one whose label is neither <c>vuln</c> nor <c>safe</c> is scanned and not counted.</param>
/// <param name="Pair">What a vulnerable source and its repaired form have in common.</param>
sealed record LabelledSource(string Id, string Code, bool? IsVulnerable, string? Pair)
{
    public static LabelledSource Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var row = document.RootElement;
        string? Text(string name) => row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var vulnerable = Text("label") switch { null or "safe" => false, "vuln" => true, _ => (bool?)null };
        return new(Text("id") ?? "", Text("code") ?? "", vulnerable, Text("pair") ?? Text("group"));
    }
}

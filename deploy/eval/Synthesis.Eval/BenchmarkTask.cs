using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Eval;

/// <summary>One task of a file: its examples in order, those to be shown first.</summary>
/// <param name="Id">The file's name for it.</param>
/// <param name="Kind">What is reported separately.</param>
/// <param name="Examples">Inputs with their right outputs.</param>
/// <param name="Shown">How many examples may be shown at most; null: all but one.</param>
sealed record BenchmarkTask(string Id, string Kind, IReadOnlyList<Example> Examples, int? Shown)
{
    /// <summary>Which half the task is in, by a hash of its name: one half to set thresholds by, the other to confirm them.</summary>
    public string Half => SHA256.HashData(Encoding.UTF8.GetBytes(Id))[0] % 2 == 0 ? "even" : "odd";

    public bool CanShow(int count) => count < Examples.Count && (Shown is not { } most || count <= most);

    /// <summary>
    /// A list of columns becomes the arguments <c>text</c>, or <c>a</c>, <c>b</c>, …; a JSON document or a table becomes <c>data</c>. A pair of tables to
    /// learn from and one to be judged by are two examples of which one is shown.
    /// </summary>
    public static BenchmarkTask Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var row = document.RootElement;
        var id = row.GetProperty("id").GetString()!;
        if (row.TryGetProperty("train_in", out var table))
        {
            var train = Document(table, row.GetProperty("train_out"));
            return new(id, "table", [train, Document(row.GetProperty("test_in"), row.GetProperty("test_out"))], Shown: 1);
        }

        var isDocument = row.TryGetProperty("expr", out _);
        var examples = row.GetProperty("examples").EnumerateArray().Select(example =>
        {
            var (input, output) = (example.GetProperty("input"), example.GetProperty("output"));
            return isDocument || input.ValueKind != JsonValueKind.Array ? Document(input, output) : Columns([.. input.EnumerateArray()], output);
        });
        return new(id, row.TryGetProperty("kind", out var kind) ? kind.GetString()! : "json", [.. examples], Shown: null);
    }

    static Example Document(JsonElement input, JsonElement output) =>
        Example.Parse(new JsonObject { ["data"] = JsonNode.Parse(input.GetRawText()) }.ToJsonString(), output.GetRawText());

    static Example Columns(IReadOnlyList<JsonElement> columns, JsonElement output)
    {
        var arguments = new JsonObject();
        for (var i = 0; i < columns.Count; i++)
            arguments[columns.Count == 1 ? "text" : ((char)('a' + i)).ToString()] = JsonNode.Parse(columns[i].GetRawText());
        return Example.Parse(arguments.ToJsonString(), output.GetRawText());
    }
}

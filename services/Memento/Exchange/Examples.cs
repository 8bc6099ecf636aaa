using System.Text.Json;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Persistence;
using static AutoDev.Memento.Exchange.ArchiveRefusedException;

namespace AutoDev.Memento.Exchange;

/// <summary>The examples of an archive: a JSON array of <c>{"input": {…}, "expected": …}</c>.</summary>
static class Examples
{
    const int Most = 200;
    const int Deepest = 70; // an example is as deep as anything may be, and lies within two more

    public static string ToJson(IEnumerable<Example> examples)
    {
        var lines = string.Join(",\n", examples.Select(e => $"  {{\"input\": {e.InputJson}, \"expected\": {e.ExpectedJson}}}"));
        return lines.Length == 0 ? "[]\n" : $"[\n{lines}\n]\n";
    }

    /// <exception cref="ArchiveRefusedException">They are not usable.</exception>
    public static IReadOnlyList<Example> Read(string file, string json)
    {
        JsonElement[] items;
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = Deepest });
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw Wrong(file, "it is no JSON array");
            items = [.. document.RootElement.Clone().EnumerateArray()];
        }
        catch (JsonException e)
        {
            throw Wrong(file, $"it is not JSON: {e.Message}");
        }

        if (items.Length > Most) throw Wrong(file, $"it has {items.Length:N0} examples; at most {Most} are taken");
        var examples = new Dictionary<string, Example>(JsonEquality.OfTexts);
        foreach (var (item, number) in items.Select((item, i) => (item, i + 1)))
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("input", out var input) || !item.TryGetProperty("expected", out var expected))
                throw Wrong(file, $"example {number} is no object with input and expected");
            var example = new Example(null, input.GetRawText(), expected.GetRawText(), $"example {number}");
            if (!UsableJson.IsObject(example.InputJson))
                throw Wrong(file, $"the input of example {number} is no portable JSON object of at most {UsableJson.MaxLength:N0} characters");
            if (!UsableJson.IsValue(example.ExpectedJson))
                throw Wrong(file, $"the expected answer of example {number} is no portable JSON of at most {UsableJson.MaxLength:N0} characters");
            if (!examples.TryAdd(example.InputJson, example) && !JsonEquality.AreEqual(examples[example.InputJson].ExpectedJson, example.ExpectedJson))
                throw Wrong(file, $"{examples[example.InputJson].Description} and example {number} give different answers to the same input");
        }

        return [.. examples.Values];
    }

    static ArchiveRefusedException Wrong(string file, string what) => Unfit(file, $"The examples cannot be used: {what}.");
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Tests;

/// <summary>Shows the synthesizer some pairs, runs what it writes on others.</summary>
static class Cases
{
    public static Example Pair(string text, string? output) => Example.Parse(Arguments(text), output is null ? "null" : JsonSerializer.Serialize(output));

    public static string Arguments(string text) => new JsonObject { ["text"] = text }.ToJsonString();

    public static SynthesisResult Learn(IEnumerable<Example> examples, string name = "solve", string description = "Computes the answer", TimeSpan? budget =
        null) =>
        ByExampleSynthesizer.Synthesize(new SynthesisRequest(name, description, examples.ToList(), budget ?? TimeSpan.FromSeconds(30)),
            TestContext.Current.CancellationToken);

    public static Found LearnPairs(params (string Input, string? Output)[] pairs) =>
        Assert.IsType<Found>(Learn(pairs.Select(pair => Pair(pair.Input, pair.Output))));

    /// <summary>What the learned function gives for one text, as JSON text.</summary>
    public static string Apply(Found found, string text) => Python.Run(found.Source, "solve", [Arguments(text)])[0];

    /// <summary>Asserts that the function learned from the first pairs is right on the last ones.</summary>
    public static Found Generalises(IEnumerable<(string Input, string? Output)> seen, params (string Input, string? Output)[] unseen)
    {
        var all = seen.ToList();
        var found = LearnPairs([.. all]);
        var expected = all.Concat(unseen).ToList();
        var outputs = Python.Run(found.Source, "solve", expected.Select(pair => Arguments(pair.Input)));
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Same(expected[i].Output, outputs[i]), $"{expected[i].Input} gave {outputs[i]} instead of {expected[i].Output}\n{found.Source}");
        return found;
    }

    /// <summary>The share of unseen pairs on which the function learned from the seen ones is right.</summary>
    public static (double Share, string Trouble) Measure(IReadOnlyList<(string Input, string? Output)> seen,
        IReadOnlyList<(string Input, string? Output)> unseen)
    {
        if (Learn(seen.Select(pair => Pair(pair.Input, pair.Output))) is not Found found) return (0, "no program");
        var outputs = Python.Run(found.Source, "solve", unseen.Select(pair => Arguments(pair.Input)));
        var wrong = Enumerable.Range(0, unseen.Count).Where(i => !Same(unseen[i].Output, outputs[i])).ToList();
        var trouble = wrong.Count == 0 ? "" : $"{unseen[wrong[0]].Input}\n  gave {outputs[wrong[0]]} instead of {unseen[wrong[0]].Output}\n{found.Source}";
        return (1 - ((double)wrong.Count / unseen.Count), trouble);
    }

    static bool Same(string? expected, string actual) =>
        expected is null ? actual == "null" : actual.StartsWith('"') && JsonDocument.Parse(actual).RootElement.GetString() == expected;
}

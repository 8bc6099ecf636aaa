using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace AutoDev.Synthesis.Tests;

/// <summary>The generator says that it found nothing rather than guess, ends in time, repeats itself, and lets no example into the code.</summary>
public sealed class HonestyTests
{
    static readonly (string, string?)[] Names = [("Ada Lovelace", "Lovelace, A."), ("Alan Turing", "Turing, A."), ("Grace Hopper", "Hopper, G.")];

    static string Refusal(IEnumerable<Example> examples) => Assert.IsType<NotFound>(Cases.Learn(examples)).Reason;

    [Fact]
    public void Random_outputs_have_no_program()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var random = new Random(seed);
            string Noise(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26))));
            var examples = Enumerable.Range(0, 5).Select(_ => Cases.Pair($"{Noise(6)} {Noise(4)} {random.Next(1000)}", Noise(7))).ToList();
            Assert.IsType<NotFound>(Cases.Learn(examples));
        }
    }

    [Fact]
    public void Contradicting_examples_have_no_program() =>
        Assert.Contains("contradict", Refusal([Cases.Pair("a b", "a"), Cases.Pair("a b", "b")]), StringComparison.Ordinal);

    [Fact]
    public void No_examples_no_program() => Assert.NotEmpty(Refusal([]));

    [Fact]
    public void Examples_without_any_answer_have_no_program() =>
        Assert.Contains("null", Refusal([Cases.Pair("a", null), Cases.Pair("b", null)]), StringComparison.Ordinal);

    [Fact]
    public void One_output_for_everything_says_nothing() =>
        Assert.Contains("same output", Refusal([Cases.Pair("a", "x"), Cases.Pair("b", "x"), Cases.Pair("c", "x")]), StringComparison.Ordinal);

    [Fact]
    public void Arguments_that_are_no_python_names_are_refused() =>
        Assert.Contains("parameter", Refusal([Example.Parse("""{"a); import os; (":"x"}""", "\"x\"")]), StringComparison.Ordinal);

    [Theory]
    [InlineData("two words")]
    [InlineData("class")]
    [InlineData("f():\n    import os\ndef g")]
    public void Function_names_that_are_no_python_names_are_refused(string name) => Assert.IsType<NotFound>(Cases.Learn([Cases.Pair("a b", "a")], name));

    [Fact]
    public void The_same_examples_give_the_same_source_byte_for_byte()
    {
        var mail = new Mail(5).Take(7);
        var first = Cases.LearnPairs([.. mail]).Source;
        Assert.Equal(first, Cases.LearnPairs([.. mail]).Source);
    }

    [Fact]
    public void The_budget_ends_the_search_without_a_program()
    {
        var request = new SynthesisRequest("solve", "", Names.Select(pair => Cases.Pair(pair.Item1, pair.Item2)).ToList(), TimeSpan.FromSeconds(5));
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(6) };
        var result = Assert.IsType<NotFound>(ByExampleSynthesizer.Synthesize(request, clock, TestContext.Current.CancellationToken));
        Assert.Contains("5 seconds", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_search_ends()
    {
        var request = new SynthesisRequest("solve", "", Names.Select(pair => Cases.Pair(pair.Item1, pair.Item2)).ToList(), TimeSpan.FromSeconds(5));
        Assert.Throws<OperationCanceledException>(() => ByExampleSynthesizer.Synthesize(request, new CancellationToken(canceled: true)));
    }

    public static TheoryData<string> HostileTexts =>
    [
        "\"\"\"", "'''", "\\", "\\\"", "\"); import os; os.system(\"x\") #", "{__import__('os')}", "{{}}", "%s%n", "\n", "\r\n", "\t", "\0", "\u2028",
            "\u202e", "é", "漢", "🙂", "\\N{DIGIT ONE}", "\\x41", "{text!r}", "#", "$1",
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void Hostile_text_in_examples_stays_data(string hostile)
    {
        // The constant goes around the answer, so that it must be written into the code.
        var examples = new[] { "one", "two", "three" }.Select(word => Cases.Pair($"x {word}", hostile + word + hostile));
        if (Cases.Learn(examples, description: hostile) is not Found found) return;
        Assert.Equal(hostile + "four" + hostile, JsonDocument.Parse(Cases.Apply(found, "x four")).RootElement.GetString());
        Assert.DoesNotContain(found.Source, line => line is '\0' or '\r' or '\u2028' or '\u202e');
    }

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void Hostile_separators_stay_data(string hostile)
    {
        var examples = new[] { ("ab", "cd"), ("e", "fgh"), ("ij", "k") }
            .Select(pair => Cases.Pair(pair.Item1 + hostile + pair.Item2, pair.Item1 + "-" + pair.Item2));
        if (Cases.Learn(examples) is not Found found) return;
        Assert.Equal("\"ab-cd\"", Cases.Apply(found, "ab" + hostile + "cd"));
        // Between letters a letter is no separator.
        if (!hostile.All(char.IsLetter)) Assert.Equal("\"xy-z\"", Cases.Apply(found, "xy" + hostile + "z"));
    }

    [Fact]
    public void What_the_code_does_is_what_was_searched_for_on_odd_texts()
    {
        // Evaluation here and in Python must agree on every example, whatever characters it is made of.
        string[] words = ["Ünal", "Ørsted", "straße", "İzmir", "ΣΑΣ", "naïve", "a\u001cb", "x\u00a0y",
            "٣٤", "ǅ", "ﬁn", "🙂🙃", "O'Neil", "e\u0301a", "½", "A_b"];
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            string Word() => words[random.Next(words.Length)];
            var transform = random.Next(4);
            var pairs = Enumerable.Range(0, 4).Select(_ => (First: Word(), Last: Word())).DistinctBy(pair => pair)
                .Select(pair => ($"{pair.First} {pair.Last}",
                    transform switch { 0 => pair.Last, 1 => pair.Last + "," + pair.First, 2 => pair.First + "!", _ => pair.Last + pair.Last })).ToList();
            if (Cases.Learn(pairs.Select(pair => Cases.Pair(pair.Item1, pair.Item2))) is not Found found) continue;
            var outputs = Python.Run(found.Source, "solve", pairs.Select(pair => Cases.Arguments(pair.Item1)));
            for (var i = 0; i < pairs.Count; i++) Assert.Equal(pairs[i].Item2, outputs[i].StartsWith('"')
                ? JsonDocument.Parse(outputs[i]).RootElement.GetString() : outputs[i]);
        }
    }

    [Fact]
    public void The_function_is_documented_typed_and_refuses_wrong_types()
    {
        var found = Assert.IsType<Found>(Cases.Learn(Names.Select(pair => Cases.Pair(pair.Item1, pair.Item2)), "format_name", "Formats a person's name"));
        Assert.Contains("def format_name(text: str) -> str:\n    \"\"\"Formats a person's name.", found.Source, StringComparison.Ordinal);
        var long_ = new JsonObject { ["text"] = new string('a', 1_000_000) }.ToJsonString();
        var outputs = Python.Run(found.Source, "format_name", ["""{"text":7}""", """{"text":null}""", """{"text":""}""", """{"text":"   "}""", long_]);
        Assert.StartsWith("TypeError: text must be a string", outputs[0], StringComparison.Ordinal);
        Assert.StartsWith("TypeError: text must be a string", outputs[1], StringComparison.Ordinal);
        Assert.StartsWith("ValueError: ", outputs[2], StringComparison.Ordinal);
        Assert.StartsWith("ValueError: ", outputs[3], StringComparison.Ordinal);
        Assert.StartsWith("\"aaa", outputs[4], StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_in_mail_gives_none_where_there_is_nothing()
    {
        var found = Cases.LearnPairs([.. new Mail(3).Take(6, without: 0)]);
        var outputs = Python.Run(found.Source, "solve", [Cases.Arguments(""), Cases.Arguments("no number at all"), """{"text":[]}"""]);
        Assert.Equal("null", outputs[0]);
        Assert.Equal("null", outputs[1]);
        Assert.StartsWith("TypeError", outputs[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Many_examples_are_all_checked()
    {
        var examples = Enumerable.Range(0, 80).Select(i =>
            Cases.Pair($"item {i.ToString(CultureInfo.InvariantCulture)} of list", i == 79 ? "wrong" : i.ToString(CultureInfo.InvariantCulture))).ToList();
        Assert.IsType<NotFound>(Cases.Learn(examples));
        Assert.IsType<Found>(Cases.Learn(examples.Take(79)));
    }
}

using System.Text.Json;
using AutoDev.Evolver.Mutators;
using Xunit;

namespace AutoDev.Evolver.Tests.Mutators;

public sealed class MutationAnswerTests
{
    const string Parent = "def find(items: list, wanted: str) -> bool:\n    for item in items:\n        if item == wanted:\n            return True\n    return False\n";
    const string Faster = "def find(items: list, wanted: str) -> bool:\n    return wanted in set(items)\n";

    [Fact]
    public void A_whole_module_is_an_answer() =>
        Assert.Equal(new MutationAnswer(Faster, "A set.", null, false), Of(new { source = Faster, edits = Array.Empty<object>(), description = "A set." }));

    [Fact]
    public void Edits_are_made_in_their_order_each_on_what_the_last_one_left()
    {
        var edited = Of(new
        {
            source = "",
            edits = new[] { Edit("    for item in items:\n        if item == wanted:\n            return True\n", "    known = items\n"), Edit("    known = items\r\n    return False", "    return wanted in items") },
            description = "Built in.",
        });
        Assert.Equal("def find(items: list, wanted: str) -> bool:\n    return wanted in items\n", edited.Source);
    }

    [Fact]
    public void A_model_that_finds_nothing_to_make_better_is_believed()
    {
        var answer = Of(new { source = " ", edits = Array.Empty<object>(), description = "It is as fast\nas can be." });
        Assert.Equal((null, "The model changed nothing: It is as fast as can be.", false), (answer.Source, answer.Reason, answer.IsWorthAnotherTry));
    }

    public static TheoryData<string> Malformed =>
    [
        "def find(items, wanted): return True",
        """{"source": "def find(): pass", "description": ""}""",
        """{"source": "def find(): pass", "edits": {}, "description": ""}""",
        """{"source": "def find(): pass", "edits": [], "description": "", "approved": true}""",
        """{"source": "def found(): pass", "edits": [], "description": ""}""",
        """{"source": "async def find(): pass", "edits": [], "description": ""}""",
        """{"source": "def find(): pass\ndef find(): pass", "edits": [], "description": ""}""",
        """{"source": "def find(): pass # \u0000", "edits": [], "description": ""}""",
        """{"source": "def find(): pass", "edits": [{"search": "for", "replace": "x"}], "description": ""}""",
        """{"source": "", "edits": [{"search": "nowhere", "replace": "x"}], "description": ""}""",
        """{"source": "", "edits": [{"search": "item", "replace": "x"}], "description": ""}""",
        """{"source": "", "edits": [{"search": "", "replace": "x"}], "description": ""}""",
        """{"source": "", "edits": [{"search": "for"}], "description": ""}""",
        """{"source": "", "edits": ["for"], "description": ""}""",
        """{"source": "", "edits": [{"search": "def find", "replace": "def other"}], "description": ""}""",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Anything_else_is_malformed_and_worth_another_try(string text)
    {
        var answer = MutationAnswer.Of(text, Parent, "find");
        Assert.True(answer is { Source: null, Reason.Length: > 0, IsWorthAnotherTry: true });
    }

    [Fact]
    public void Edits_without_end_are_malformed() => Assert.Contains(
        "more than 50", Of(new { source = "", edits = Enumerable.Repeat(Edit("for", "for"), 51), description = "" }).Reason, StringComparison.Ordinal);

    static object Edit(string search, string replace) => new { search, replace };

    static MutationAnswer Of(object answer) => MutationAnswer.Of(JsonSerializer.Serialize(answer), Parent, "find");
}

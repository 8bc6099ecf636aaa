using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Tests;

/// <summary>A program that fits the examples is held back where they do not settle it, with a reason and, where there is one, the question that would.</summary>
public sealed class DoubtTests
{
    static string Refusal(params (string Input, string? Output)[] pairs) =>
        Assert.IsType<NotFound>(Cases.Learn(pairs.Select(pair => Cases.Pair(pair.Input, pair.Output)))).Reason;

    [Fact]
    public void One_example_is_not_enough()
    {
        var reason = Refusal(("Ada Lovelace", "Lovelace"));
        Assert.StartsWith("One example fits too many rules. What should the answer be for ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_example_twice_is_one() =>
        Assert.StartsWith("One example", Refusal(("Ada Lovelace", "Lovelace"), ("Ada Lovelace", "Lovelace")), StringComparison.Ordinal);

    [Fact]
    public void One_document_is_not_enough() =>
        Assert.StartsWith("One example", Assert.IsType<NotFound>(Cases.Learn([Example.Parse("""{"data":{"a":1,"b":1}}""", "1")])).Reason, StringComparison.Ordinal);

    [Fact]
    public void An_answer_that_is_its_input_is_no_rule() =>
        Assert.Contains("text as it is", Refusal(("ann@x.org", "ann@x.org"), ("bob@y.net", "bob@y.net")), StringComparison.Ordinal);

    [Fact]
    public void A_constant_that_an_input_holds_already_is_doubted() =>
        Assert.Contains("some inputs hold already", Refusal(("Paris, FR, Europe", "Paris, FR, Europe"), ("Rome, IT", "Rome, IT, Europe")), StringComparison.Ordinal);

    [Fact]
    public void A_program_as_long_as_the_answers_is_doubted() =>
        Assert.IsType<NotFound>(Cases.Learn([Cases.Pair("zebra 4 lion", "Quartz"), Cases.Pair("quail 7 tiger", "Quiet")]));

    [Fact]
    public void The_question_is_about_an_input_on_which_two_programs_differ()
    {
        // Four letters, or the first word?
        var examples = new[] { ("Hone Albert", "Hone Al"), ("Aysu Polat", "Aysu Po") }.Select(pair => Cases.Pair(pair.Item1, pair.Item2)).ToList();
        if (Cases.Learn(examples) is NotFound refused) Assert.Contains("What should the answer be for", refused.Reason, StringComparison.Ordinal);
        else Assert.IsType<Found>(Cases.Learn([.. examples, Cases.Pair("Fatma Yilmaz", "Fatma Yi")]));
    }

    [Fact]
    public void Two_telling_examples_are_enough() =>
        Cases.Generalises([("Ada Lovelace", "Lovelace, A."), ("Grace Brewster Hopper", "Hopper, G.")], ("Alan Turing", "Turing, A."));

    [Fact]
    public void A_verdict_is_the_same_every_time()
    {
        // Doubt comes from steps, not from seconds: a slow machine decides as a fast one does.
        var reasons = Enumerable.Range(0, 3).Select(_ => Refusal(("Ada Lovelace", "Lovelace"))).Distinct(StringComparer.Ordinal);
        Assert.Single(reasons);
    }

    [Fact]
    public void A_list_that_was_only_seen_long_is_doubted_at_first()
    {
        var examples = new[] { ("""[{"v":2},{"v":1}]""", "[1,2]"), ("""[{"v":4},{"v":5},{"v":3}]""", "[3,4,5]"), ("""[{"v":7}]""", "[7]") }
            .Select(pair => Example.Parse(new JsonObject { ["data"] = JsonNode.Parse(pair.Item1) }.ToJsonString(), pair.Item2)).ToList();
        Assert.IsType<NotFound>(Cases.Learn(examples.Take(2)));
        Assert.IsType<Found>(Cases.Learn(examples));
    }
}

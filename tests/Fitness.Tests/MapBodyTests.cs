using System.Text.Json;
using AutoDev.Fitness.Webhooks;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class MapBodyTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static readonly MappingRule Paid = new(
        "paid", "skill:{/data/skill}@{/data/version}", "conversion_value", [new("/type", JsonElement.Parse("\"invoice.paid\""))], "{/data/amount}",
        "{/created}", "{/data/id}/paid");

    const string Body = """{"type":"invoice.paid","created":1772366400,"data":{"id":"in_1","skill":"extract","version":"1.0.0","amount":120.5,"tags":["a","b"],"none":null}}""";

    [Fact]
    public void Any_json_becomes_a_signal_by_a_rule()
    {
        var signal = Assert.Single(Map(Body, Paid)).Signal!;
        Assert.Equal(("crm/in_1/paid", "skill:extract@1.0.0", "conversion_value", 120.5), (signal.SignalId, signal.Subject, signal.Signal, signal.Value));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1772366400), signal.OccurredAt);
    }

    [Fact]
    public void Without_an_id_of_its_own_a_signal_has_the_deliverys_and_the_rules() =>
        Assert.Equal("crm/msg_1/paid", Assert.Single(Map(Body, Paid with { SignalId = null })).Signal!.SignalId);

    [Fact]
    public void A_rule_that_does_not_fit_makes_nothing_and_several_that_fit_make_several()
    {
        var refund = Paid with { Name = "refund", When = [new("/type", JsonElement.Parse("\"refund\""))] };
        var bounce = new MappingRule("bounce", "skill:a@1.0.0", "email_bounce", [new("/data/tags/1", Exists: true), new("/data/none", Exists: false)]);
        Assert.Equal([true, false, true], Map(Body, Paid, refund, bounce).Select(m => m.Fits));
        Assert.Null(Map(Body, Paid, refund, bounce)[1].Signal);
    }

    [Fact]
    public void A_condition_that_was_stored_and_read_again_is_the_same_condition()
    {
        MappingCondition[] conditions = [new("/data/tags/1", Exists: true), new("/data/tags", JsonElement.Parse("""["a","b"]""")), new("/data/none", Exists: false)];
        var read = JsonSerializer.Deserialize<MappingCondition[]>(JsonSerializer.Serialize(conditions))!;
        Assert.Equal([true, true, true], read.Select(c => c.HoldsOf(JsonElement.Parse(Body))));
        Assert.Equal([false, false, true], read.Select(c => c.HoldsOf(JsonElement.Parse("{}"))));
        Assert.Empty(CheckRules.Faults([Paid with { When = read }]));
        Assert.Single(CheckRules.Faults([Paid with { When = [new("/type", JsonElement.Parse("null"))] }]));
    }

    [Fact]
    public void A_retraction_names_the_signal_that_another_rule_made()
    {
        var back = new MappingRule("back", "skill:{/data/skill}@{/data/version}", Retracts: "{/data/id}/paid");
        var signal = Assert.Single(Map(Body, back)).Signal!;
        Assert.Equal(("crm/msg_1/back", "crm/in_1/paid", null), (signal.SignalId, signal.Retracts, signal.Signal));
    }

    [Fact]
    public void Every_fault_is_named_with_where_it_looked()
    {
        var errors = Assert.Single(Map("""{"type":"invoice.paid","created":"soon","data":{"id":{},"skill":"a b","version":"1.0.0","amount":"much"}}""", Paid)).Errors!;
        Assert.Equal(["occurred_at", "signal_id", "subject", "value"], errors.Keys.Order());
        Assert.Contains("/data/id", errors["signal_id"], StringComparison.Ordinal);
        Assert.Contains("'much'", errors["value"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1772366400")]
    [InlineData("1772366400000")]
    [InlineData("\"2026-03-01T12:00:00Z\"")]
    [InlineData("\"2026-03-01T13:00:00+01:00\"")]
    [InlineData("\"2026-03-01T12:00:00\"")]
    public void A_time_may_be_written_in_any_usual_way(string created) =>
        Assert.Equal(Now, Assert.Single(Map(Body.Replace("1772366400", created, StringComparison.Ordinal), Paid)).Signal!.OccurredAt);

    [Theory]
    [InlineData("/a~1b/m~0n", "\"found\"")]
    [InlineData("/list/1", "2")]
    [InlineData("/list/01", null)]
    [InlineData("/list/-", null)]
    [InlineData("/list/9", null)]
    [InlineData("/", "\"empty name\"")]
    [InlineData("/null", null)]
    [InlineData("/a~1b/m~0n/deeper", null)]
    public void Pointers_are_read_as_the_standard_says(string path, string? found) =>
        Assert.Equal(found, JsonPointer.Find(JsonElement.Parse("""{"a/b":{"m~n":"found"},"list":[1,2],"":"empty name","null":null}"""), path)?.GetRawText());

    [Fact]
    public void Good_rules_have_no_faults_and_bad_ones_hear_of_all()
    {
        Assert.Empty(CheckRules.Faults([Paid, new("back", "mutation:{/id}", Retracts: "{/of}"), new("any", "{/subject}", "{/signal}")]));
        Assert.Equal(["rules"], CheckRules.Faults([]).Keys);
        var faults = CheckRules.Faults([new("A", "", "applause", [new("type"), new("/type", JsonElement.Parse("1"), true)], "{amount}"), Paid,
            Paid with { Retracts = "x" }]);
        Assert.Equal(
            ["rules[0].name", "rules[0].signal", "rules[0].subject", "rules[0].value", "rules[0].when[0]", "rules[0].when[0].path", "rules[0].when[1]",
                "rules[2].name", "rules[2].signal"],
            faults.Keys.Order(StringComparer.Ordinal));
    }

    static IReadOnlyList<MappedSignal> Map(string body, params MappingRule[] rules) => MapBody.Decide("crm", rules, "msg_1", JsonElement.Parse(body), Now);
}

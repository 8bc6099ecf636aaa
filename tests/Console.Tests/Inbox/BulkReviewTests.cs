using AutoDev.OperatorConsole.Inbox;
using Bunit;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

public sealed class BulkReviewTests : IAsyncLifetime
{
    const string Token = "11111111-1111-1111-1111-111111111111";
    const string Other = "22222222-2222-2222-2222-222222222222";

    const string Candidates = $$"""
        {"token": "{{Token}}", "matched": 3, "included": 2, "first": [
          {"id": "33333333-3333-3333-3333-333333333333", "skill_name": "sum", "agent_id": "ada", "held_out_passed": 2, "held_out_total": 3, "near_duplicates": ["total"]}]}
        """;

    const string Mutation = $$"""
        {"token": "{{Other}}", "matched": 1, "included": 1, "first": [
          {"id": "44444444-4444-4444-4444-444444444444", "skill_name": "name", "parent_version": "1.0.0", "description": "A dict", "speedup": 1.8, "inputs": 4}]}
        """;

    const string Nothing = $$"""{"token": "{{Token}}", "matched": 0, "included": 0, "first": []}""";

    readonly ToldServices _services = new();
    bool _changed;

    public ValueTask InitializeAsync() => _services.InitializeAsync();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public void What_was_seen_is_decided_on_followed_to_its_end_and_what_was_left_out_is_told_with_the_reason()
    {
        _services.Tell("POST candidates/decisions", Candidates);
        _services.Tell("POST mutations/decisions", Mutation);
        var bulk = Render();
        bulk.Find("form").Submit();
        bulk.WaitForAssertion(() => Assert.Contains("3 candidates fit.", bulk.Markup, StringComparison.Ordinal));
        Assert.Contains("The 2 that wait longest are meant", bulk.Markup, StringComparison.Ordinal);
        Assert.Equal(
            [("/w/w/review/33333333-3333-3333-3333-333333333333", "sum of ada, 2 of 3 unseen right, nearly the same as total"), ("/w/w/mutations/44444444-4444-4444-4444-444444444444", "name 1.0.0: A dict, 1.80× as fast, the same on 4 recorded inputs")],
            bulk.FindAll("li").Select(l => (l.QuerySelector("a")!.GetAttribute("href")!, l.TextContent)));

        _services.Tell("POST candidates/decisions", $$"""{"id": "{{Token}}", "total": 2}""");
        _services.Tell("POST mutations/decisions", $$"""{"id": "{{Other}}", "total": 1}""");
        _services.Tell(
            $"GET candidates/decisions/{Token}", """{"total": 2, "counts": {"waiting": 1, "decided": 1}, "items": []}""",
            """{"total": 2, "counts": {"waiting": 0, "decided": 1, "skipped": 1}, "items": [{"candidate_id": "33333333-3333-3333-3333-333333333333", "skill_name": "sum", "state": "skipped", "reason": "It has changed."}]}""");
        _services.Tell($"GET mutations/decisions/{Other}", """{"total": 1, "counts": {"waiting": 0, "decided": 1}, "items": []}""");
        Assert.Equal("Reject 2 candidates and 1 mutation", bulk.Find("button.bad").TextContent);
        bulk.Find("button.bad").Click();
        bulk.Find(".confirm input").Input("a trial");
        bulk.Find(".confirm button.bad").Click();
        bulk.WaitForAssertion(() => Assert.Equal(2, bulk.FindAll("[role=status]").Count(s => s.TextContent.StartsWith("Done:", StringComparison.Ordinal))));
        Assert.Contains($$"""POST candidates/decisions {"token":"{{Token}}","decision":"reject","reason":"a trial"}""", _services.Asked);
        Assert.Contains($$"""POST mutations/decisions {"token":"{{Other}}","decision":"reject","reason":"a trial"}""", _services.Asked);
        Assert.Contains("1 of 2 candidates decided, 1 skipped.", bulk.Markup, StringComparison.Ordinal);
        Assert.Equal("sum: It has changed.", bulk.Find(".notice").TextContent);
        bulk.WaitForAssertion(() => Assert.True(_changed));
    }

    [Fact]
    public void A_condition_of_one_kind_is_asked_of_its_service_only()
    {
        _services.Tell("POST mutations/decisions", Nothing);
        var bulk = Render();
        bulk.Find("select").Change("mutation");
        bulk.Find("input[step=any]").Change("1.5");
        bulk.Find("form").Submit();
        bulk.WaitForAssertion(() => Assert.Contains("Nothing that waits fits.", bulk.Markup, StringComparison.Ordinal));
        Assert.Equal("""POST mutations/decisions {"dry_run":true,"filter":{"agent":null,"skill":null,"mutator":null,"min_speedup":1.5,"mends":null}}""", Assert.Single(_services.Asked));
    }

    [Fact]
    public void Of_a_service_that_fails_it_is_told_and_what_the_other_has_can_be_decided()
    {
        _services.Tell("POST candidates/decisions", Candidates);
        _services.Refuse("POST mutations/decisions", 503, "The Evolver is away");
        var bulk = Render();
        bulk.Find("form").Submit();
        bulk.WaitForAssertion(() => Assert.Contains("The Evolver is away", bulk.Find(".trouble").TextContent, StringComparison.Ordinal));
        Assert.Equal("Approve 2 candidates", bulk.Find("button.good").TextContent);
    }

    IRenderedComponent<BulkReview> Render() => _services.Page.Render<BulkReview>(p => p
        .Add(b => b.Workspace, "w").Add(b => b.Changed, EventCallback.Factory.Create(this, () => _changed = true)));
}

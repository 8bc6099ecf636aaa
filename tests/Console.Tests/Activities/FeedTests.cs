using AutoDev.OperatorConsole.Activities;
using AutoDev.OperatorConsole.Loops;
using Bunit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Activities;

public sealed class FeedTests : IDisposable
{
    static readonly ActivityEntry Approved = new()
    {
        Id = "1", At = Said.Noon, Service = "memento", Message = "SkillCandidateApproved", Words = "<b>ann</b> approved", Tone = Tone.Good, ConversationId = Guid.NewGuid(), TraceId = "abc",
        Subjects = ["candidate:c1", "skill:sum@1.0.0"],
    };

    readonly BunitContext _page = new();

    public FeedTests()
    {
        _page.JSInterop.Mode = JSRuntimeMode.Loose;
        _page.Services.AddSingleton(new TraceViewer(new ConfigurationBuilder().Build()));
    }

    public void Dispose() => _page.Dispose();

    [Fact]
    public void An_entry_leads_to_its_loop_and_to_the_one_thing_that_it_is_about_and_what_it_tells_is_text_only()
    {
        var feed = Render([Approved], start: null);
        Assert.Equal([$"/w/a%20b/loops/{Approved.ConversationId}", "/w/a%20b/review/c1", "/w/a%20b/skills/sum"], feed.FindAll("a").Select(a => a.GetAttribute("href")!));
        Assert.Equal("Good: <b>ann</b> approved", feed.Find(".words").TextContent);
        Assert.Contains("Memento", feed.Find(".service").TextContent, StringComparison.Ordinal);

        // Of several of a kind none is meant more than the others.
        Assert.DoesNotContain("/episodes/", Render([Approved with { Subjects = ["episode:1", "episode:2"] }], start: null).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_loop_an_entry_tells_the_time_since_its_beginning_and_its_trace_and_does_not_lead_to_the_loop()
    {
        var feed = Render([Approved], start: Said.Noon.AddSeconds(-90));
        Assert.Contains("+1 min 30 s", feed.Find(".meta").TextContent, StringComparison.Ordinal);
        Assert.Contains("abc", feed.Find(".meta").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("/loops/", feed.Markup, StringComparison.Ordinal);
    }

    IRenderedComponent<Feed> Render(IReadOnlyList<ActivityEntry> entries, DateTimeOffset? start) =>
        _page.Render<Feed>(p => p.Add(f => f.Workspace, "a b").Add(f => f.Entries, entries).Add(f => f.Start, start));
}

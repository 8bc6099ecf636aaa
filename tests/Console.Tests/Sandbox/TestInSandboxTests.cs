using System.Text.Json;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Sandbox;
using AutoDev.ServiceDefaults.Security;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Sandbox;

public sealed class TestInSandboxTests : IAsyncLifetime
{
    static readonly Guid Run = Guid.NewGuid();

    readonly ToldServices _services = new();
    readonly List<string> _begun = [];
    TestShown _test = new(Run, "running", null, []);
    Trouble? _trouble;

    public async ValueTask InitializeAsync()
    {
        await _services.InitializeAsync();
        _services.Tell($"GET runs/{Run}", """{"status": "queued", "position": 3, "inputs": 1, "inputs_done": 0}""");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public void The_place_in_the_queue_and_then_the_result_are_shown()
    {
        var test = Render();
        test.Find("form").Submit();
        test.WaitForAssertion(() => Assert.StartsWith("In the queue of the sandbox, place 3", test.Find("[role=status]").TextContent, StringComparison.Ordinal));
        Assert.True(test.Find("button").HasAttribute("disabled"));
        _services.Tell($"GET runs/{Run}", """{"status": "running", "inputs": 1, "inputs_done": 0}""");
        test.WaitForAssertion(() => Assert.StartsWith("In the sandbox", test.Find("[role=status]").TextContent, StringComparison.Ordinal));
        _test = new(Run, "completed", null, [new(JsonElement.Parse("""{"name":"Ada"}"""), "ok", JsonElement.Parse("\"A.\""), null, null, null, "hello", null, 12, 3, 2048)]);
        test.WaitForAssertion(() => Assert.Contains("Returned \"A.\"", test.Find(".notice.good").TextContent, StringComparison.Ordinal));
        Assert.Contains("2 MB of memory", test.Find(".meta").TextContent, StringComparison.Ordinal);
        Assert.Equal("hello", test.Find("pre").TextContent);
        Assert.Equal(["""{"name":"Ada"}"""], _begun);
        test.WaitForAssertion(() => Assert.False(test.Find("button").HasAttribute("disabled"))); // the result is shown a moment before
    }

    [Fact]
    public void Whoever_waits_no_longer_is_told_that_the_run_goes_on()
    {
        var test = Render();
        test.Find("form").Submit();
        test.WaitForElement("button.plain").Click();
        test.WaitForAssertion(() => Assert.Contains("The run goes on in the sandbox", test.Markup, StringComparison.Ordinal));
        Assert.Empty(test.FindAll("button.plain"));
    }

    [Fact]
    public void A_service_that_is_away_meanwhile_is_waited_for_and_what_did_not_run_says_why()
    {
        _trouble = new(503, "Memento does not answer", null, null);
        var test = Render();
        test.Find("form").Submit();
        test.WaitForAssertion(() => Assert.Contains("Memento does not answer", test.Markup, StringComparison.Ordinal));
        (_trouble, _test) = (null, new(Run, "sandbox_unavailable", "No engine.", []));
        test.WaitForAssertion(() => Assert.Equal("The sandbox is not available, and nothing ran: No engine.", test.Find("p.trouble").TextContent));
        Assert.DoesNotContain("Memento does not answer", test.Markup, StringComparison.Ordinal);
        Assert.Single(_begun);
    }

    [Fact]
    public void What_is_not_JSON_cannot_be_run()
    {
        var test = Render();
        test.Find("textarea.mono").Change("{");
        Assert.True(test.Find("button").HasAttribute("disabled"));
        test.Find("textarea.mono").Change("""{"name": "Bob"}""");
        Assert.False(test.Find("button").HasAttribute("disabled"));
    }

    [Fact]
    public void Whoever_may_only_look_is_not_asked_for_arguments()
    {
        _services.Person.SetRoles(Roles.Viewer);
        Assert.Equal("", Render().Markup.Trim());
    }

    IRenderedComponent<TestInSandbox> Render() => _services.Page.Render<TestInSandbox>(p => p
        .Add(t => t.Workspace, "w").Add(t => t.Examples, [JsonElement.Parse("""{"name":"Ada"}""")])
        .Add(t => t.Begin, (inputs, _) =>
        {
            _begun.AddRange(inputs.Select(i => i.GetRawText()));
            return Task.FromResult(new Answer<TestStarted>(new(Run), null, null));
        })
        .Add(t => t.Read, (_, _) => Task.FromResult(_trouble is null ? new Answer<TestShown>(_test, null, null) : new(null, null, _trouble))));
}

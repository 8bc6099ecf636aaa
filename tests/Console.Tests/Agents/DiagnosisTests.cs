using AutoDev.OperatorConsole.Agents;
using AutoDev.ServiceDefaults.Security;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Agents;

public sealed class DiagnosisTests : IAsyncLifetime
{
    const string Question = "GET agents/ada/diagnosis";

    const string Found = """
        {"at": "2026-03-01T12:00:00Z", "summary": "Ada has to be INTERN first.", "cause": "maturity", "questions": [
          {"question": "enabled", "asks": "Is Auto-Dev on?", "state": "ok", "answer": "It is.", "facts": [], "advice": []},
          {"question": "maturity", "asks": "Is the agent trusted enough?", "state": "blocks", "answer": "It is STUDENT.", "facts": ["34 of 100 points"], "advice": ["Let it work.", "Or set its maturity."]},
          {"question": "failures", "asks": "Did it fail often enough?", "state": "waits", "answer": "Once.", "facts": [], "advice": []},
          {"question": "review", "asks": "Does something wait for a person?", "state": "idle", "answer": "Nothing.", "facts": [], "advice": []},
          {"question": "sandbox", "asks": "Does the sandbox run?", "state": "unknown", "answer": "It does not answer.", "facts": [], "advice": []}]}
        """;

    readonly ToldServices _services = new();

    public ValueTask InitializeAsync() => _services.InitializeAsync();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public void Every_question_is_answered_in_words_and_the_cause_is_named_with_what_to_do()
    {
        _services.Person.SetRoles(Roles.Viewer); // it only reads
        _services.Tell(Question, Found);
        var diagnosis = Render();
        diagnosis.Find("select").Change("alpha_evolver");
        diagnosis.Find("form").Submit();
        diagnosis.WaitForAssertion(() => Assert.StartsWith("Ada has to be INTERN first.", diagnosis.Find(".notice").TextContent, StringComparison.Ordinal));
        Assert.Equal(["GET agents/ada/diagnosis?capability=alpha_evolver"], _services.Asked);
        Assert.Equal(["In order", "In the way, the cause", "Waits", "Nothing to do", "Not known"], diagnosis.FindAll(".verdict").Select(v => v.TextContent));
        Assert.Equal(["✓", "✕", "!", "!", "?"], diagnosis.FindAll(".mark").Select(m => m.TextContent));
        Assert.Equal("Let it work. Or set its maturity.", diagnosis.Find(".evidence b").TextContent);
        Assert.Equal("34 of 100 points", diagnosis.Find(".evidence li").TextContent);
        Assert.DoesNotContain("good", diagnosis.Find(".notice").ClassList);
    }

    [Fact]
    public void What_could_not_be_found_out_is_told_and_can_be_asked_again()
    {
        _services.Refuse(Question, 503, "Governance is starting");
        var diagnosis = Render();
        diagnosis.Find("form").Submit();
        diagnosis.WaitForAssertion(() => Assert.Contains("Governance is starting", diagnosis.Find(".trouble").TextContent, StringComparison.Ordinal));
        _services.Tell(Question, """{"at": "2026-03-01T12:00:00Z", "summary": "Nothing is in the way.", "cause": null, "questions": []}""");
        diagnosis.Find("form").Submit();
        diagnosis.WaitForAssertion(() => Assert.Contains("Nothing is in the way.", diagnosis.Find(".notice.good").TextContent, StringComparison.Ordinal));
        Assert.Empty(diagnosis.FindAll(".trouble"));
    }

    IRenderedComponent<Diagnosis> Render() => _services.Page.Render<Diagnosis>(p => p.Add(d => d.Workspace, "w").Add(d => d.Agent, "ada"));
}

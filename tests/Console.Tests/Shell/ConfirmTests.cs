using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Shell;
using AutoDev.ServiceDefaults.Security;
using Bunit;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Shell;

public sealed class ConfirmTests : IDisposable
{
    readonly BunitContext _page = new();
    readonly List<string> _done = [];
    Trouble? _trouble;

    public ConfirmTests()
    {
        _page.JSInterop.Mode = JSRuntimeMode.Loose;
        _page.AddAuthorization().SetAuthorized("ann").SetRoles(Roles.Operator);
    }

    public void Dispose() => _page.Dispose();

    [Fact]
    public void Nothing_happens_before_the_question_was_answered_with_a_reason()
    {
        var confirm = Render(needsReason: true);
        confirm.Find("button").Click();
        Assert.Contains("It will be gone.", confirm.Find("[role=alertdialog]").TextContent, StringComparison.Ordinal);
        Assert.True(confirm.FindAll("button")[0].HasAttribute("disabled"));

        confirm.Find("input").Input("  not needed ");
        confirm.FindAll("button")[0].Click();
        Assert.Equal(["not needed", "after"], _done);
        Assert.Empty(confirm.FindAll("[role=alertdialog]"));
    }

    [Fact]
    public void Whoever_cancels_or_presses_escape_has_done_nothing()
    {
        var confirm = Render(needsReason: false);
        confirm.Find("button").Click();
        confirm.FindAll("button")[1].Click();
        confirm.Find("button").Click();
        confirm.Find("[role=alertdialog]").KeyDown("Escape");
        Assert.Empty(confirm.FindAll("[role=alertdialog]"));
        Assert.Empty(_done);
    }

    [Fact]
    public void What_went_wrong_stays_beside_the_button_with_the_reason_that_was_given()
    {
        _trouble = new(503, "Memento does not answer", "Try again.", "abc");
        var confirm = Render(needsReason: true);
        confirm.Find("button").Click();
        confirm.Find("input").Input("why");
        confirm.FindAll("button")[0].Click();
        Assert.Contains("Memento does not answer", confirm.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("why", confirm.Find("input").GetAttribute("value"));
        Assert.Equal(["why"], _done);
    }

    IRenderedComponent<Confirm> Render(bool needsReason) => _page.Render<Confirm>(p => p
        .Add(c => c.Label, "Remove").Add(c => c.NeedsReason, needsReason).AddChildContent("<p>It will be gone.</p>")
        .Add(c => c.Do, reason =>
        {
            _done.Add(reason);
            return Task.FromResult(_trouble);
        })
        .Add(c => c.Done, EventCallback.Factory.Create(this, () => _done.Add("after"))));
}

using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Shell;
using AutoDev.Testing;
using Bunit;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Shell;

public sealed class TroubleBoxTests : IDisposable
{
    readonly BunitContext _page = new();
    int _again;

    public TroubleBoxTests() => _page.JSInterop.Mode = JSRuntimeMode.Loose;

    public void Dispose() => _page.Dispose();

    [Fact]
    public async Task A_service_that_is_away_is_asked_again_by_itself_until_the_trouble_is_over()
    {
        var box = Render(new(0, "Memento does not answer", "Try again in a moment.", "4bf92f3577b34da6a3ce929d0e0e4736"));
        Assert.Contains("4bf92f3577b34da6a3ce929d0e0e4736", box.Find(".trace").TextContent, StringComparison.Ordinal);
        await Eventually.IsTrueAsync("it to be asked again", () => Task.FromResult(Volatile.Read(ref _again) > 0));
    }

    [Fact]
    public void What_does_not_pass_by_itself_is_asked_again_by_a_person_only()
    {
        var box = Render(new(403, "Your key does not allow this", null, null));
        box.Find("button").Click();
        Assert.Equal(1, _again);
        Assert.False(new Trouble(403, "", null, null).MayPass);
        Assert.True(new Trouble(503, "", null, null).MayPass);
        Assert.Empty(box.FindAll(".trace"));
    }

    IRenderedComponent<TroubleBox> Render(Trouble trouble) => _page.Render<TroubleBox>(p => p
        .Add(b => b.What, trouble).Add(b => b.Again, EventCallback.Factory.Create(this, () => _again++)));
}

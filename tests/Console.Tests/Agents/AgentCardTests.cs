using AutoDev.Contracts.Governance;
using AutoDev.OperatorConsole.Agents;
using AutoDev.OperatorConsole.Backends;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Agents;

public sealed class AgentCardTests : IDisposable
{
    static readonly AgentShown Ada = new(
        "ada", Maturity.Student, 1, Said.Noon, Said.Noon, "system", "registered", new(4, 1, 0.25m, null), new(34, new(16, 18, 0), Maturity.Intern, ["6 more episodes"]));

    readonly BunitContext _page = new();
    readonly HttpClient _nobody = new() { BaseAddress = new Uri("http://127.0.0.1:1") };

    public AgentCardTests()
    {
        _page.Services.AddSingleton(services => new GovernanceClient(_nobody, services.GetRequiredService<Microsoft.AspNetCore.Components.Authorization.AuthenticationStateProvider>()));
        _page.AddAuthorization().SetAuthorized("ann").SetRoles("admin");
    }

    public void Dispose()
    {
        _page.Dispose();
        _nobody.Dispose();
    }

    [Fact]
    public void What_somebody_is_choosing_stays_chosen_while_the_page_reads_again_until_the_agent_has_changed()
    {
        var card = _page.Render<AgentCard>(p => p.Add(c => c.Workspace, "w").Add(c => c.Agent, Ada));
        card.Find("select").Change("Supervised");
        card.Render(p => p.Add(c => c.Agent, Ada with { Readiness = Ada.Readiness with { Score = 36 } }));
        Assert.Equal("Supervised", card.Find("select").GetAttribute("value"));
        card.Render(p => p.Add(c => c.Agent, Ada with { Maturity = Maturity.Intern }));
        Assert.Equal("Intern", card.Find("select").GetAttribute("value"));
    }

    [Fact]
    public void Readiness_is_told_with_its_parts_what_was_not_measured_and_what_is_missing()
    {
        var card = _page.Render<AgentCard>(p => p.Add(c => c.Workspace, "w").Add(c => c.Agent, Ada));
        Assert.Contains("of 100 towards INTERN", card.Markup, StringComparison.Ordinal);
        Assert.Equal(["4", "in 25 % of episodes", "not measured"], card.FindAll("dd span").Select(s => s.TextContent.Replace("25 %", "25 %", StringComparison.Ordinal)));
        Assert.Contains("6 more episodes", card.Find("ul").TextContent, StringComparison.Ordinal);
    }
}

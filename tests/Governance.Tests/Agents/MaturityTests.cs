using System.Net;
using System.Net.Http.Json;
using AutoDev.Contracts.Governance;

namespace AutoDev.Governance.Tests.Agents;

public sealed class MaturityTests(GovernanceService service)
{
    [Fact]
    public async Task An_operator_registers_students_and_an_administrator_with_a_reason_anything()
    {
        var workspace = await service.WorkspaceAsync();
        using var clerk = await service.ClientAsync(workspace, "operator");

        Assert.Equal(HttpStatusCode.Created, await PutAsync(clerk, $"/workspaces/{workspace}/agents/bot", null));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(clerk, $"/workspaces/{workspace}/agents/bot", null));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(clerk, $"/workspaces/{workspace}/agents/ada", new { maturity = "INTERN", reason = "please" }));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/ada", new { maturity = "INTERN" }));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/ada", new { maturity = "intern", reason = "x" }));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/ada", new { maturity = "INTERN", reason = "known" }));

        var agents = (await service.GetAsync($"/workspaces/{workspace}/agents")).GetProperty("items").EnumerateArray();
        Assert.Equal([("ada", "INTERN", 1), ("bot", "STUDENT", 1)],
            agents.Select(a => (a.GetProperty("agent_id").GetString(), a.GetProperty("maturity").GetString(), a.GetProperty("version").GetInt32())));
    }

    [Fact]
    public async Task A_person_sets_the_maturity_with_a_reason_and_everybody_hears_it()
    {
        var workspace = await service.WorkspaceAsync();
        var maturities = await service.ListenAsync<AgentMaturityChanged>();
        var path = $"/workspaces/{workspace}/agents/bot/maturity";

        Assert.Equal(HttpStatusCode.NotFound, await PutAsync(service.Admin, path, new { maturity = "INTERN", reason = "known" }));
        await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/bot", null);
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(service.Admin, path, new { maturity = "INTERN", reason = " " }));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(service.Admin, path, new { maturity = "2", reason = "known" }));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PutAsync(service.Admin, path, new { maturity = "INTERN", reason = "known" }, "\"7\""));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(service.Admin, path, new { maturity = "SUPERVISED", reason = "known" }, "\"1\""));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(service.Admin, path, new { maturity = "SUPERVISED", reason = "again" }));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(service.Admin, path, new { maturity = "INTERN", reason = "slips" }));

        await maturities.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 3);
        Assert.Equal(
            [(1, Maturity.Student, "Registered"), (2, Maturity.Supervised, "known"), (3, Maturity.Intern, "slips")],
            maturities.Messages.Where(m => m.WorkspaceId == workspace).OrderBy(m => m.Version).Select(m => (m.Version, m.Maturity, m.Reason)));
        var history = (await service.GetAsync($"/workspaces/{workspace}/agents/bot")).GetProperty("history");
        Assert.Equal("slips", history[0].GetProperty("reason").GetString());
        Assert.Equal("SUPERVISED", history[0].GetProperty("before").GetProperty("maturity").GetString());
        Assert.Equal("INTERN", history[0].GetProperty("after").GetProperty("maturity").GetString());
    }

    [Fact]
    public async Task Capabilities_say_what_the_gate_says_now()
    {
        var workspace = await service.WorkspaceAsync();
        await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/bot", new { maturity = "INTERN", reason = "known" });
        Assert.Equal(["auto_dev_disabled", "auto_dev_disabled", "auto_dev_disabled"], await ReasonsAsync());

        using var enabled = await service.Admin.PatchAsJsonAsync(
            $"/workspaces/{workspace}/settings", new Dictionary<string, bool>(StringComparer.Ordinal) { ["auto_dev.enabled"] = true });

        Assert.Equal([null, "maturity_too_low", "capability_disabled"], await ReasonsAsync());

        async Task<IEnumerable<string?>> ReasonsAsync() => (await service.GetAsync($"/workspaces/{workspace}/agents/bot/capabilities"))
            .GetProperty("items").EnumerateArray().Select(c => c.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task An_agents_id_may_be_any_text()
    {
        var workspace = await service.WorkspaceAsync();
        const string id = "team a/bot ü?#";

        Assert.Equal(HttpStatusCode.Created, await PutAsync(service.Admin, $"/workspaces/{workspace}/agents/{Uri.EscapeDataString(id)}", null));

        var agent = await service.GetAsync($"/workspaces/{workspace}/agents/{Uri.EscapeDataString(id)}");
        Assert.Equal(id, agent.GetProperty("agent_id").GetString());
        Assert.Equal(id, Assert.Single((await service.GetAsync($"/workspaces/{workspace}/agents")).GetProperty("items").EnumerateArray()).GetProperty("agent_id").GetString());
    }

    static async Task<HttpStatusCode> PutAsync(HttpClient client, string path, object? body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.Add("If-Match", ifMatch);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}

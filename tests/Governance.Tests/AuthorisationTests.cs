using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.Governance.Tests;

/// <summary>Asks every route that the service has, so that a new one cannot be forgotten.</summary>
public sealed class AuthorisationTests(GovernanceService service)
{
    [Fact]
    public async Task Without_a_key_no_route_answers()
    {
        using var nobody = service.ClientWithKey(null);
        using var stranger = service.ClientWithKey("adk_123456789012.nonsense");

        Assert.All(await AskAllAsync(nobody, await service.WorkspaceAsync()), a => Assert.Equal((a.Route, HttpStatusCode.Unauthorized), a));
        Assert.All(await AskAllAsync(stranger, await service.WorkspaceAsync()), a => Assert.Equal((a.Route, HttpStatusCode.Unauthorized), a));
    }

    [Fact]
    public async Task An_agents_key_opens_no_route_of_governance()
    {
        var workspace = await service.WorkspaceAsync();
        using var agent = await service.ClientAsync(workspace, "agent");

        Assert.All(await AskAllAsync(agent, workspace), a => Assert.Equal((a.Route, HttpStatusCode.Forbidden), a));
    }

    [Fact]
    public async Task An_operators_key_decides_nothing_but_the_registration_of_agents_and_what_becomes_of_dead_letters()
    {
        var workspace = await service.WorkspaceAsync();
        using var clerk = await service.ClientAsync(workspace, "operator");

        var open = (await AskAllAsync(clerk, workspace)).Where(a => a.Status != HttpStatusCode.Forbidden).Select(a => a.Route);

        Assert.Equal(
            [
                "GET /workspaces", "GET /workspaces/{workspace}", "GET /workspaces/{workspace}/agents", "GET /workspaces/{workspace}/agents/{agent}",
                "GET /workspaces/{workspace}/agents/{agent}/capabilities", "GET /workspaces/{workspace}/agents/{agent}/diagnosis",
                "GET /workspaces/{workspace}/audit", "GET /workspaces/{workspace}/dead-letters",
                "GET /workspaces/{workspace}/dead-letters/{letter}", "GET /workspaces/{workspace}/notifications",
                "GET /workspaces/{workspace}/refusals", "GET /workspaces/{workspace}/settings", "GET /workspaces/{workspace}/settings/history",
                "GET /workspaces/{workspace}/spend", "GET /workspaces/{workspace}/spend/calls", "GET /workspaces/{workspace}/spend/subjects/{subject}",
                "GET /workspaces/{workspace}/webhook-deliveries",
                "POST /workspaces/{workspace}/dead-letters/replay", "POST /workspaces/{workspace}/dead-letters/{letter}/discard",
                "POST /workspaces/{workspace}/dead-letters/{letter}/replay", "PUT /workspaces/{workspace}/agents/{agent}",
            ],
            open);
    }

    [Fact]
    public async Task The_key_of_one_workspace_does_not_open_another()
    {
        var (mine, theirs) = (await service.WorkspaceAsync(), await service.WorkspaceAsync());
        using var admin = await service.ClientAsync(mine, "admin");

        var answers = (await AskAllAsync(admin, theirs)).Where(a => a.Route != "GET /workspaces").ToList();

        Assert.All(answers, a => Assert.Equal((a.Route, HttpStatusCode.Forbidden), a));
        var listed = await admin.GetFromJsonAsync<System.Text.Json.JsonElement>("/workspaces");
        Assert.Equal(mine, Assert.Single(listed.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
    }

    async Task<IReadOnlyList<(string Route, HttpStatusCode Status)>> AskAllAsync(HttpClient client, string workspace)
    {
        var routes = service.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/workspaces", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (Method: method, e.RoutePattern)))
            .ToList();
        Assert.True(routes.Count > 15);

        var answers = new List<(string, HttpStatusCode)>();
        foreach (var (method, pattern) in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), PathOf(pattern, workspace));
            if (method != "GET") request.Content = JsonContent.Create(new { });
            using var answer = await client.SendAsync(request);
            answers.Add(($"{method} /{string.Join('/', pattern.PathSegments.Select(TextOf))}", answer.StatusCode));
        }

        return [.. answers.OrderBy(a => a.Item1, StringComparer.Ordinal)];
    }

    static string PathOf(RoutePattern pattern, string workspace) => "/" + string.Join('/', pattern.PathSegments.Select(segment =>
        segment.Parts[0] is RoutePatternParameterPart parameter ? ValueOf(parameter, workspace) : TextOf(segment)));

    static string ValueOf(RoutePatternParameterPart parameter, string workspace) =>
        parameter.Name == "workspace" ? workspace : parameter.ParameterPolicies.Any(policy => policy.Content == "guid") ? $"{Guid.Empty}" : "x";

    static string TextOf(RoutePatternPathSegment segment) =>
        segment.Parts[0] is RoutePatternParameterPart parameter ? $"{{{parameter.Name}}}" : ((RoutePatternLiteralPart)segment.Parts[0]).Content;
}

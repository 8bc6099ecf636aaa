using System.Net.Http.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>A task at which an agent fails: full names turned into "Last, F.".</summary>
static class Names
{
    public static readonly (string Name, string Right)[] Five =
    [
        ("Ada Lovelace", "Lovelace, A."), ("Alan Turing", "Turing, A."), ("Grace Hopper", "Hopper, G."), ("Edsger Dijkstra", "Dijkstra, E."), ("Barbara Liskov", "Liskov, B."),
    ];

    public static readonly (string Name, string Right) Sixth = ("Katherine Johnson", "Johnson, K.");

    /// <summary>Reports failures with an agent's key, or the administrator's, until they are taken: the news of a workspace and of a key is on its way for a moment.</summary>
    public static Task FailAsync(this LiveSystem system, string workspace, string agent, string key, params IEnumerable<(string Name, string Right)> cases) =>
        Eventually.HoldsAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.Api.BaseAddress!, $"api/reflection/workspaces/{workspace}/episodes"))
            {
                Headers = { { "X-Api-Key", key } },
                Content = JsonContent.Create(cases.Select(c => new
                {
                    episode_id = c.Name, agent_id = agent, outcome = "failure", task_description = "Turn a full name into \"Last, F.\"",
                    error_trace = "KeyError: 'last_name'", input = new { name = c.Name }, expected_output = c.Right, human_interventions = 1,
                })),
            };
            using var http = new HttpClient();
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        });
}

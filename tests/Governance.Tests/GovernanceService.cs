using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.Governance.Tests;
using AutoDev.Testing;
using MassTransit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(GovernanceService))]

namespace AutoDev.Governance.Tests;

/// <summary>Governance on real parts, one for all tests: each test makes workspaces of its own.</summary>
public sealed class GovernanceService : ServiceFixture<Program>
{
    readonly Receipts _receipts = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Services.GetRequiredService<IBusControl>().ConnectReceiveObserver(_receipts);
    }

    /// <summary>Announcements go to a receiver on this machine, and need not wait for hours to be given up. The other services are away.</summary>
    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Security:TellUsesEvery", "00:00:00.5");
        host.UseSetting("Webhooks:AllowPrivate", "true");
        host.UseSetting("Webhooks:Interval", "00:00:00.05");
        host.UseSetting("Webhooks:Delays:0", "00:00:00.1");
        host.UseSetting("Webhooks:Delays:1", "00:00:00.2");
        foreach (var other in new[] { "reflection", "memento", "evolver", "sandboxrunner", "fitness" }) host.UseSetting(
            $"Services:{other}", "http://127.0.0.1:1");
    }

    /// <summary>A new workspace's id.</summary>
    public async Task<string> WorkspaceAsync()
    {
        var workspace = $"w-{Guid.NewGuid():N}";
        using var created = await Admin.PutAsync($"/workspaces/{workspace}", content: null);
        created.EnsureSuccessStatusCode();
        return workspace;
    }

    /// <summary>A client with a new key of this workspace, once the service accepts it.</summary>
    public async Task<HttpClient> ClientAsync(string workspace, string role)
    {
        using var issued = await Admin.PostAsJsonAsync($"/workspaces/{workspace}/api-keys", new { name = $"the {role}", role });
        var key = (await JsonAsync(issued)).GetProperty("key").GetString()!;
        var client = ClientWithKey(key);
        await Eventually.IsTrueAsync("the new key to open", async () =>
        {
            using var answer = await client.GetAsync($"/workspaces/{workspace}/settings");
            return answer.StatusCode != System.Net.HttpStatusCode.Unauthorized;
        });
        return client;
    }

    /// <summary>An answer of the administrator's.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Admin.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        return await JsonAsync(answer);
    }

    /// <summary>Waits until the service has done with this many deliveries on a queue that speak of the workspace, whatever became of them.</summary>
    public Task HandledAsync(string queue, string workspace, int count) => Eventually.IsTrueAsync(
        $"{count} deliveries on {queue} for {workspace}, not {_receipts.Count(queue, workspace)}", () => Task.FromResult(_receipts.Count(queue, workspace) >= count));

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) => await answer.Content.ReadFromJsonAsync<JsonElement>();

    sealed class Receipts : IReceiveObserver
    {
        readonly ConcurrentQueue<(string Queue, string Body)> _all = new();

        public int Count(string queue, string text) => _all.Count(r => r.Queue == queue && r.Body.Contains(text, StringComparison.Ordinal));

        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context) => Add(context);

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Task.CompletedTask;

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Add(context);

        Task Add(ReceiveContext context)
        {
            _all.Enqueue((context.InputAddress.Segments[^1], Encoding.UTF8.GetString(context.Body.GetBytes())));
            return Task.CompletedTask;
        }
    }
}

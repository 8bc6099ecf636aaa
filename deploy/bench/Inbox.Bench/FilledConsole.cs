using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Testing;
using MassTransit;
using Npgsql;

namespace AutoDev.Inbox.Bench;

/// <summary>The Console in a process of its own, with an inbox that was filled as the services fill it: by messages.</summary>
sealed class FilledConsole(ServiceProcess process, IBusControl bus, HttpClient http, TestInstallation installation) : IAsyncDisposable
{
    public const string Workspace = "crowded";
    const int InFlight = 500;

    static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public Uri Address => process.Address;

    public static async Task<FilledConsole> StartAsync(TestInstallation installation, int items)
    {
        var process = new ServiceProcess("console", FreePort.Find(), Path.Combine(Path.GetTempPath(), $"inbox-bench-{Environment.ProcessId}.log"), installation.Settings);
        process.Start();
        await process.ReadyAsync();
        LogContext.Current = null;
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(installation.Broker));
        await bus.StartAsync();
        var http = new HttpClient { BaseAddress = process.Address, DefaultRequestHeaders = { { "X-Api-Key", TestInstallation.AdminKey } } };
        var console = new FilledConsole(process, bus, http, installation);
        await bus.Publish(new WorkspaceSettingsChanged { WorkspaceId = Workspace, Version = 1, Settings = new() { Enabled = true }, ChangedBy = "bench", ChangedAt = Begin });
        foreach (var some in Enumerable.Range(0, items).Chunk(InFlight)) await Task.WhenAll(some.Select(console.SayAsync));
        await Eventually.IsTrueAsync("the inbox to have them all", async () =>
        {
            var total = await console.TotalAsync();
            Console.Error.WriteLine($"{total} of {items} wait");
            return total == items;
        }, TimeSpan.FromMinutes(30));
        await console.ExecuteAsync("vacuum analyze mt_doc_inboxitem"); // as autovacuum does soon after
        return console;
    }

    /// <summary>One page of the inbox.</summary>
    public async Task GetAsync(string asked)
    {
        using var answer = await http.GetAsync(new Uri($"api/console/workspaces/{Workspace}/inbox?{asked}", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await bus.StopAsync();
        await process.DisposeAsync();
    }

    async Task<string> ExecuteAsync(string sql)
    {
        var connection = new NpgsqlConnectionStringBuilder(installation.Settings["ConnectionStrings:postgres"]) { Pooling = false };
        connection.Database += "_console";
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join("\n", lines);
    }

    async Task<int> TotalAsync()
    {
        using var answer = await http.GetAsync(new Uri($"api/console/workspaces/{Workspace}/inbox", UriKind.Relative));
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("total").GetInt32() : 0;
    }

    // Three candidates to a mutation, of twenty agents, written by three generators; half of them scored.
    async Task SayAsync(int i)
    {
        var (id, at, agent, skill) = (Guid.NewGuid(), Begin.AddSeconds(i), $"agent-{i % 20}", $"{Verbs[i % Verbs.Length]}_{Things[i / 7 % Things.Length]}_{i % 400}");
        if (i % 4 == 3)
        {
            await bus.Publish(new MutationCompleted
            {
                WorkspaceId = Workspace, MutationId = id, ExperimentId = Guid.NewGuid(), SkillName = skill, ParentVersion = "1.0.0", Reason = "execution_time",
                Mutator = "rewrite_rules", Description = "Sums in a generator", Passed = true, Detail = "1.8 times as fast", ExecutionSuccess = true, Inputs = i % 30,
                Mended = i % 11 == 0 ? 1 : 0, Speedup = 1 + i % 90 / 30.0, AgentId = agent, CompletedAt = at,
            });
        }
        else
        {
            await bus.Publish(new SkillCandidateRestated
            {
                WorkspaceId = Workspace, CandidateId = id, PatternId = Guid.NewGuid(), AgentId = agent, SkillName = skill,
                Generator = i % 3 == 0 ? "gpt-5" : "by-example", HeldOutPassed = i % 6, HeldOutTotal = i % 6 + (i % 17 == 0 ? 1 : 0), Cost = i % 3 == 0 ? i % 50 / 1000m : 0,
                ValidatedAt = at,
            });
        }

        if (i % 2 != 0) return;
        await bus.Publish(new FitnessScored
        {
            WorkspaceId = Workspace, Subject = $"{(i % 4 == 3 ? "mutation" : "candidate")}:{id}", Score = i % 100 / 100.0, Label = "good", Status = "pending", SignalCount = 2,
            Revision = 2, ScoredAt = at,
        });
    }

    static readonly string[] Verbs = ["extract", "parse", "sum", "format", "find", "sort", "turn"];
    static readonly string[] Things = ["invoice", "address", "name", "order", "date", "price", "mail", "number", "customer", "code", "ticket"];
}

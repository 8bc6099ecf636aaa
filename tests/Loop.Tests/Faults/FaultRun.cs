using System.Diagnostics;
using AutoDev.Contracts.Governance;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>What a run found.</summary>
// Logs: The folder that keeps what the services, the broker and the database wrote.
sealed record FaultReport(
    int Seed, int Messages, int Sends, int SentAgain, IReadOnlyDictionary<string, int> Hurt, IReadOnlyDictionary<string, int> Refusals, double Seconds, double QuietAfterSeconds,
    IReadOnlyList<Difference> Differences, string? Logs);

/// <summary>One seed: starts everything, sends, breaks, decides, waits for quiet, and compares everything.</summary>
sealed class FaultRun(Fleet fleet, Plan plan, int perSecond)
{
    const string Settled = "every queue and outbox to be empty, and everything to be as it must";

    readonly Progress _progress = new();

    /// <summary>Runs it. The logs go when nothing was found, and stay when anything was.</summary>
    /// <param name="seed">Of the plan.</param>
    /// <param name="messages">How many reports, about.</param>
    /// <param name="perSecond">How fast they are sent.</param>
    /// <param name="before"><c>artifacts/bin</c> of another version: services begin in it and are replaced, in place of damage.</param>
    /// <param name="tell">Hears how it goes.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<FaultReport> RunAsync(int seed, int messages, int perSecond, string? before, Action<string> tell, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var plan = Planner.Of(seed, messages, upgrade: before is not null);
        var folder = Path.Combine(Path.GetTempPath(), $"autodev-faults-{seed}-{Guid.NewGuid():N}"[..28]);
        Directory.CreateDirectory(Path.Combine(folder, "logs"));
        tell($"seed {seed}: {plan.Messages} messages, logs in {folder}\n  {string.Join("\n  ", plan.Hurts)}");

        var report = await GoAsync(folder, before, plan, perSecond, tell, cancellation);
        report = report with { Seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1) };
        if (report.Differences.Count > 0) return report with { Logs = folder };
        Directory.Delete(folder, recursive: true);
        return report;
    }

    static async Task<FaultReport> GoAsync(string folder, string? before, Plan plan, int perSecond, Action<string> tell, CancellationToken cancellation)
    {
        await using var fleet = await Fleet.StartAsync(folder, before);
        try
        {
            return await new FaultRun(fleet, plan, perSecond).GoAsync(tell, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return new(plan.Seed, plan.Messages, plan.Stream.Count, 0, new Dictionary<string, int>(), new Dictionary<string, int>(), 0, 0, [new("the run", "to its end", e.ToString())], folder);
        }
    }

    async Task<FaultReport> GoAsync(Action<string> tell, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await Eventually.IsTrueAsync("every service to live", async () => (await Task.WhenAll(fleet.Processes.Select(p => p.HealthAsync("live")))).All(s => s == System.Net.HttpStatusCode.OK), TimeSpan.FromMinutes(3));
        tell($"  all live after {clock.Elapsed.TotalSeconds:0.0} s");
        await fleet.NotReadyAsync("neither broker nor database is there");
        await fleet.Parts.StartAsync("postgres");
        await fleet.Parts.StartAsync("rabbitmq");
        tell($"  parts are there after {clock.Elapsed.TotalSeconds:0.0} s");
        await fleet.ReadyAsync();
        await SetUpAsync();
        tell($"  ready after {clock.Elapsed.TotalSeconds:0.0} s");

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(420 + 30 * plan.Hurts.Count(h => h.How == Planner.Replace) + 4.0 * plan.Stream.Count / perSecond));
        await using var agent = new GoodAgent(fleet, plan, _progress, perSecond);
        var (person, damage) = (new OperatorAtWork(fleet, plan, _progress), new Damage(fleet, plan, _progress));
        var work = new[] { agent.SendAllAsync(limit.Token), damage.DoAsync(limit.Token), person.WorkAsync(limit.Token) };
        try
        {
            while (work.Any(w => !w.IsCompleted))
            {
                var done = await Task.WhenAny(work.Where(w => !w.IsCompleted));
                await done; // the first that fails ends the run
                tell($"  {(done == work[0] ? "all is sent" : done == work[1] ? "all is whole again" : "all is decided")} after {clock.Elapsed.TotalSeconds:0.0} s");
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            tell($"  time is over; {_progress.Sent} of {plan.Stream.Count} sent; missing: {person.Missing}");
        }

        var active = clock.Elapsed;
        var differences = await CompareAsync();
        tell($"  quiet after {clock.Elapsed.TotalSeconds:0.0} s, {differences.Count} differences");
        return new(plan.Seed, plan.Messages, plan.Stream.Count, agent.SentAgain, damage.Done, agent.Answers.ToDictionary(a => $"http {(int)a.Key}", a => a.Value, StringComparer.Ordinal), 0,
            Math.Round((clock.Elapsed - active).TotalSeconds, 1), differences, null);
    }

    async Task SetUpAsync()
    {
        foreach (var workspace in plan.Workspaces)
        {
            await fleet.DoAsync(HttpMethod.Put, "governance", $"workspaces/{workspace.Id}", new { });
            await fleet.DoAsync(HttpMethod.Patch, "governance", $"workspaces/{workspace.Id}/settings", new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["auto_dev.enabled"] = workspace.Enabled, ["failure_threshold"] = workspace.Threshold, ["max_skill_candidates_per_day"] = workspace.Limit,
                ["memento_skills"] = true, ["background_evolution"] = true, // a change even where nothing else is one
            });
        }

        foreach (var agent in plan.Agents.Where(a => a.Maturity is not null))
        {
            object body = agent.Maturity == Maturity.Student ? new { } : new { maturity = agent.Maturity.ToString()!.ToUpperInvariant(), reason = "plan" };
            await fleet.DoAsync(HttpMethod.Put, "governance", $"workspaces/{agent.Workspace}/agents/{agent.Id}", body);
        }

        // Until then a gate would decide on less, and refuse what the plan allows.
        var agents = plan.Agents.Count(a => a.Maturity is not null);
        foreach (var service in ServiceProcess.Services.Except(["governance", "sandboxrunner"]))
        {
            await Eventually.IsTrueAsync($"{service} to know workspaces and agents", async () =>
                (await fleet.QueryAsync(service, "select '', count(*) from mt_doc_workspacereplica where (data ->> 'Version')::int >= 2"))[0].Value == plan.Workspaces.Count
                && (await fleet.QueryAsync(service, "select '', count(*) from mt_doc_agentreplica"))[0].Value == agents);
        }
    }

    async Task<List<Difference>> CompareAsync()
    {
        List<Difference> last = [];
        try
        {
            await Eventually.IsTrueAsync(Settled, async () =>
            {
                if (await UnsettledAsync() is { Count: > 0 } unsettled)
                {
                    last = unsettled;
                    return false;
                }

                var (actual, refused) = await Actual.OfAsync(fleet, plan);
                last = Facts.Compare(Expected.Of(plan, refused), actual);
                return last.Count == 0;
            }, TimeSpan.FromMinutes(5));
        }
        catch (TimeoutException)
        {
            // the last differences say what is wrong
        }

        return last;
    }

    async Task<List<Difference>> UnsettledAsync()
    {
        var busy = (await Queues.AllAsync(fleet)).Where(q => q.Messages > 0).Select(q => new Difference($"messages in {q.Name}", "0", $"{q.Messages}")).ToList();
        foreach (var service in ServiceProcess.Services)
            if ((await fleet.QueryAsync(service, "select '', count(*) from outbox"))[0].Value is var left and > 0) busy.Add(new($"outbox of {service}", "0", $"{left}"));
        return busy;
    }
}

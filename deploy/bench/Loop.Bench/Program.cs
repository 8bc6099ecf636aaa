using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AutoDev.Loop.Bench;

// Turns begin at their times, whether earlier ones have ended or not: what cannot keep up shows as a queue, and not as fewer turns.
double Option(string name, double otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
string Need(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set: run deploy/autodev bench loop.");

var (agents, minutes, perSecond, evolveEvery) = ((int)Option("--agents", 40), Option("--minutes", 2), Option("--per-second", 1), (int)Option("--evolve-every", 60));
var broker = new Uri(Need("ConnectionStrings__rabbitmq"));
using var api = new HttpClient { BaseAddress = new Uri(Need("AUTODEV_URL")), Timeout = TimeSpan.FromMinutes(1) };
api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Need("AUTODEV_ADMIN_KEY"));
var machine = new Machine(Need("AUTODEV_STATE"));
await using var heard = await Heard.StartAsync(broker, new Uri(Need("AUTODEV_AMQP")));

if (!args.Contains("--find"))
{
    Console.WriteLine((await PlayAsync(perSecond, minutes)).ToJsonString());
    return;
}

// Steps up by a quarter until something grows or fails, or down until nothing does, each as long as --minutes says.
const double Slowest = 0.05;
JsonObject? best = null, first = null;
for (var rate = perSecond; (best is null || first is null) && rate >= Slowest; rate = Math.Round(first is null ? rate * 1.25 : rate / 1.25, 2))
{
    var played = await PlayAsync(rate, minutes);
    if (played["flat"]!.GetValue<bool>() && played["errors"]!.AsObject().Count == 0) best = played;
    else first = played;
}

Console.WriteLine(new JsonObject { ["highest_flat_per_second"] = best?["turns_begun_per_s"]?.DeepClone(), ["at_it"] = best, ["above_it"] = first }.ToJsonString());

async Task<JsonObject> PlayAsync(double rate, double length)
{
    var steps = new Steps();
    var run = Guid.NewGuid().ToString("N")[..6];
    var free = new Queue<Agent>(Enumerable.Range(0, agents).Select(i => new Agent(run, i, api, heard, steps)));
    var (open, begun, late, ended) = (0, 0, 0, 0);
    var turns = new List<Task>();
    using var stop = new CancellationTokenSource();
    var watch = new Watch(machine, new Uri(Need("ConnectionStrings__rabbitmq_management")), Uri.UnescapeDataString(broker.AbsolutePath.TrimStart('/')), () => Volatile.Read(ref open) + Volatile.Read(ref late));
    var watching = watch.RunAsync(stop.Token);
    var (reports, start, told) = (heard.Reports, DateTime.UtcNow, DateTime.UtcNow);
    while (DateTime.UtcNow - start is var elapsed && elapsed.TotalMinutes < length)
    {
        late = (int)(elapsed.TotalSeconds * rate) - begun;
        for (; late > 0; late--)
        {
            Agent? agent;
            lock (free) free.TryDequeue(out agent);
            if (agent is null) break;
            begun++;
            Interlocked.Increment(ref open);
            turns.Add(TakeTurnAsync(agent, begun % evolveEvery == 0));
        }

        if (DateTime.UtcNow - told > TimeSpan.FromSeconds(15))
        {
            told = DateTime.UtcNow;
            Console.Error.WriteLine($"{elapsed.TotalSeconds,5:0} s at {rate:0.##}/s: {ended} turns done, {steps.Errors} failed; {watch.Line()}");
        }

        await Task.Delay(10);
    }

    var (inTime, took) = (Volatile.Read(ref ended), (DateTime.UtcNow - start).TotalSeconds);
    var report = watch.ToJson();
    var saturated = watch.Saturated();
    await stop.CancelAsync();
    await Task.WhenAll(turns);
    await watching.ContinueWith(static _ => { }, TaskScheduler.Default);
    report["agents"] = agents;
    report["minutes"] = length;
    report["turns_begun_per_s"] = Math.Round(rate, 3);
    report["turns_ended_per_s"] = Math.Round(inTime / took, 3);
    report["turns_not_begun_in_time"] = late;
    report["reports_per_s"] = Math.Round((heard.Reports - reports) / took, 1);
    report["steps"] = steps.ToJson();
    report["errors"] = steps.ErrorsToJson();
    report["saturated"] = saturated;
    return report;

    async Task TakeTurnAsync(Agent agent, bool improves)
    {
        try
        {
            await (improves ? agent.ImproveAsync(CancellationToken.None) : agent.LearnAsync(CancellationToken.None));
        }
        catch (Exception e) when (e is TimeoutException or HttpRequestException or InvalidOperationException or TaskCanceledException)
        {
            steps.Failed($"{(improves ? "second loop" : "first loop")}: {e.Message}");
        }

        Interlocked.Decrement(ref open);
        Interlocked.Increment(ref ended);
        lock (free) free.Enqueue(agent);
    }
}

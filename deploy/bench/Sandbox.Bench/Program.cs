using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoDev.Sandbox.Bench;
using AutoDev.Testing;

// Measures one execution and many at once, each way in every round: docker run --rm, the engine with its pool, the service over RabbitMQ. Quantiles are over
// all rounds; a rate is all that was done divided by all the time it took, with ended leases and new containers in it.
string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
int Number(string name, string otherwise) => int.Parse(Option(name, otherwise), CultureInfo.InvariantCulture);
var (rounds, samples) = (Number("--rounds", "3"), Number("--samples", "40"));
var window = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "8"), CultureInfo.InvariantCulture));
const int InputsAtOnce = 10;
string[] workspaces = ["bench-1", "bench-2", "bench-3", "bench-4"];
var seccomp = Path.Combine(FindRoot(), "deploy/sandbox/seccomp.json");
var clients = Environment.ProcessorCount;
var count = 0;
var (dockerMs, engineMs, busMs, otherMs) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
var (dockerRate, engineRate, inputRate, busRate) = (new Rate(), new Rate(), new Rate(), new Rate());

var installation = await TestInstallation.CreateAsync();
try
{
    await using var engine = await EngineClient.StartAsync();
    var settings = new Dictionary<string, string>(installation.Settings, StringComparer.Ordinal) { ["Logging:LogLevel:Default"] = "Error" };
    await using var service = new ServiceProcess("sandboxrunner", FreePort.Find(), Path.Combine(Path.GetTempPath(), "autodev-bench-sandbox.log"), settings);
    service.Start();
    await service.ReadyAsync();
    await using var bus = await BusClient.StartAsync(installation);
    Task Docker(int n) => Checked(DockerRun.CallAsync(engine.Options, engine.Limits, seccomp, Workload.Input(n)), n);

    for (var warm = 0; warm < 2 * workspaces.Length; warm++)
    {
        await engine.CallAsync(workspaces[warm % workspaces.Length], Next());
        await bus.CallAsync(workspaces[0], Next());
        if (warm < 2) await Docker(Next());
    }

    for (var round = 1; round <= rounds; round++)
    {
        for (var sample = 0; sample < samples; sample++)
        {
            if (sample % 8 == 0) dockerMs.Add(await Time(() => Docker(Next())));
            engineMs.Add(await Time(() => engine.CallAsync(workspaces[0], Next())));
            busMs.Add(await Time(() => bus.CallAsync(workspaces[0], Next())));
        }

        await dockerRate.MeasureAsync(window, clients, (_, _) => Docker(Next()));
        await engineRate.MeasureAsync(window, clients, (client, turn) => engine.CallAsync(workspaces[(client + turn) % workspaces.Length], Next()));
        await inputRate.MeasureAsync(
            window, clients, (client, turn) => engine.CallAsync(workspaces[(client + turn) % workspaces.Length], Next(), InputsAtOnce), each: InputsAtOnce);

        // So many of one workspace that they wait for seconds; another's single requests among them do not.
        var begun = Stopwatch.GetTimestamp();
        var many = Enumerable.Range(0, 20 * samples / 4).Select(_ => bus.CallAsync(workspaces[1], Next())).ToList();
        while (many.Any(call => !call.IsCompleted)) otherMs.Add(await Time(() => bus.CallAsync(workspaces[2], Next())));
        await Task.WhenAll(many);
        busRate.Add(many.Count, Stopwatch.GetElapsedTime(begun));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"round {round}: docker run {Median(dockerMs):0} ms, engine {Median(engineMs):0.0} ms, bus {Median(busMs):0.0} ms; "
            + $"per second {dockerRate.PerSecond:0.0}, {engineRate.PerSecond:0.0}, {inputRate.PerSecond:0} inputs, bus {busRate.PerSecond:0.0}"));
    }
}
finally
{
    await installation.DisposeAsync();
}

var report = new JsonObject
{
    ["p50_ms"] = Rounded(Median(engineMs)), ["p95_ms"] = Rounded(Quantile(engineMs, 0.95)),
    ["bus_p50_ms"] = Rounded(Median(busMs)), ["bus_p95_ms"] = Rounded(Quantile(busMs, 0.95)),
    ["runs_per_s"] = Rounded(engineRate.PerSecond), ["inputs_per_s"] = Rounded(inputRate.PerSecond), ["bus_runs_per_s"] = Rounded(busRate.PerSecond),
    ["docker_run_p50_ms"] = Rounded(Median(dockerMs)), ["docker_run_per_s"] = Rounded(dockerRate.PerSecond),
    ["latency_ratio"] = Rounded(Median(dockerMs) / Median(engineMs)), ["throughput_ratio"] = Rounded(engineRate.PerSecond / dockerRate.PerSecond),
    ["inputs_ratio"] = Rounded(inputRate.PerSecond / dockerRate.PerSecond), ["bus_latency_ratio"] = Rounded(Median(dockerMs) / Median(busMs)),
    ["other_workspace_p50_ms"] = Rounded(Median(otherMs)), ["rounds"] = rounds, ["seconds"] = window.TotalSeconds, ["cores"] = clients,
};
Console.WriteLine(report.ToJsonString());

int Next() => Interlocked.Increment(ref count);

static async Task Checked(Task<string> call, int n) => Workload.Check(await call, n, "docker run");

static async Task<double> Time(Func<Task> call)
{
    var begun = Stopwatch.GetTimestamp();
    await call();
    return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
}

static double Median(IReadOnlyCollection<double> values) => Quantile(values, 0.5);

static double Quantile(IReadOnlyCollection<double> values, double share) => values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * share));

static double Rounded(double value) => Math.Round(value, value < 100 ? 2 : 1);

static string FindRoot()
{
    var folder = new DirectoryInfo(AppContext.BaseDirectory);
    while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln")))
        folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is above no folder of this program.");
    return folder.FullName;
}

using System.Globalization;
using System.Text.Json.Nodes;
using AutoDev.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Scan;
using AutoDev.Scan.Eval;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

// Scans every source of a file as the service does, one after the other in leased containers without a network, and compares with the labels.
// usage: scan FILE [--explain]
if (args is not [var file, ..] || !File.Exists(file))
{
    Console.Error.WriteLine("usage: scan FILE [--explain]; FILE holds JSON lines with code and label (vuln | safe)");
    return 2;
}

var rows = File.ReadLines(file).Where(line => line.Length > 0).Select(LabelledSource.Parse).ToList();
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSandbox();
using var host = builder.Build();
await host.StartAsync();
var engine = host.Services.GetRequiredService<ISandboxEngine>();
var limits = RunLimits.Of(null, host.Services.GetRequiredService<IOptions<SandboxOptions>>().Value);

var score = new Score();
foreach (var row in rows)
{
    var scanned = await SecurityScan.RunAsync(engine, "eval", row.Code, limits, CancellationToken.None);
    score.Add(row, scanned);
    if (args.Contains("--explain") && row.IsVulnerable is { } vulnerable && vulnerable != scanned.IsFlagged)
    {
        var found = scanned.Findings is null ? scanned.Failed : string.Join(", ", scanned.Findings.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Line}:{f.Rule}({f.Severity})")));
        Console.Error.WriteLine($"{(vulnerable ? "missed" : "false alarm")} {row.Id}: {found}");
    }
}

await host.StopAsync();
var report = score.Report();
report.Insert(0, "file", JsonValue.Create(file));
Console.WriteLine(report.ToJsonString());
return 0;

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Browsing;
using AutoDev.Inbox.Bench;
using AutoDev.Testing;
using static Microsoft.Playwright.Assertions;

// What an operator with a full inbox waits for.
const int PageSize = 25;
int Option(string name, int otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
var (items, rounds, visits) = (Option("--items", 10_000), Option("--rounds", 40), Option("--visits", 8));
(string Name, string Asked)[] lists =
[
    ("first", ""), ("last", $"page={items / PageSize}"), ("newest", "sort=newest"), ("riskiest", "sort=risk"), ("fittest", "sort=fitness"), ("dearest", "sort=cost"),
    ("mutations", "kind=mutation"), ("agent", "agent=agent-7"), ("high_risk", "risk=high"), ("generator", "generator=gpt-5"), ("search", "search=invoice"),
    ("search_nothing", "search=nowhere"), ("all_at_once", "kind=candidate&risk=medium&agent=agent-3&search=name&sort=fitness"),
];

await using var installation = await TestInstallation.CreateAsync();
await using var console = await FilledConsole.StartAsync(installation, items);
var server = lists.ToDictionary(l => l.Name, _ => new List<double>(), StringComparer.Ordinal);
foreach (var (name, asked) in lists) await console.GetAsync(asked); // compiles it
for (var round = 0; round < rounds; round++)
    foreach (var (name, asked) in lists) server[name].Add(await TimedAsync(() => console.GetAsync(asked)));
Console.Error.WriteLine("over HTTP: done");

var seen = new Dictionary<string, List<double>>(StringComparer.Ordinal);
await using (var browser = await OperatorBrowser.StartAsync(console.Address))
{
    var page = await browser.SignInAsync($"/w/{FilledConsole.Workspace}/inbox", TestInstallation.AdminKey);
    await Expect(page.Locator("tbody tr")).ToHaveCountAsync(PageSize);
    foreach (var (name, asked) in lists.Where(l => l.Name is "first" or "last" or "fittest" or "search" or "mutations"))
    {
        seen[name] = [];
        for (var visit = 0; visit < visits; visit++)
        {
            seen[name].Add(await TimedAsync(async () =>
            {
                await page.GotoAsync(new Uri(console.Address, $"/w/{FilledConsole.Workspace}/inbox?{asked}").ToString());
                await page.Locator("tbody tr").Nth(PageSize - 1).WaitForAsync();
            }));
        }
    }

    // The page is open: a click on the next one.
    seen["turn_a_page"] = [];
    await page.GotoAsync(new Uri(console.Address, $"/w/{FilledConsole.Workspace}/inbox").ToString());
    for (var turn = 2; turn < 2 + visits; turn++)
    {
        await page.GetByText($"Page {turn - 1} of").WaitForAsync();
        seen["turn_a_page"].Add(await TimedAsync(async () =>
        {
            await page.GetByText("On", new() { Exact = true }).ClickAsync();
            await page.GetByText($"Page {turn} of").WaitForAsync();
        }));
    }
}

var report = new JsonObject { ["items"] = items, ["server_ms"] = Shown(server), ["visible_ms"] = Shown(seen), ["rounds"] = rounds, ["visits"] = visits };
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));

static async Task<double> TimedAsync(Func<Task> what)
{
    var begun = Stopwatch.GetTimestamp();
    await what();
    return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
}

static JsonObject Shown(IReadOnlyDictionary<string, List<double>> times)
{
    var shown = new JsonObject();
    foreach (var (name, all) in times) shown[name] = new JsonObject { ["p50"] = At(all, 0.5), ["p95"] = At(all, 0.95) };
    return shown;
}

static double At(List<double> times, double share) => Math.Round(times.Order().ElementAt(Math.Min(times.Count - 1, (int)(times.Count * share))), 1);

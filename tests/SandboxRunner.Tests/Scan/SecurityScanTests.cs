using System.Text;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Scan;

namespace AutoDev.SandboxRunner.Tests.Scan;

/// <summary>The scanner of the image, asked as the service asks it.</summary>
public sealed class SecurityScanTests(Sandbox sandbox)
{
    static readonly RunLimits Limits = RunLimits.Of(null, Sandbox.Settings());

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Titles => [.. ScanPair.All.Keys];

    /// <summary>Sources that try to bring the scanner down, and the rule that speaks, or none where they are harmless after all.</summary>
    public static TheoryData<string, string, string?> Hostile => new()
    {
        { "nested brackets", new string('(', 5000), "not-python" },
        { "a NUL", "x = 1\0", "not-python" },
        { "a huge number", "x = " + new string('9', 100_000), "not-python" },
        { "nested signs", "x = " + new string('-', 3000) + "1", "not-python" },
        { "a chain of attributes", "x = a" + string.Concat(Enumerable.Repeat(".b", 20_000)), "not-python" },
        { "a sum of five thousand", "def f(a):\n    return " + string.Join('+', Enumerable.Repeat("a", 5000)), "not-python" },
        { "twenty thousand calls", string.Concat(Enumerable.Repeat("eval(x)\n", 20_000)), "not-analysed" },
        { "a constant that would fill the memory", "x = 'a' * 10 ** 12\ny = 9 ** 9 ** 9", null },
        { "half a character", "password = '\\ud800TopSecret-91'", "hard-coded-secret" },
        { "a nosec comment", "import subprocess\ndef f(x):\n    subprocess.call('ls ' + x, shell=True)  # nosec", "command-injection" },
        { "a regular expression of brackets", "import re\nre.match(r'" + new string('(', 400) + "a+" + string.Concat(Enumerable.Repeat(")+", 400)) + "', 'a')", "slow-regex" },
        { "code at module level", "import os\nos._exit(0)\nraise SystemExit", null },
    };

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task Harm_is_found_at_its_line_and_not_in_the_repaired_form(string title)
    {
        var pair = ScanPair.All[title];
        Assert.Contains(await Find(pair.Harmful), f => f.Rule == pair.Rule && f.Line == pair.Line);
        Assert.DoesNotContain(await Find(pair.Repaired), f => f.Rule == pair.Rule || f.Severity != "low");
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_source_ends_in_a_clear_verdict_and_the_same_one_twice(string what, string source, string? rule)
    {
        var found = await Find(source);
        Assert.True(rule is null ? found.All(f => f.Severity == "low") : found.Any(f => f.Rule == rule), $"{what}: {string.Join(", ", found.Select(f => f.Rule))}");
        Assert.Equal(found, await Find(source));
    }

    [Fact]
    public async Task Every_rule_of_the_project_has_a_pair_and_every_rule_stands_in_the_documentation_as_it_is()
    {
        var answer = await sandbox.Engine.AnalyseAsync(new ToolJob(Sandbox.Workspace, "scan", "", "rules", Limits), Cancellation);
        var rules = JsonSerializer.Deserialize<List<SecurityFinding>>(Encoding.UTF8.GetString(answer.Json!.Value.Span), JsonSerializerOptions.Web)!;
        var tested = ScanPair.All.Values.Select(p => p.Rule).Append("not-analysed");
        Assert.Empty(rules.Select(r => r.Rule).Where(r => !r.StartsWith("bandit-", StringComparison.Ordinal)).Except(tested));

        var documented = await File.ReadAllLinesAsync(Path.Combine(Root(), "docs/security-scan.md"), Cancellation);
        Assert.Equal(
            rules.Select(r => $"| `{r.Rule}` | {r.Severity} | {r.Why.Replace("|", "\\|", StringComparison.Ordinal)} | {r.Repair.Replace("|", "\\|", StringComparison.Ordinal)} |"),
            documented.Where(l => l.StartsWith("| `", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("[{\"rule\":1}]")]
    [InlineData("{}")]
    [InlineData("[{\"rule\":\"a\",\"severity\":\"high\",\"line\":1,\"why\":\"\\ud800\",\"repair\":\"\"}]")]
    [InlineData("")]
    public void An_answer_that_cannot_be_read_is_no_clean_bill(string json)
    {
        var scanned = SecurityScan.Read(new ToolAnswer(Encoding.UTF8.GetBytes(json), null, null, 1));
        Assert.Null(scanned.Findings);
        Assert.NotNull(scanned.Failed);
        Assert.True(scanned.IsFlagged);
    }

    async Task<IReadOnlyList<SecurityFinding>> Find(string source)
    {
        var scanned = await SecurityScan.RunAsync(sandbox.Engine, Sandbox.Workspace, source, Limits, Cancellation);
        Assert.Null(scanned.Failed);
        return scanned.Findings!;
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is not above the tests");
        return folder.FullName;
    }
}

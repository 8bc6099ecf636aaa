using System.Runtime.CompilerServices;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Tests.Rewrites;

/// <summary>
/// The rewrite rules of the image. What they must do stands in <c>rewrite_tests.py</c> beside this file: it runs in the sandbox, where the rules run.
/// </summary>
public sealed class RewriteTests(Sandbox sandbox)
{
    const int AtOnce = 8;

    [Fact]
    public async Task Every_rule_keeps_the_behaviour_and_saves_work_and_every_rule_has_a_test()
    {
        var listed = await Run("names", "{}");
        var names = JsonElement.Parse(Assert.Single(listed).ValueJson!);
        Assert.Empty(names.GetProperty("untested").EnumerateArray());

        List<string> tests = [.. names.GetProperty("tests").EnumerateArray().Select(name => name.GetString()!)];
        Assert.True(tests.Count > 90, $"{tests.Count} tests");
        foreach (var some in tests.Chunk(AtOnce))
        {
            var results = await Run("check", [.. some.Select(name => JsonSerializer.Serialize(new { name }))]);
            foreach (var (name, result) in some.Zip(results))
                Assert.True(result is { Ended: "ok", ValueJson: "null" }, $"{name}: {result.Ended} {result.ExceptionType} {result.Message} {result.ValueJson}");
        }
    }

    [Fact]
    public async Task A_service_has_variants_proposed_by_an_ordinary_run()
    {
        const string Asks = "import sys\nsys.path.append('/opt/sandbox')\nfrom rewrite import propose\n";
        var source = "def f(x):\n    r = []\n    for v in x:\n        r.append(v + 1)\n    return r\n";
        var input = JsonSerializer.Serialize(new { source, function_name = "f", reason = "execution_time", seed = 1, limit = 5 });
        var result = Assert.Single(await RunSource(Asks, "propose", [input]));

        Assert.Equal("ok", result.Ended);
        var proposals = JsonElement.Parse(result.ValueJson!);
        Assert.Contains(proposals.EnumerateArray(), p => p.GetProperty("source").GetString()!.Contains("[v + 1 for v in x]", StringComparison.Ordinal)
            && p.GetProperty("rules").EnumerateArray().Any(r => r.GetString() == "comprehension-instead-of-append")
            && !p.GetProperty("speculative").GetBoolean());
    }

    Task<IReadOnlyList<InputResult>> Run(string function, params string[] inputs)
    {
        var programs = Escaped(Beside("random_programs.py"));
        var source = $"""
            import sys, types
            sys.path.append("/opt/sandbox")
            random_programs = sys.modules["random_programs"] = types.ModuleType("random_programs")
            exec({programs}, random_programs.__dict__)
            {Beside("rewrite_tests.py")}
            """;
        return RunSource(source, function, inputs);
    }

    async Task<IReadOnlyList<InputResult>> RunSource(string source, string function, string[] inputs)
    {
        var limits = RunLimits.Of(new() { TimeoutSeconds = 300, MemoryMb = 512 }, Sandbox.Settings());
        var job = new SandboxJob(Guid.NewGuid(), Sandbox.Workspace, source, function, inputs, limits) { Analyse = false };
        var outcome = await sandbox.Engine.RunAsync(job, null, TestContext.Current.CancellationToken);
        Assert.True(outcome.Load is { Answer.Kind: Said.Ok }, $"it did not load: {outcome.Lost} {outcome.Load}");
        return [.. outcome.Calls.Select(call => SandboxRunner.Runs.Verdict.Of(call, limits))];
    }

    // JSON's escapes of a text are Python's.
    static string Escaped(string text) => JsonSerializer.Serialize(text);

    static string Beside(string name, [CallerFilePath] string here = "") => File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, name));
}

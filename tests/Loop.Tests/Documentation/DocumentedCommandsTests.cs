using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Documentation;

/// <summary>Every command and program in the README and in docs runs as it stands there, against the whole system.</summary>
[Collection("live system")]
public sealed class DocumentedCommandsTests(LiveSystem system) : IDisposable
{
    const string Workspace = "acme";

    readonly string _folder = Directory.CreateTempSubdirectory("autodev-docs-").FullName;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_command_in_the_documentation_ends_well()
    {
        LayOut();
        var environment = await PrepareAsync();
        var failed = new List<string>();
        var blocks = CommandBlock.All().Where(b => b.NotRun is null).ToList();
        Assert.True(blocks.Count >= 5);
        foreach (var block in blocks)
        {
            var (code, output) = await RunAsync(block, environment);
            if (code != 0) failed.Add($"{block.Place} ended with {code}:\n{output}");
        }

        Assert.True(failed.Count == 0, string.Join("\n\n", failed));
    }

    [Fact]
    public void What_is_not_run_says_why() => Assert.Empty(CommandBlock.All().Where(b => b.NotRun is { Length: < 8 }).Select(b => b.Place));

    [Fact]
    public void The_readme_is_two_screens() => Assert.True(File.ReadLines(Path.Combine(LiveSystem.Repository, "README.md")).Count() <= 100);

    // The repository as a reader has it, but for `deploy/autodev env`, which names the system of the tests.
    void LayOut()
    {
        var deploy = Directory.CreateDirectory(Path.Combine(_folder, "deploy")).FullName;
        foreach (var entry in Directory.EnumerateFileSystemEntries(LiveSystem.Repository).Where(e => Path.GetFileName(e) != "deploy")) File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(entry)), entry);
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path.Combine(LiveSystem.Repository, "deploy")).Where(e => Path.GetFileName(e) != "autodev")) File.CreateSymbolicLink(Path.Combine(deploy, Path.GetFileName(entry)), entry);
        var script = Path.Combine(deploy, "autodev");
        File.WriteAllText(script,
            $"""
             #!/usr/bin/env bash
             if [[ ${"{1:-}"} == env ]]; then for name in AUTODEV_URL AUTODEV_AMQP AUTODEV_ADMIN_KEY; do printf 'export %s=%q\n' "$name" "${"{!name}"}"; done; exit; fi
             exec '{Path.Combine(LiveSystem.Repository, "deploy/autodev")}' "$@"

             """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    async Task<Dictionary<string, string>> PrepareAsync()
    {
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{Workspace}");
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{Workspace}/settings", new Dictionary<string, object>(StringComparer.Ordinal) { ["auto_dev.enabled"] = true });
        using var issued = await system.Api.PostAsJsonAsync($"api/governance/workspaces/{Workspace}/api-keys", new { name = "mailroom", role = "agent" }, Cancellation);
        var key = (await issued.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("key").GetString()!;
        foreach (var route in new[] { $"api/reflection/workspaces/{Workspace}/episodes", $"api/fitness/workspaces/{Workspace}/signals", $"mcp/{Workspace}" })
        {
            await Eventually.IsTrueAsync("the key to open " + route, async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = JsonContent.Create(Array.Empty<object>()) };
                request.Headers.Authorization = new("Bearer", key);
                using var answer = await system.Api.SendAsync(request, Cancellation);
                return (int)answer.StatusCode is >= 400 and < 500 and not (401 or 403 or 404);
            });
        }

        return new(StringComparer.Ordinal)
        {
            ["AUTODEV_URL"] = system.Api.BaseAddress!.ToString().TrimEnd('/'),
            ["AUTODEV_AMQP"] = system.Broker.ToString(),
            ["AUTODEV_ADMIN_KEY"] = TestInstallation.AdminKey,
            ["AUTODEV_KEY"] = key,
            ["AUTODEV_WORKSPACE"] = Workspace,
            ["PYTHONPATH"] = Path.Combine(_folder, "docs/clients"),
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["HOME"] = _folder,
            ["DOTNET_CLI_HOME"] = Environment.GetEnvironmentVariable("HOME") ?? _folder,
        };
    }

    async Task<(int Code, string Output)> RunAsync(CommandBlock block, IReadOnlyDictionary<string, string> environment)
    {
        var file = Path.Combine(_folder, block.Language switch { "python" => "block.py", "js" => "block.mjs", _ => "block.sh" });
        await File.WriteAllTextAsync(file, (block.Language is "sh" or "bash" ? "set -e\n" : "") + block.Text, Cancellation);
        var program = block.Language switch { "python" => "/usr/bin/python3", "js" => "node", _ => "bash" }; // Debian's python has Debian's pika
        var start = new ProcessStartInfo("timeout", ["120", program, file]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var running = Process.Start(start)!;
        var errors = running.StandardError.ReadToEndAsync(Cancellation);
        var output = await running.StandardOutput.ReadToEndAsync(Cancellation);
        await running.WaitForExitAsync(Cancellation);
        return (running.ExitCode, output + await errors);
    }
}

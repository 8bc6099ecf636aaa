using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using AutoDev.Memento.Candidates;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>Memento with a real sandbox runner beside it, on a real Docker engine, and a clean Python of one's own.</summary>
public sealed class ExchangeFixture : MementoFixture
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    readonly string _folder = Directory.CreateTempSubdirectory("autodev-exchange-").FullName;
    ServiceProcess? _runner;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _runner = new("sandboxrunner", FreePort.Find(), Path.Combine(_folder, "sandboxrunner.log"), Installation.Settings);
        _runner.Start();
        await _runner.ReadyAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_runner is not null) await _runner.DisposeAsync();
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A new folder of its own, which is removed at the end.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>A Python with nothing in it but pip; its path.</summary>
    public async Task<string> CleanPythonAsync()
    {
        var folder = NewFolder();
        await RunAsync(folder, "python3", "-m", "venv", folder);
        return Path.Combine(folder, "bin", "python");
    }

    /// <summary>Runs a program that must end well, where no package index can be reached.</summary>
    public static async Task<string> RunAsync(string workingDirectory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = workingDirectory, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var proxy in new[] { "http_proxy", "https_proxy", "all_proxy" }) start.Environment[proxy] = start.Environment[proxy.ToUpperInvariant()] = "http://127.0.0.1:1";
        start.Environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/simple";
        start.Environment["PIP_CONFIG_FILE"] = "/dev/null";
        start.Environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1";
        start.Environment["PIP_NO_INDEX"] = "1";
        start.Environment.Remove("PYTHONPATH");
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        var all = $"{await said}\n{await complained}";
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{all}");
        return all;
    }

    public async Task<HttpResponseMessage> ImportAsync(string workspace, byte[] archive, HttpClient? client = null, string type = "application/zip")
    {
        using var content = new ByteArrayContent(archive) { Headers = { ContentType = new(type) } };
        return await (client ?? Admin).PostAsync(new Uri($"/workspaces/{workspace}/skills/import", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    /// <summary>Imports an archive of one skill; its candidate.</summary>
    public async Task<Guid> ImportOneAsync(string workspace, byte[] archive)
    {
        var answer = await ImportAsync(workspace, archive);
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return Assert.Single((await JsonAsync(answer)).GetProperty("skills").EnumerateArray()).GetProperty("candidate_id").GetGuid();
    }

    /// <summary>The candidate once the sandbox has looked at it.</summary>
    public async Task<SkillCandidate> ExaminedAsync(string workspace, Guid id) => await Eventually.GetAsync("the candidate to be examined", () =>
        InStoreAsync(workspace, async s => await s.LoadAsync<SkillCandidate>(id) is { Status: not (CandidateStatus.Generating or CandidateStatus.Proposed) } candidate ? candidate : null));

    public Task<HttpResponseMessage> GetAsync(string path) => Admin.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> DecideAsync(string workspace, Guid id, string decision, string? reason = null)
    {
        var seen = await GetAsync($"/workspaces/{workspace}/candidates/{id}");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{id}/{decision}")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { reason }), new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.IfMatch.Add(seen.Headers.ETag!);
        return await Admin.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
}

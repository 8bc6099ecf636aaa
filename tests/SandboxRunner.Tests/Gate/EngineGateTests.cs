using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Gate;
using Docker.DotNet;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace AutoDev.SandboxRunner.Tests.Gate;

/// <summary>The gate before the real engine.</summary>
public sealed class EngineGateTests(Sandbox sandbox) : IAsyncLifetime
{
    static readonly JsonSerializerOptions AsSent = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    // A socket's path may have about a hundred characters.
    readonly string _folder = Directory.CreateDirectory($"/tmp/gate-{Guid.NewGuid():n}"[..24]).FullName;
    WebApplication _gate = null!;
    DockerClient _docker = null!;
    HttpClient _caller = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    string Socket => Path.Combine(_folder, "docker.sock");

    public async ValueTask InitializeAsync()
    {
        _gate = EngineGate.Build([$"--Gate:Socket={Socket}"]);
        await _gate.StartAsync(Cancellation);
        _docker = SandboxRunnerModule.Connect(new SandboxOptions { Endpoint = $"unix://{Socket}" }, new ConfigurationBuilder().Build());
        _caller = Caller(Socket);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        _docker.Dispose();
        await _gate.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_sandbox_works_through_it_from_the_proof_of_the_limits_to_the_last_removal()
    {
        var (engine, pool) = sandbox.PoolAndEngineWith(Sandbox.Settings(), _docker);
        var answer = await sandbox.Run("def f(text):\n    return text.upper()", ["""{"text":"a"}""", """{"text":"b"}"""], engine: engine);
        Assert.Equal(["\"A\"", "\"B\""], answer.Results.Select(r => r.ValueJson));

        // In the same container, whose limits the engine then changes.
        Assert.Equal("3", (await sandbox.Run("def f():\n    return 3", limits: new() { MemoryMb = 64, Pids = 16, Cpus = 0.7 }, engine: engine)).Results[0].ValueJson);
        Assert.Equal("timeout", (await sandbox.Run("def f():\n    while True: pass", limits: new() { TimeoutSeconds = 1 }, engine: engine)).Results[0].Ended);

        await pool.DisposeAsync();
        engine.Dispose();
        Assert.Empty(await _docker.Containers.ListContainersAsync(SandboxPool.ListOf($"{HardenedContainer.InstanceLabel}={pool.Instance}", all: true), Cancellation));
    }

    [Theory]
    [InlineData("HostConfig.Privileged", """{"Privileged":true}""")]
    [InlineData("HostConfig.Binds", """{"Binds":["/:/host"]}""")]
    [InlineData("HostConfig.NetworkMode", """{"NetworkMode":"host"}""")]
    public async Task A_container_with_more_rights_is_not_made_and_the_answer_names_the_field(string field, string more)
    {
        var user = 300_000_000 + Random.Shared.Next(1_000_000);
        var described = HardenedContainer.Describe(Sandbox.Settings(), new(64, 1, 16), user, Guid.NewGuid().ToString("n"), DateTimeOffset.UtcNow.AddMinutes(1));
        var body = JsonSerializer.SerializeToNode(described, AsSent)!;
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject()) body["HostConfig"]![name] = value!.DeepClone();

        using var answer = await _caller.PostAsJsonAsync(At($"containers/create?name={HardenedContainer.NameOf(user)}"), body, Cancellation);

        await AssertRefusedAsync(answer, field);
        await Assert.ThrowsAsync<DockerContainerNotFoundException>(() => sandbox.Docker.Containers.InspectContainerAsync(HardenedContainer.NameOf(user), Cancellation));
    }

    [Fact]
    public async Task A_container_of_somebody_else_is_neither_shown_nor_started_nor_attached_nor_removed()
    {
        var others = (await sandbox.Docker.Containers.CreateContainerAsync(new() { Image = Sandbox.Settings().Image, Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["of"] = "somebody else" } }, Cancellation)).ID;
        try
        {
            foreach (var (method, what) in new[] { ("GET", "/json"), ("POST", "/start"), ("POST", "/attach?stream=1"), ("DELETE", "?force=1") })
            {
                using var request = new HttpRequestMessage(new(method), At($"containers/{others}{what}"));
                using var answer = await _caller.SendAsync(request, Cancellation);
                await AssertRefusedAsync(answer, "container");
            }

            Assert.Equal("created", (await sandbox.Docker.Containers.InspectContainerAsync(others, Cancellation)).State?.Status);
        }
        finally
        {
            await sandbox.Docker.Containers.RemoveContainerAsync(others, new() { Force = true }, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("POST", "build", "call")]
    [InlineData("POST", "images/create?fromImage=alpine", "call")]
    [InlineData("GET", "containers/json?all=1", "filters")]
    [InlineData("GET", "containers%2Fjson", "call")]
    [InlineData("GET", "version", "call")]
    public async Task Nothing_else_reaches_the_engine(string method, string target, string field)
    {
        using var request = new HttpRequestMessage(new(method), At(target));
        using var answer = await _caller.SendAsync(request, Cancellation);
        await AssertRefusedAsync(answer, field);
    }

    [Fact]
    public async Task Of_the_host_no_more_is_shown_than_whether_its_engine_holds_the_limits()
    {
        var shown = JsonNode.Parse(await _caller.GetStringAsync(At("info"), Cancellation))!.AsObject();
        Assert.Equal(["CpuCfsQuota", "MemoryLimit", "NCPU", "PidsLimit", "Runtimes", "SecurityOptions"], shown.Select(f => f.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_its_own_user_and_group_can_reach_it_and_it_says_whether_the_engine_answers()
    {
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(Socket));
        Assert.Equal(HttpStatusCode.OK, (await _caller.GetAsync(At("health/ready"), Cancellation)).StatusCode);

        var away = Path.Combine(_folder, "away.sock");
        await using var gate = EngineGate.Build([$"--Gate:Socket={away}", $"--DOCKER_HOST=unix://{_folder}/none.sock"]);
        await gate.StartAsync(Cancellation);
        using var caller = Caller(away);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await caller.GetAsync(At("health/ready"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await caller.GetAsync(At("info"), Cancellation)).StatusCode);
    }

    static async Task AssertRefusedAsync(HttpResponseMessage answer, string field)
    {
        Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(field, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("field").GetString());
    }

    static Uri At(string target) => new(target, UriKind.Relative);

    static HttpClient Caller(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await line.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(line, ownsSocket: true);
        },
    })
    {
        BaseAddress = new("http://gate/"),
    };
}

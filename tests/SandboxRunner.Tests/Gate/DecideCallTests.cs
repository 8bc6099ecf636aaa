using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Gate;

namespace AutoDev.SandboxRunner.Tests.Gate;

/// <summary>What reaches the engine, and what the gate says of the rest.</summary>
public sealed class DecideCallTests
{
    const int User = 200_017;
    static readonly SandboxOptions Options = new();
    static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);
    static readonly string Id = new('a', 64);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"MemoryMb":64,"Cpus":0.3,"Pids":16}""")]
    [InlineData("""{"MemoryMb":1024,"Cpus":1.7,"Pids":256}""")]
    public void A_sandbox_of_any_allowed_limits_is_made_as_it_is_described(string asked)
    {
        var limits = RunLimits.Of(JsonSerializer.Deserialize<Contracts.SandboxRunner.SandboxLimits>(asked), Options).Container;
        var body = Body(limits);
        var call = Create(body);

        Assert.Equal((HttpMethod.Post, $"/containers/create?name=autodev-sandbox-{User}"), (call.Method, call.Target));
        Assert.True(JsonNode.DeepEquals(body, call.Body));
        Assert.NotSame(body, call.Body);
        Assert.NotNull(Decide("POST", $"/containers/{Id}/update", JsonSerializer.SerializeToNode(HardenedContainer.Limit(limits), AsSent)).Body);
    }

    [Fact]
    public void The_probe_of_the_limits_is_let_through_even_where_runs_may_have_less()
    {
        var options = new SandboxOptions { MemoryMb = 32, MaxMemoryMb = 32, Cpus = 0.5, MaxCpus = 0.5, Pids = 8, MaxPids = 8 };
        var probe = HardenedContainer.Describe(options, EngineCheck.LimitsOfProbe(options), User, Guid.Empty.ToString("n"), Now);
        Assert.NotNull(DecideCall.Decide(Asked("POST", "/containers/create", JsonSerializer.SerializeToNode(probe, AsSent), ("name", $"autodev-sandbox-{User}")), options, Now));
    }

    [Theory]
    [InlineData("HostConfig.Privileged", "true")]
    [InlineData("HostConfig.NetworkMode", "\"host\"")]
    [InlineData("HostConfig.Binds", """["/:/host"]""")]
    [InlineData("HostConfig.Mounts", """[{"Type":"bind","Source":"/","Target":"/host"}]""")]
    [InlineData("HostConfig.VolumesFrom", """["postgres"]""")]
    [InlineData("HostConfig.Devices", """[{"PathOnHost":"/dev/sda"}]""")]
    [InlineData("HostConfig.CapAdd", """["SYS_ADMIN"]""")]
    [InlineData("HostConfig.CapDrop", "[]")]
    [InlineData("HostConfig.CapDrop", """["ALL","ALL"]""")]
    [InlineData("HostConfig.SecurityOpt", """["seccomp=unconfined"]""")]
    [InlineData("HostConfig.SecurityOpt", """["no-new-privileges"]""")]
    [InlineData("HostConfig.PidMode", "\"host\"")]
    [InlineData("HostConfig.IpcMode", "\"host\"")]
    [InlineData("HostConfig.UsernsMode", "\"host\"")]
    [InlineData("HostConfig.CgroupParent", "\"/\"")]
    [InlineData("HostConfig.Runtime", "\"other\"")]
    [InlineData("HostConfig.ReadonlyRootfs", "false")]
    [InlineData("HostConfig.Tmpfs./tmp", "\"rw,exec\"")]
    [InlineData("HostConfig.Tmpfs./etc", "\"rw\"")]
    [InlineData("HostConfig.LogConfig.Type", "\"syslog\"")]
    [InlineData("HostConfig.RestartPolicy", """{"Name":"always"}""")]
    [InlineData("HostConfig.OomScoreAdj", "-1000")]
    [InlineData("HostConfig.Memory", "0")]
    [InlineData("HostConfig.Memory", "268435457")]
    [InlineData("HostConfig.Memory", "1099511627776")]
    [InlineData("HostConfig.MemorySwap", "-1")]
    [InlineData("HostConfig.NanoCpus", "0")]
    [InlineData("HostConfig.PidsLimit", "-1")]
    [InlineData("HostConfig.PidsLimit", "\"64\"")]
    [InlineData("HostConfig.Invented", "1")]
    [InlineData("HostConfig.privileged", "true")]
    [InlineData("HostConfig", "null", "HostConfig.Memory")]
    [InlineData("HostConfig", "[]", "HostConfig.Memory")]
    [InlineData("User", "\"0:0\"")]
    [InlineData("User", "\"200017:0\"")]
    [InlineData("User", "\"200018:200018\"", "Name")]
    [InlineData("User", "\"root\"")]
    [InlineData("User", "\"199999:199999\"")]
    [InlineData("User", "\"4294967296:4294967296\"")]
    [InlineData("Image", "\"alpine\"")]
    [InlineData("Entrypoint", """["/bin/sh"]""")]
    [InlineData("Cmd", """["sh"]""")]
    [InlineData("Env", """["LD_PRELOAD=/tmp/x.so"]""")]
    [InlineData("Volumes", """{"/var":{}}""")]
    [InlineData("NetworkDisabled", "false")]
    [InlineData("NetworkingConfig", """{"EndpointsConfig":{"bridge":{}}}""")]
    [InlineData("ExposedPorts", """{"80/tcp":{}}""")]
    [InlineData("Labels.autodev.sandbox.expires", "\"99999999999\"")]
    [InlineData("Labels.autodev.sandbox.expires", "\"-1\"")]
    [InlineData("Labels.autodev.sandbox.instance", "\"a b\"")]
    [InlineData("Labels.com.docker.compose.project", "\"autodev\"")]
    [InlineData("Labels", "[]", "Labels.autodev.sandbox.instance")]
    public void A_container_that_is_no_sandbox_is_refused_by_the_name_of_the_field(string field, string value, string? named = null)
    {
        var body = Body(RunLimits.Of(null, Options).Container);
        var (owner, name) = Owner(body, field);
        owner[name] = JsonNode.Parse(value);
        Assert.Equal(named ?? field, Assert.Throws<RefusedException>(() => Create(body)).Field);
    }

    [Fact]
    public void A_container_of_which_anything_is_left_open_is_refused_by_the_name_of_the_field()
    {
        var whole = Body(RunLimits.Of(null, Options).Container);
        foreach (var (field, _) in whole.ToList().Concat(whole["HostConfig"]!.AsObject().Select(f => KeyValuePair.Create("HostConfig." + f.Key, f.Value))))
        {
            var body = whole.DeepClone().AsObject();
            var (owner, name) = Owner(body, field);
            owner.Remove(name);
            Assert.StartsWith(field, Assert.Throws<RefusedException>(() => Create(body)).Field, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST", "/containers/create?name=postgres", "User")]
    [InlineData("POST", "/containers/ID/exec", "call")]
    [InlineData("POST", "/exec/ID/start", "call")]
    [InlineData("POST", "/containers/ID/kill", "call")]
    [InlineData("POST", "/containers/ID/rename?name=x", "call")]
    [InlineData("GET", "/containers/ID/archive?path=/", "call")]
    [InlineData("PUT", "/containers/ID/archive?path=/", "call")]
    [InlineData("POST", "/build", "call")]
    [InlineData("POST", "/commit?container=ID", "call")]
    [InlineData("POST", "/images/create?fromImage=alpine", "call")]
    [InlineData("POST", "/images/load", "call")]
    [InlineData("DELETE", "/images/autodev-sandbox:latest", "call")]
    [InlineData("POST", "/volumes/create", "call")]
    [InlineData("POST", "/networks/create", "call")]
    [InlineData("POST", "/plugins/pull", "call")]
    [InlineData("POST", "/swarm/init", "call")]
    [InlineData("POST", "/session", "call")]
    [InlineData("GET", "/events", "call")]
    [InlineData("GET", "/secrets", "call")]
    [InlineData("GET", "/version", "call")]
    [InlineData("GET", "//info", "call")]
    [InlineData("GET", "/v1.41/v1.41/info", "call")]
    [InlineData("GET", "/v2.0/info", "call")]
    [InlineData("get", "/info", "call")]
    [InlineData("GET", "", "call")]
    [InlineData("GET", "/info?verbose=1", "verbose")]
    [InlineData("GET", "/images/postgres:16/json", "Image")]
    [InlineData("GET", "/images/../containers/ID/json", "Image")]
    [InlineData("GET", "/containers/json", "filters")]
    [InlineData("GET", "/containers/json?all=1", "filters")]
    [InlineData("GET", """/containers/json?filters={"label":{"com.docker.compose.project":true}}""", "filters")]
    [InlineData("GET", """/containers/json?filters={"label":{"autodev.sandbox.expires":true},"status":{"running":true}}""", "filters")]
    [InlineData("GET", """/containers/json?filters={"label":{"autodev.sandbox.expires":false}}""", "filters")]
    [InlineData("GET", "/containers/json?size=1", "size")]
    [InlineData("GET", "/containers/postgres/json", "container")]
    [InlineData("GET", "/containers/aaaa/json", "container")]
    [InlineData("GET", "/containers/ID/json?size=1", "size")]
    [InlineData("POST", "/containers/autodev-sandbox-200017/start", "container")]
    [InlineData("POST", "/containers/ID/start?checkpoint=x", "checkpoint")]
    [InlineData("POST", "/containers/ID/attach?logs=1", "logs")]
    [InlineData("DELETE", "/containers/ID?force=1&v=1", "v")]
    [InlineData("DELETE", "/containers/ID/../postgres?force=1", "call")]
    public void A_call_that_the_sandbox_does_not_make_is_refused(string method, string target, string field)
    {
        var parts = target.Replace("ID", Id, StringComparison.Ordinal).Split('?');
        var query = parts.Length < 2 ? [] : parts[1].Split('&').Select(p => p.Split('=', 2)).Select(p => (p[0], p[1])).ToArray();
        Assert.Equal(field, Assert.Throws<RefusedException>(() => DecideCall.Decide(Asked(method, parts[0], null, query), Options, Now)).Field);
    }

    [Theory]
    [InlineData("Memory", "0")]
    [InlineData("MemorySwap", "-1")]
    [InlineData("PidsLimit", "0")]
    [InlineData("CpusetCpus", "\"0\"")]
    [InlineData("RestartPolicy", """{"Name":"always"}""")]
    [InlineData("Devices", """[{"PathOnHost":"/dev/sda"}]""")]
    public void A_sandbox_is_given_no_other_limits_than_a_run_may_have(string field, string value)
    {
        var body = JsonSerializer.SerializeToNode(HardenedContainer.Limit(RunLimits.Of(null, Options).Container), AsSent)!;
        body[field] = JsonNode.Parse(value);
        Assert.Equal(field, Assert.Throws<RefusedException>(() => Decide("POST", $"/containers/{Id}/update", body)).Field);
    }

    [Fact]
    public void A_start_brings_no_settings_along() =>
        Assert.Equal("body", Assert.Throws<RefusedException>(() => Decide("POST", $"/containers/{Id}/start", new JsonObject { ["Privileged"] = true })).Field);

    [Theory]
    [InlineData("GET", "/_ping", "/_ping")]
    [InlineData("GET", "/v1.41/info", "/v1.41/info")]
    [InlineData("GET", "/images/autodev-sandbox:latest/json", "/images/autodev-sandbox:latest/json")]
    public void What_the_sandbox_asks_of_the_engine_itself_is_passed_on(string method, string path, string target) => Assert.Equal(target, Decide(method, path, null).Target);

    static readonly JsonSerializerOptions AsSent = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    static JsonObject Body(ContainerLimits limits) =>
        JsonSerializer.SerializeToNode(HardenedContainer.Describe(Options, limits, User, Guid.Empty.ToString("n"), Now.AddSeconds(Options.ContainerSeconds)), AsSent)!.AsObject();

    // The labels' names have dots of their own.
    static (JsonObject Owner, string Name) Owner(JsonObject body, string field) => field.Split('.', field.StartsWith("Labels", StringComparison.Ordinal) ? 2 : 3) switch
    {
        [var name] => (body, name),
        [var owner, var name] => (body[owner]!.AsObject(), name),
        var path => (body[path[0]]![path[1]]!.AsObject(), path[2]),
    };

    static EngineCall Create(JsonNode body) => DecideCall.Decide(Asked("POST", "/containers/create", body, ("name", $"autodev-sandbox-{User}")), Options, Now);

    static EngineCall Decide(string method, string path, JsonNode? body) => DecideCall.Decide(Asked(method, path, body), Options, Now);

    static AskedCall Asked(string method, string path, JsonNode? body, params (string Name, string Value)[] query) =>
        new(method, path, query.ToDictionary(q => q.Name, q => q.Value, StringComparer.Ordinal), body);
}

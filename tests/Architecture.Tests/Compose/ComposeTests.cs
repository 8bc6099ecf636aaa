using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;
using Xunit;

namespace AutoDev.Architecture.Tests.Compose;

/// <summary>What docker-compose.yml promises, without an engine; `deploy/autodev compose-check` brings it up.</summary>
public sealed partial class ComposeTests
{
    static readonly YamlMappingNode File = Read("docker-compose.yml");
    static readonly YamlMappingNode Services = (YamlMappingNode)File["services"];
    static readonly string Dockerfile = System.IO.File.ReadAllText(Path.Combine(Sources.Root, "services/Dockerfile"));

    // It makes an image and ends.
    const string Once = "sandbox-image";

    public static TheoryData<string> Names => [.. Services.Children.Keys.Select(Text).Where(name => name != Once)];

    static IEnumerable<string> Words => Sources.Services.Select(s => s.ToLowerInvariant());

    [Fact]
    public void Everything_is_in_it()
    {
        Assert.Equal([.. Words.Append("engine-gate").Append("rabbitmq").Append("postgres").Append("jaeger").Append(Once).Order(StringComparer.Ordinal)], Services.Children.Keys.Select(Text).Order(StringComparer.Ordinal));
        Assert.False(File.Children.ContainsKey("version") || File.Children.ContainsKey("name")); // 1.29 and the plugin read no file in common that has them
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_says_whether_it_is_well_has_limits_and_starts_again(string name)
    {
        var service = Services[name];
        Assert.Equal("unless-stopped", Text(service["restart"]));
        Assert.Equal("no-new-privileges:true", Text(Assert.Single((YamlSequenceNode)service["security_opt"])));
        Assert.All(new[] { "cpus", "mem_limit", "pids_limit", "logging" }, limit => Assert.True(Has(service, limit), $"{name} has no {limit}"));
        Assert.True(Has(service, "healthcheck") || (IsOurs(service) && Dockerfile.Contains("\nHEALTHCHECK ", StringComparison.Ordinal)), $"{name} has no health check");
        Assert.All(new[] { "privileged", "cap_add", "devices", "pid", "ipc", "userns_mode" }, right => Assert.False(Has(service, right), $"{name} has {right}"));
    }

    [Fact]
    public void Services_are_no_root_and_write_nowhere_and_the_broker_alone_may_write_its_own_system()
    {
        Assert.All(Words, word => Assert.Equal("${AUTODEV_UID:-1654}:1654", Text(Services[word]["user"])));
        Assert.Contains("\nUSER 1654", Dockerfile, StringComparison.Ordinal);
        Assert.Equal(["rabbitmq"], Services.Where(s => !Has(s.Value, "read_only") || Text(s.Value["read_only"]) != "true").Select(s => Text(s.Key)));
        Assert.Equal(["postgres", "rabbitmq"], Services.Where(s => !Has(s.Value, "cap_drop")).Select(s => Text(s.Key)).Order(StringComparer.Ordinal)); // they become another user
    }

    [Fact]
    public void Only_the_console_can_be_reached_and_from_this_machine_unless_told_otherwise()
    {
        Assert.Equal(["console"], Services.Where(s => Has(s.Value, "ports")).Select(s => Text(s.Key)));
        Assert.StartsWith("${AUTODEV_ADDRESS:-127.0.0.1}:", Text(Assert.Single((YamlSequenceNode)Services["console"]["ports"])), StringComparison.Ordinal);
        Assert.Equal("true", Text(File["networks"]["inner"]["internal"]));
        Assert.Equal(["console", "evolver", "governance", "memento"], Services.Where(s => List(s.Value, "networks").Contains("outside")).Select(s => Text(s.Key)).Order(StringComparer.Ordinal));
        Assert.All(((YamlMappingNode)Read("deploy/compose/open.yml")["services"]).Children.Values, opened => Assert.All(List(opened, "ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_engines_socket_is_the_gates_alone_and_the_gate_has_no_network()
    {
        Assert.Equal(["engine-gate"], Services.Where(s => List(s.Value, "volumes").Any(v => v.Contains("docker.sock", StringComparison.Ordinal))).Select(s => Text(s.Key)));
        Assert.Equal(["engine-gate", "sandboxrunner"], Services.Where(s => List(s.Value, "volumes").Any(v => v.StartsWith("engine-gate:", StringComparison.Ordinal))).Select(s => Text(s.Key)).Order(StringComparer.Ordinal));
        Assert.Equal("none", Text(Services["engine-gate"]["network_mode"]));
        Assert.Equal("engine-gate", Assert.Single(List(Services["engine-gate"], "command")));
        Assert.Equal("unix:///run/engine-gate/docker.sock", Text(Services["sandboxrunner"]["environment"]["DOCKER_HOST"]));
    }

    [Fact]
    public void The_gate_and_the_service_mean_the_same_by_a_sandbox() => Assert.Equal(SandboxOf("sandboxrunner"), SandboxOf("engine-gate"));

    [Fact]
    public void Secrets_are_files_and_each_service_has_its_own_only()
    {
        foreach (var (key, service) in Services)
        {
            var name = Text(key);
            if (Has(service, "environment"))
            {
                Assert.All(((YamlMappingNode)service["environment"]).Where(setting => !Text(setting.Key).EndsWith("_FILE", StringComparison.Ordinal)), setting =>
                {
                    Assert.DoesNotMatch(Secret(), Text(setting.Key));
                    Assert.DoesNotMatch(Secret(), Text(setting.Value));
                });
            }

            Assert.All(List(service, "volumes").Where(v => v.Contains("/secrets", StringComparison.Ordinal)), v =>
            {
                Assert.StartsWith($"./deploy/compose/secrets/{name}", v, StringComparison.Ordinal);
                Assert.EndsWith(":ro", v, StringComparison.Ordinal);
            });
        }

        Assert.All(Words, word => Assert.Contains($"./deploy/compose/secrets/{word}:/run/secrets:ro", List(Services[word], "volumes")));
        Assert.Contains("deploy/compose/secrets/\n", System.IO.File.ReadAllText(Path.Combine(Sources.Root, ".gitignore")), StringComparison.Ordinal);
    }

    [Fact]
    public void Services_find_one_another_and_are_built_by_their_names()
    {
        Assert.All(Sources.Services, service =>
        {
            var word = service.ToLowerInvariant();
            Assert.Equal(service, Text(Services[word]["build"]["args"]["SERVICE"]));
            Assert.Contains($" {service}", Dockerfile.Replace("\"", " ", StringComparison.Ordinal), StringComparison.Ordinal);
            if (service == "Console") return;
            Assert.All(Words, other => Assert.Equal($"http://{word}:8080", Text(Services[other]["environment"]["Services__" + word])));
        });
    }

    static bool IsOurs(YamlNode service) => Text(service["image"]).StartsWith("autodev/", StringComparison.Ordinal);

    static IEnumerable<KeyValuePair<string, string>> SandboxOf(string service) =>
        from setting in (YamlMappingNode)Services[service]["environment"]
        let name = Text(setting.Key)
        where name.StartsWith("Sandbox__", StringComparison.Ordinal)
        orderby name
        select KeyValuePair.Create(name, Text(setting.Value));

    static bool Has(YamlNode node, string key) => ((YamlMappingNode)node).Children.ContainsKey(key);

    static List<string> List(YamlNode node, string key) => Has(node, key) ? [.. ((YamlSequenceNode)node[key]).Select(Text)] : [];

    static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    static YamlMappingNode Read(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(System.IO.File.ReadAllText(Path.Combine(Sources.Root, file))));
        return (YamlMappingNode)Merged(stream.Documents[0].RootNode);
    }

    /// <summary>With what <c>&lt;&lt;</c> brings along, where the mapping does not say otherwise.</summary>
    static YamlNode Merged(YamlNode node)
    {
        if (node is YamlSequenceNode items) return new YamlSequenceNode(items.Select(Merged));
        if (node is not YamlMappingNode fields) return node;
        var merged = new YamlMappingNode(fields.Where(f => Text(f.Key) != "<<").Select(f => KeyValuePair.Create(f.Key, Merged(f.Value))));
        if (!Has(fields, "<<")) return merged;
        foreach (var brought in (fields["<<"] is YamlSequenceNode several ? several.Children : [fields["<<"]]).Select(Merged).Cast<YamlMappingNode>().SelectMany(f => f.Children))
        {
            if (!Has(merged, Text(brought.Key))) merged.Add(brought.Key, brought.Value);
        }

        return merged;
    }

    [GeneratedRegex("password|adminkey|secret|amqps?://|Password=", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();
}

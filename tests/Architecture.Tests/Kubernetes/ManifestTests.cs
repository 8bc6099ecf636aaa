using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Security;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace AutoDev.Architecture.Tests.Kubernetes;

/// <summary>deploy/kubernetes fits the cluster's API, and what it says of the services is true.</summary>
public sealed partial class ManifestTests
{
    const int Port = 8443;

    // Settings of the platform, which no source of the services names.
    static readonly string[] OfThePlatform =
        ["ASPNETCORE_URLS", "Kestrel__Certificates__Default__Path", "Kestrel__Certificates__Default__KeyPath", "SSL_CERT_DIR", "DOTNET_EnableDiagnostics"];

    public static TheoryData<string> Overlays => ["small", "production"];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void The_rendering_is_of_the_sources_that_are_here(string overlay) => Assert.True(
        Manifests.Of(overlay).Header.EndsWith(Manifests.HashOfSources(), StringComparison.Ordinal), "deploy/kubernetes has changed: run deploy/kubernetes/render");

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_field_is_one_that_the_api_knows(string overlay) => Assert.Equal(7, Manifests.Of(overlay).OfTheApi().OfType<V1Deployment>().Count());

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_service_has_a_deployment_an_address_a_certificate_and_a_disruption_budget(string overlay)
    {
        var manifests = Manifests.Of(overlay);
        var words = Sources.Services.Select(s => s.ToLowerInvariant()).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(words, manifests.All<V1Deployment>().Select(d => d.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.Equal(words, manifests.All<V1Service>().Select(s => s.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.Equal(words, manifests.All<V1PodDisruptionBudget>().Select(b => b.Metadata.Name).Order(StringComparer.Ordinal));
        var certificates = manifests.All("Certificate").ToDictionary(Manifests.NameOf, StringComparer.Ordinal);
        foreach (var service in manifests.All<V1Service>())
        {
            var name = $"{service.Metadata.Name}.{service.Metadata.NamespaceProperty}.svc";
            Assert.Contains(name, certificates[$"{service.Metadata.NamespaceProperty}/{service.Metadata.Name}"]["spec"]!["dnsNames"]!.AsArray().Select(n => (string)n!));
            Assert.Equal(Port, Assert.Single(service.Spec.Ports).Port);
            if (service.Metadata.Name == "console") continue;
            var settings = manifests.All<V1ConfigMap>().First(c => c.Metadata.Name.StartsWith("settings-", StringComparison.Ordinal)).Data;
            Assert.Equal($"https://{name}:{Port}", settings["Services__" + service.Metadata.Name]);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_container_is_confined_and_every_service_is_probed_where_it_answers(string overlay)
    {
        var mapped = File.ReadAllText(Path.Combine(Sources.Root, "services/ServiceDefaults/Service.cs"));
        foreach (var deployment in Manifests.Of(overlay).All<V1Deployment>())
        {
            var pod = deployment.Spec.Template.Spec;
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.False(pod.AutomountServiceAccountToken);
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Privileged);
                Assert.True(container.Resources.Requests.ContainsKey("cpu") && container.Resources.Requests.ContainsKey("memory") && container.Resources.Limits.ContainsKey("memory"));
            }

            var service = Assert.Single(pod.Containers);
            Assert.Equal(Port, Assert.Single(service.Ports).ContainerPort);
            Assert.All([service.StartupProbe, service.LivenessProbe], probe => Assert.Equal("/health/live", probe.HttpGet.Path));
            Assert.Equal("/health/ready", service.ReadinessProbe.HttpGet.Path);
            Assert.All([service.StartupProbe, service.LivenessProbe, service.ReadinessProbe], probe =>
            {
                Assert.Contains($"MapHealthChecks(\"{probe.HttpGet.Path}\"", mapped, StringComparison.Ordinal);
                Assert.Equal(("HTTPS", service.Ports[0].Name), (probe.HttpGet.Scheme, (string)probe.HttpGet.Port));
            });

            // The engine's socket is the host's, and nothing else is.
            var ofTheHost = pod.Volumes.Where(v => v.HostPath is not null).Select(v => v.HostPath.Path);
            Assert.Equal(deployment.Metadata.Name == "sandboxrunner" ? ["/run/autodev-sandbox"] : [], ofTheHost);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_setting_is_one_that_is_read(string overlay)
    {
        var manifests = Manifests.Of(overlay);
        var sources = string.Concat(Sources.CSharp("services").Select(File.ReadAllText));
        var sandbox = Sources.Load("SandboxRunner").GetType("AutoDev.SandboxRunner.Engine.SandboxOptions")!.GetProperties().Select(p => "Sandbox__" + p.Name);
        var known = Sources.Services.Select(s => "Services__" + s.ToLowerInvariant()).Concat(sandbox).Concat(OfThePlatform)
            .Concat(new[] { "rabbitmq", "postgres" }.Where(n => sources.Contains($"GetConnectionString(\"{n}\")", StringComparison.Ordinal)).Select(n => "ConnectionStrings__" + n))
            .Concat(new[] { "DOCKER_HOST", "OTEL_EXPORTER_OTLP_ENDPOINT", "Proxies", "Security:AdminKeySha256" }.Where(n => sources.Contains($"onfiguration[\"{n}\"]", StringComparison.Ordinal)).Select(n => n.Replace(":", "__", StringComparison.Ordinal)))
            .ToHashSet(StringComparer.Ordinal);
        var environment = manifests.All<V1Deployment>().SelectMany(d => d.Spec.Template.Spec.Containers).SelectMany(c => c.Env).Select(e => e.Name).Where(name => !name.EndsWith("_PASSWORD", StringComparison.Ordinal));
        var maps = manifests.All<V1ConfigMap>().SelectMany(m => m.Data.Keys);
        var secrets = Manifests.Secrets().All<V1Secret>().Where(s => s.Metadata.Name == "admin-key").SelectMany(s => s.StringData.Keys);
        Assert.Equal([], environment.Concat(maps).Concat(secrets).Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_keys_of_people_reach_the_Console_whole_and_the_services_the_public_ones()
    {
        var secrets = Manifests.Secrets().All<V1Secret>().ToLookup(s => s.Metadata.Name, s => s.StringData, StringComparer.Ordinal);
        var signIn = secrets["sign-in"].Single();
        Assert.Equal(Manifests.ClientSecret, signIn["SignIn__ClientSecret"]);
        var token = PersonTokens.Make(Access.ToCaller("id", "ada", [new(Roles.Viewer, null)], "test"), PersonTokens.KeyOf(signIn["SignIn__PersonKey"], "test"), DateTimeOffset.UtcNow);
        Assert.Equal(2, secrets["person-keys"].Count());
        foreach (var given in secrets["person-keys"])
        {
            var settings = new ConfigurationBuilder().AddInMemoryCollection(given.Select(s => KeyValuePair.Create(s.Key.Replace("__", ":", StringComparison.Ordinal), (string?)s.Value))).Build();
            Assert.NotNull(await new PersonTokens(settings, TimeProvider.System).ReadAsync(token, "test"));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_service_uses_its_own_accounts_which_the_broker_and_the_database_make(string overlay)
    {
        var manifests = Manifests.Of(overlay);
        var roles = manifests.All("Cluster").Single()["spec"]!["managed"]!["roles"]!.AsArray().ToDictionary(r => (string)r!["name"]!, r => (string)r!["passwordSecret"]!["name"]!, StringComparer.Ordinal);
        var databases = manifests.All("Database").ToDictionary(d => (string)d["spec"]!["owner"]!, d => (string)d["spec"]!["name"]!, StringComparer.Ordinal);
        var users = manifests.All("User").ToDictionary(u => (string)u["metadata"]!["name"]!, u => (string)u["spec"]!["importCredentialsSecret"]!["name"]!, StringComparer.Ordinal);
        var permitted = manifests.All("Permission").ToDictionary(p => (string)p["spec"]!["userReference"]!["name"]!, p => p["spec"]!["permissions"]!, StringComparer.Ordinal);
        foreach (var deployment in manifests.All<V1Deployment>())
        {
            var word = deployment.Metadata.Name;
            Assert.Equal(($"{word}-postgres", $"autodev_{word}", $"{word}-rabbitmq"), (roles[word], databases[word], users[word]));
            var environment = deployment.Spec.Template.Spec.Containers[0].Env.ToList();
            string Of(string name) => environment.Single(e => e.Name == name).Value;
            Assert.StartsWith($"amqps://{word}:$(BROKER_PASSWORD)@rabbitmq.autodev.svc:5671/autodev", Of("ConnectionStrings__rabbitmq"), StringComparison.Ordinal);
            Assert.StartsWith($"Host=postgres-rw.autodev.svc;Username={word};Password=$(DATABASE_PASSWORD);SSL Mode=VerifyFull", Of("ConnectionStrings__postgres"), StringComparison.Ordinal);

            // The kubelet fills in only what stands before.
            for (var i = 0; i < environment.Count; i++)
                Assert.All(Reference().Matches(environment[i].Value ?? ""), used => Assert.Contains(environment[..i], e => e.Name == used.Groups["name"].Value));
        }

        // The same that every other installation gives, and that the tests of the services run under.
        var definitions = JsonNode.Parse(File.ReadAllText(Path.Combine(Sources.Root, "deploy/rabbitmq/definitions.json")))!["permissions"]!.AsArray().Where(p => (string)p!["user"]! != "autodev").ToList();
        Assert.Equal(definitions.Select(p => (string)p!["user"]!).Append("keda").Order(StringComparer.Ordinal), permitted.Keys.Order(StringComparer.Ordinal));
        foreach (var right in new[] { "configure", "write", "read" })
            Assert.All(definitions, account => Assert.Equal((string?)account![right], (string?)permitted[(string)account["user"]!][right]));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void No_secret_is_in_the_manifests_and_each_that_they_name_is_made(string overlay)
    {
        var manifests = Manifests.Of(overlay);
        Assert.Empty(manifests.All<V1Secret>());
        var made = Manifests.Secrets().All<V1Secret>().Select(s => (s.Metadata.NamespaceProperty, s.Metadata.Name))
            .Concat(manifests.All("Certificate").Select(c => ((string)c["metadata"]!["namespace"]!, (string)c["spec"]!["secretName"]!)))
            .ToHashSet();
        var named = manifests.All<V1Deployment>().SelectMany(d =>
        {
            var pod = d.Spec.Template.Spec;
            return pod.Containers.SelectMany(c => c.Env.Select(e => e.ValueFrom?.SecretKeyRef?.Name).Concat(c.EnvFrom.Select(e => e.SecretRef?.Name)))
                .Concat(pod.Volumes.Select(v => v.Secret?.SecretName)).Where(n => n is not null).Select(n => (d.Metadata.NamespaceProperty, n!));
        }).Concat(manifests.All("TriggerAuthentication").SelectMany(t => t["spec"]!["secretTargetRef"]!.AsArray().Select(s => ((string)t["metadata"]!["namespace"]!, (string)s!["name"]!))))
        .Concat(manifests.All("User").Select(u => ((string)u["metadata"]!["namespace"]!, (string)u["spec"]!["importCredentialsSecret"]!["name"]!)));
        Assert.Equal([], named.Except(made));
    }

    [Fact]
    public void What_is_scaled_is_there_and_scaled_by_a_queue_that_the_services_have()
    {
        var manifests = Manifests.Of("production");
        var queues = File.ReadLines(Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/wire-names.txt")).Where(l => l.StartsWith("queue", StringComparison.Ordinal)).Select(l => l[5..].Trim()).ToHashSet(StringComparer.Ordinal);
        var table = (string)Sources.Load("SandboxRunner").GetType("AutoDev.SandboxRunner.Queue.QueueTable")!.GetField("Name")!.GetRawConstantValue()!;
        foreach (var scaled in manifests.All("ScaledObject"))
        {
            var target = (string)scaled["spec"]!["scaleTargetRef"]!["name"]!;
            Assert.Null(manifests.All<V1Deployment>().Single(d => d.Metadata.Name == target && d.Metadata.NamespaceProperty == (string?)scaled["metadata"]!["namespace"]).Spec.Replicas);
            foreach (var asked in scaled["spec"]!["triggers"]!.AsArray().Select(t => t!["metadata"]!))
            {
                if (asked["queueName"] is { } queue)
                {
                    Assert.Contains((string)queue!, queues);
                    Assert.StartsWith(target + "-", (string)queue!, StringComparison.Ordinal);
                }
                else
                {
                    Assert.Equal($"select count(*) from {table}", (string?)asked["query"]);
                }
            }
        }

        // A page lives in the Console's process.
        Assert.DoesNotContain(manifests.All("ScaledObject"), s => (string?)s["metadata"]!["name"] == "console");
        Assert.Equal(6, manifests.All("ScaledObject").Count());
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Nobody_reaches_what_no_policy_opens(string overlay)
    {
        var policies = Manifests.Of(overlay).All<V1NetworkPolicy>().ToList();
        foreach (var space in new[] { "autodev", "autodev-sandbox" })
            Assert.Contains(policies, p => p.Metadata.NamespaceProperty == space && p.Spec is { PodSelector: { MatchLabels: null, MatchExpressions: null }, Ingress: null, Egress: null } && p.Spec.PolicyTypes.Count == 2);

        // From outside of the installation only to the Console; SandboxRunner to nobody but broker, database, names and traces.
        var entered = policies.Where(p => (p.Spec.Ingress ?? []).SelectMany(i => i.FromProperty).Any(f => f.NamespaceSelector?.MatchLabels?.Values.Contains("ingress-nginx") == true));
        Assert.Equal("console", Assert.Single(entered).Spec.PodSelector.MatchLabels["autodev/service"]);
        Assert.DoesNotContain(policies.SelectMany(p => p.Spec.Ingress ?? []), i => i.FromProperty is null or [] || i.Ports is null or [] || i.FromProperty.Any(f => f.IpBlock is not null));
        var sandbox = policies.Where(p => p.Metadata.NamespaceProperty == "autodev-sandbox").SelectMany(p => p.Spec.Egress ?? []);
        Assert.Equal(["4317", "4318", "53", "5432", "5671"], sandbox.SelectMany(e => e.Ports).Select(p => (string)p.Port).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

        // Whoever asks other services over HTTP in the sources may do so here, and nobody else.
        var asking = Sources.Services.Where(s => Sources.CSharp("services/" + s).Any(f => File.ReadAllText(f).Contains("ServiceAddress.Of(", StringComparison.Ordinal))).Select(s => s.ToLowerInvariant());
        Assert.Equal(asking.Order(StringComparer.Ordinal), policies.Single(p => p.Metadata.Name == "askers").Spec.PodSelector.MatchExpressions[0].Values.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\$\((?<name>\w+)\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}

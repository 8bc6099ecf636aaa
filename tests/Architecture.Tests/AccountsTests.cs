using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Messaging;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// What each service's account may do on the broker follows from what the service says and hears. deploy/rabbitmq/definitions.json states it for whoever sets up a
/// broker, so it must be neither more nor less: less stops the service, more is what an intruder in it could do.
/// </summary>
public sealed class AccountsTests
{
    [Fact]
    public void Every_account_may_do_what_its_service_says_and_hears_and_nothing_else()
    {
        var expected = string.Join("\n", Sources.Services.Order(StringComparer.Ordinal).Select(Needs).Select(Line));
        var written = Written().Where(p => p.User is not ("autodev" or "agents")).OrderBy(p => p.User, StringComparer.Ordinal).Select(Line);
        Assert.True(expected == string.Join("\n", written), $"The permissions in deploy/rabbitmq/definitions.json must be:\n{expected}");
    }

    [Fact]
    public void An_agent_may_publish_to_the_ingest_exchange_and_nothing_else() =>
        Assert.Equal(new("agents", "^$", @"^autodev\.ingest$", "^$"), Assert.Single(Written(), p => p.User == "agents"));

    /// <summary>
    /// Declaring asks for <c>configure</c>, publishing for <c>write</c>, consuming for <c>read</c>; a binding writes to where the messages go and reads from where
    /// they come.
    /// </summary>
    static Permission Needs(string service)
    {
        var word = service.ToLowerInvariant();
        string[] own = [$"{word}[-_].*", $@"AutoDev\.{service}\..*"];
        var heard = Sources.Consumers().Where(c => c.Service == service).SelectMany(c => c.Messages).Where(IsPublic).ToHashSet();
        var said = Says(service);
        var hearsAgents = Calls(service, @"IngestEndpoint<|AddBatchConsumer<") ? [Bus.IngestExchange] : Array.Empty<string>();
        var saysAsAgent = Calls(service, @"SendToIngestAsync\(") ? [Bus.IngestExchange] : Array.Empty<string>();
        return new(
            word,
            Pattern(own, heard.Union(said), hearsAgents.Union(saysAsAgent, StringComparer.Ordinal)),
            Pattern(own, said, saysAsAgent),
            Pattern(own, heard, hearsAgents));
    }

    static string Pattern(IEnumerable<string> own, IEnumerable<Type> messages, IEnumerable<string> exchanges) =>
        $"^({string.Join("|", own.Concat(messages.Select(m => $"{m.Namespace}:{m.Name}").Concat(exchanges).Order(StringComparer.Ordinal).Select(Regex.Escape)))})$";

    /// <summary>The messages that the service's own code makes, and the plumbing that runs in it.</summary>
    static HashSet<Type> Says(string service)
    {
        var all = Sources.Consumers().SelectMany(c => c.Messages).Where(IsPublic).ToHashSet();
        string[] assemblies = Calls(service, @"\.AddGating\(\)") ? [service, "ServiceDefaults", "Gating"] : [service, "ServiceDefaults"];
        var made = assemblies.SelectMany(MadeBy).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(m => made.Contains(m.FullName!) && (m.Name != "ModelSpent" || Calls(service, @"\.AddSpend\(\)")))];
    }

    /// <summary>Whose constructors the assembly calls.</summary>
    static IEnumerable<string> MadeBy(string project)
    {
        using var file = new PEReader(File.OpenRead(Sources.Load(project).Location));
        var metadata = file.GetMetadataReader();
        var called =
            from handle in metadata.MemberReferences
            let member = metadata.GetMemberReference(handle)
            where metadata.StringComparer.Equals(member.Name, ConstructorInfo.ConstructorName) && member.Parent.Kind == HandleKind.TypeReference
            let type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
            select $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
        return [.. called];
    }

    /// <summary>Other than plain JSON, which comes by routing keys, and what a service says to itself.</summary>
    static bool IsPublic(Type message) => message.Assembly == Sources.Load("Contracts") && !message.Namespace!.EndsWith("Ingest", StringComparison.Ordinal);

    static bool Calls(string service, string pattern) => Sources.CSharp($"services/{service}").Any(file => Regex.IsMatch(File.ReadAllText(file), pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));

    static IReadOnlyList<Permission> Written()
    {
        using var definitions = JsonDocument.Parse(File.ReadAllText(Path.Combine(Sources.Root, "deploy/rabbitmq/definitions.json")));
        return
        [
            .. definitions.RootElement.GetProperty("permissions").EnumerateArray().Select(p => new Permission(
                p.GetProperty("user").GetString()!, p.GetProperty("configure").GetString()!, p.GetProperty("write").GetString()!, p.GetProperty("read").GetString()!)),
        ];
    }

    static string Line(Permission p) =>
        $$"""    { "user": "{{p.User}}", "vhost": "autodev", "configure": "{{Json(p.Configure)}}", "write": "{{Json(p.Write)}}", "read": "{{Json(p.Read)}}" },""";

    static string Json(string pattern) => pattern.Replace(@"\", @"\\", StringComparison.Ordinal);

    sealed record Permission(string User, string Configure, string Write, string Read);
}

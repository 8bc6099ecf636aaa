using System.Net;
using System.Security.Cryptography;
using System.Text;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// Every endpoint of every service is asked by everybody: no key, a wrong and a revoked one, each role in its own workspace, who may only watch, an administrator of another one, and
/// people in whose name the Console calls. Who
/// is let in is measured, not read from the code, and held against the approved lists: an endpoint that nobody listed fails here, and one that lets in somebody else.
/// </summary>
public sealed class AuthorisationWalkTests(RunningServices running)
{
    const string Own = "walk-own", Other = "walk-other", Pages = "person";
    static readonly string Foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportECPrivateKeyPem();
    static readonly string[] Ascending = ["nobody", "agent", "operator", "admin", "installation"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Services => [.. Sources.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Who_is_let_in_where_is_listed(string name)
    {
        var service = await running.OfAsync(name);
        var callers = await CallersAsync(service);
        var (measured, wrong) = (new SortedSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var (method, pattern, isFile, takes) in EndpointsOf(service))
        {
            if (isFile)
            {
                measured.Add("nobody       GET (the UI's files)");
                continue;
            }

            var answers = new Dictionary<string, Answer>(StringComparer.Ordinal);
            foreach (var (caller, client) in callers) answers[caller] = await AskAsync(client(), method, pattern, takes);
            var needed = Ascending.FirstOrDefault(caller => answers[caller].IsLetIn) ?? Pages;
            measured.Add($"{needed,-12} {method} {pattern}");
            wrong.AddRange(Faults(needed, method, pattern, answers).Select(fault => $"{method} {pattern}: {fault}"));
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        await HoldAsync(name, measured);
    }

    static IEnumerable<string> Faults(string needed, string method, string pattern, Dictionary<string, Answer> answers)
    {
        foreach (var (caller, answer) in answers.Where(a => a.Value.Status == HttpStatusCode.InternalServerError)) yield return $"{caller} breaks it: {answer.Status}";
        if (needed == "nobody") yield break;
        foreach (var caller in new[] { "nobody", "stranger", "revoked", "person of yesterday", "person of another Console" }.Where(c => answers[c].Status != HttpStatusCode.Unauthorized && !answers[c].IsSentToSignIn))
            yield return $"{caller} is answered {answers[caller].Status}, not 401";
        if (needed == Pages) yield break;
        foreach (var caller in Ascending.SkipWhile(c => c != needed).Where(c => !answers[c].IsLetIn)) yield return $"{caller} may do less than {needed}";
        foreach (var caller in Ascending.TakeWhile(c => c != needed).Skip(1).Where(c => answers[c].Status is not (HttpStatusCode.Forbidden or HttpStatusCode.NotFound)))
            yield return $"{caller} is answered {answers[caller].Status}, not 403";
        var mayWatch = needed is "agent" or "operator" && method is ("GET" or "HEAD") || pattern.StartsWith("/_blazor", StringComparison.Ordinal); // a page's connection
        foreach (var (person, sameAs) in new[] { ("person", "operator"), ("person of two workspaces", "viewer") }.Where(p => answers[p.Item1].IsLetIn != answers[p.Item2].IsLetIn))
            yield return $"a {person} is answered {answers[person].Status}, and a key of that role {answers[sameAs].Status}";
        if (answers["viewer"].IsLetIn != mayWatch) yield return $"a viewer is answered {answers["viewer"].Status}";
        if (pattern.Contains("{workspace}", StringComparison.Ordinal) && answers["neighbour"].Status is not (HttpStatusCode.Forbidden or HttpStatusCode.NotFound))
            yield return $"the key of another workspace is answered {answers["neighbour"].Status}";
    }

    /// <summary>A key for each, known to the service.</summary>
    static async Task<IReadOnlyList<(string Name, Func<HttpClient> Client)>> CallersAsync(RunningService service)
    {
        var callers = new List<(string, Func<HttpClient>)>
        {
            Always("nobody", null), Always("stranger", "adk_123456789012.nonsense"), Always("installation", TestInstallation.AdminKey),
            Person("person", TestInstallation.PersonKey, TimeSpan.Zero, new Access("operator", Own)),
            Person("person of two workspaces", TestInstallation.PersonKey, TimeSpan.Zero, new("viewer", Own), new("admin", Other)),
            Person("person of yesterday", TestInstallation.PersonKey, TimeSpan.FromDays(-1), new Access("admin", null)),
            Person("person of another Console", Foreign, TimeSpan.Zero, new Access("admin", null)),
        };
        (string, Func<HttpClient>) Always(string name, string? key)
        {
            var client = service.ClientWithKey(key);
            return (name, () => client);
        }

        // A token lives for two minutes, and the walk takes longer.
        (string, Func<HttpClient>) Person(string name, string key, TimeSpan made, params Access[] access) => (name, () => service.ClientWithKey(PersonTokens.Make(
            Access.ToCaller("ada", "ada", access, "test"), PersonTokens.KeyOf(key, "test"), DateTimeOffset.UtcNow + made)));

        foreach (var (name, role, workspace, isRevoked) in new[]
            { ("agent", "agent", Own, false), ("operator", "operator", Own, false), ("admin", "admin", Own, false), ("viewer", "viewer", Own, false), ("neighbour", "admin", Other, false), ("revoked", "admin", Own, true) })
        {
            var id = $"adk_{Guid.NewGuid():N}"[..16];
            var key = $"{id}.{Guid.NewGuid():N}";
            var announced = new ApiKeyChanged
            {
                KeyId = id, WorkspaceId = workspace, Name = name, Role = role, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), Revoked = false,
            };
            var client = service.ClientWithKey(key);
            await service.AnnounceAsync(announced);
            await UntilAsync($"the key of {name} to be known", client, HttpStatusCode.Forbidden);
            if (isRevoked)
            {
                await service.AnnounceAsync(announced with { Revoked = true });
                await UntilAsync($"the key of {name} to be revoked", client, HttpStatusCode.Unauthorized);
            }

            callers.Add((name, () => client));
        }

        return callers;
    }

    // Everybody's dead letters are the installation's only: a key that is known is refused, one that is not is not recognised.
    static Task UntilAsync(string what, HttpClient client, HttpStatusCode status) => Eventually.IsTrueAsync(what, async () =>
        (await Task.WhenAll(new[] { "/dead-letters", "/api/console/dead-letters" }.Select(path => client.GetAsync(new Uri(path, UriKind.Relative), Cancellation)))).Any(a => a.StatusCode == status));

    static IEnumerable<(string Method, string Pattern, bool IsFile, string Takes)> EndpointsOf(RunningService service) =>
        from endpoint in service.Container.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null ? ["GET"] // a page; it has no form of its own
            : endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } some ? some : ["GET", "POST"]
        let isFile = endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
        orderby endpoint.Order // of two for one address, the one that answers
        select (method, "/" + endpoint.RoutePattern.RawText!.Trim('/'), isFile, endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0] ?? "application/json");

    static async Task<Answer> AskAsync(HttpClient client, string method, string pattern, string takes)
    {
        var path = "/" + string.Join('/', pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(ValueOf));
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is not ("GET" or "HEAD" or "DELETE")) request.Content = new ByteArrayContent("{}"u8.ToArray()) { Headers = { ContentType = new(takes) } };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        return new(answer.StatusCode, answer.RequestMessage!.RequestUri!.AbsolutePath == "/sign-in" && path != "/sign-in");
    }

    static string ValueOf(string segment) => segment switch
    {
        _ when segment[0] != '{' => segment,
        "{documentName}.json" => "v1.json",
        _ when segment.StartsWith("{workspace", StringComparison.OrdinalIgnoreCase) => Own,
        _ when segment.Contains(":guid", StringComparison.Ordinal) => $"{Guid.Empty}",
        _ when segment.Contains(":int", StringComparison.Ordinal) || segment.Contains(":long", StringComparison.Ordinal) => "1",
        _ => "x",
    };

    /// <summary>The list beside this test, with its reasons; of what lets in everybody each must have one.</summary>
    static async Task HoldAsync(string service, SortedSet<string> measured)
    {
        var file = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/endpoints", service + ".txt");
        var approved = File.Exists(file) ? (await File.ReadAllLinesAsync(file, Cancellation)).Where(line => line.Length > 0 && line[0] != '#').ToList() : [];
        var reasons = approved.Select(line => line.Split("  # ")).ToDictionary(parts => parts[0].TrimEnd(), parts => parts.ElementAtOrDefault(1), StringComparer.Ordinal);
        Assert.DoesNotContain(reasons, listed => listed.Key.StartsWith("nobody", StringComparison.Ordinal) && string.IsNullOrWhiteSpace(listed.Value));
        if (measured.SetEquals(reasons.Keys)) return;

        await File.WriteAllLinesAsync(file + ".received", measured.Select(line => reasons.GetValueOrDefault(line) is { } reason ? $"{line}  # {reason}" : line), Cancellation);
        Assert.Fail($"""
                     Endpoints of {service} and who they let in are not as listed.
                     new:  {string.Join("\n      ", measured.Except(reasons.Keys))}
                     gone: {string.Join("\n      ", reasons.Keys.Except(measured))}
                     If that is meant, look at each, give what lets in everybody its reason, and: mv {file}.received {file}
                     """);
    }

    readonly record struct Answer(HttpStatusCode Status, bool IsSentToSignIn)
    {
        public bool IsLetIn => Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && !IsSentToSignIn;
    }
}

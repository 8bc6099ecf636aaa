using System.Text.RegularExpressions;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Gate;

/// <summary>Which calls reach the engine: those that SandboxRunner makes, about sandboxes. Whatever is not known here is refused.</summary>
static partial class DecideCall
{
    // The rest of it describes the host.
    static readonly string[] ShownOfTheEngine = ["MemoryLimit", "PidsLimit", "CpuCfsQuota", "SecurityOptions", "Runtimes", "NCPU"];

    /// <summary>The call that the engine gets for one that was asked for.</summary>
    /// <exception cref="RefusedException">It gets none.</exception>
    public static EngineCall Decide(AskedCall asked, SandboxOptions options, DateTimeOffset now)
    {
        var version = Version().Match(asked.Path).Value;
        var call = (asked.Method, asked.Path[version.Length..].Split('/')) switch
        {
            ("GET", ["", "_ping"]) => Plain(asked, new(HttpMethod.Get, "/_ping")),
            ("GET", ["", "info"]) => Plain(asked, new(HttpMethod.Get, "/info") { Shows = ShownOfTheEngine }),
            ("GET", ["", "images", .. var name, "json"]) => Plain(asked, Image(string.Join('/', name), options)),
            ("GET", ["", "containers", "json"]) => List(asked),
            ("POST", ["", "containers", "create"]) => Create(asked, options, now),
            ("GET", ["", "containers", var id, "json"]) => Plain(asked, About(id, HttpMethod.Get, "/json")),
            ("POST", ["", "containers", var id, "start"]) => Plain(asked, About(id, HttpMethod.Post, "/start")),
            ("POST", ["", "containers", var id, "attach"]) => Attach(asked, id),
            ("POST", ["", "containers", var id, "update"]) => Update(asked, id, options),
            ("DELETE", ["", "containers", var id]) => Remove(asked, id),
            _ => throw new RefusedException("call", "The sandbox makes no such call"),
        };
        return call with { Target = version + call.Target };
    }

    static EngineCall Plain(AskedCall asked, EngineCall call)
    {
        Allow(asked);
        WithoutBody(asked);
        return call;
    }

    static EngineCall Image(string name, SandboxOptions options) => name == options.Image
        ? new(HttpMethod.Get, $"/images/{options.Image}/json")
        : throw new RefusedException("Image", $"The sandbox's image is {options.Image}");

    static EngineCall List(AskedCall asked)
    {
        Allow(asked, "all", "filters");
        WithoutBody(asked);
        var label = LabelFilter().Match(asked.Query.GetValueOrDefault("filters", "")) is { Success: true } match ? match.Groups["label"].Value
            : throw new RefusedException("filters", "Only sandboxes are listed, by one of their labels");
        var all = asked.Query.ContainsKey("all") ? "all=1&" : "";
        return new(HttpMethod.Get, $"/containers/json?{all}filters={Uri.EscapeDataString($$$"""{"label":{"{{{label}}}":true}}""")}");
    }

    static EngineCall Attach(AskedCall asked, string id)
    {
        Allow(asked, "stream", "stdin", "stdout", "stderr");
        WithoutBody(asked);
        return About(id, HttpMethod.Post, "/attach?stream=1&stdin=1&stdout=1&stderr=1") with { Attaches = true };
    }

    static EngineCall Remove(AskedCall asked, string id)
    {
        Allow(asked, "force");
        WithoutBody(asked);
        return About(id, HttpMethod.Delete, "?force=1");
    }

    static EngineCall Create(AskedCall asked, SandboxOptions options, DateTimeOffset now)
    {
        Allow(asked, "name");
        var body = SandboxBody.OfNew(asked.Body, options, now, out var name);
        if (asked.Query.GetValueOrDefault("name") != name) throw new RefusedException("name", $"This sandbox's name is {name}");
        return new(HttpMethod.Post, $"/containers/create?name={name}") { Body = body };
    }

    static EngineCall Update(AskedCall asked, string id, SandboxOptions options)
    {
        Allow(asked);
        return About(id, HttpMethod.Post, "/update") with { Body = SandboxBody.OfLimits(asked.Body, options) };
    }

    static EngineCall About(string id, HttpMethod method, string what) => Id().IsMatch(id)
        ? new(method, $"/containers/{id}{what}") { Container = id }
        : throw new RefusedException("container", "A sandbox is named by its whole id");

    static void Allow(AskedCall asked, params ReadOnlySpan<string> names)
    {
        foreach (var name in asked.Query.Keys)
        {
            if (!names.Contains(name)) throw new RefusedException(name, "The sandbox does not ask for this");
        }
    }

    static void WithoutBody(AskedCall asked)
    {
        if (asked.Body is not null) throw new RefusedException("body", "This call has no body");
    }

    [GeneratedRegex(@"^/v1\.[0-9]{1,3}(?=/)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();

    [GeneratedRegex("^[0-9a-f]{64}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex("""^\{"label":\{"(?<label>autodev\.sandbox\.(expires|instance=[0-9a-f]{32}))":true\}\}\z""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelFilter();
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Gate;

/// <summary>
/// What the engine is told of a container. Of the body that was sent only these are read: the user, the limits, and the two labels. With them the gate describes a
/// sandbox itself, and the body must say exactly that, field for field; so a field that the gate does not know is refused like one with another value.
/// </summary>
static partial class SandboxBody
{
    // Clocks of a service and its gate, on machines of their own, may differ.
    static readonly TimeSpan Clocks = TimeSpan.FromMinutes(5);

    static readonly JsonSerializerOptions AsTheClientWrites = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The body that makes a sandbox.</summary>
    /// <exception cref="RefusedException">The one that was sent says anything else.</exception>
    public static JsonNode OfNew(JsonNode? sent, SandboxOptions options, DateTimeOffset now, out string name)
    {
        var user = User().Match(Text(sent, "User")) is { Success: true } match && int.TryParse(match.Groups["id"].Value, CultureInfo.InvariantCulture, out var id)
            && id >= options.FirstUserId && id - options.FirstUserId < options.UserIds ? id : throw new RefusedException("User", "A sandbox's user id is one of Sandbox:FirstUserId and Sandbox:UserIds");
        var labels = Field(sent, "Labels");
        var instance = Text(labels, HardenedContainer.InstanceLabel);
        if (!Instance().IsMatch(instance)) throw new RefusedException($"Labels.{HardenedContainer.InstanceLabel}", "It names no instance");
        var latest = now + TimeSpan.FromSeconds(options.ContainerSeconds) + Clocks;
        if (!long.TryParse(Text(labels, HardenedContainer.ExpiresLabel), NumberStyles.None, CultureInfo.InvariantCulture, out var expires) || expires > latest.ToUnixTimeSeconds())
            throw new RefusedException($"Labels.{HardenedContainer.ExpiresLabel}", "A sandbox lives for Sandbox:ContainerSeconds at most");

        var limits = Limits(Field(sent, "HostConfig"), "HostConfig.", options);
        name = HardenedContainer.NameOf(user);
        return Same(sent, HardenedContainer.Describe(options, limits, user, instance, DateTimeOffset.FromUnixTimeSeconds(expires)));
    }

    /// <summary>The body that gives a sandbox other limits.</summary>
    /// <exception cref="RefusedException">The one that was sent says anything else.</exception>
    public static JsonNode OfLimits(JsonNode? sent, SandboxOptions options) => Same(sent, HardenedContainer.Limit(Limits(sent, "", options)));

    static JsonNode Same<T>(JsonNode? sent, T own)
    {
        var described = JsonSerializer.SerializeToNode(own, AsTheClientWrites)!;
        return Difference(sent, described, "") is { } field ? throw new RefusedException(field, "This is not what a sandbox has") : described;
    }

    static string? Difference(JsonNode? sent, JsonNode? own, string at)
    {
        if (sent is JsonObject sentFields && own is JsonObject ownFields)
        {
            foreach (var name in sentFields.Select(f => f.Key).Union(ownFields.Select(f => f.Key), StringComparer.Ordinal))
            {
                var field = at.Length == 0 ? name : $"{at}.{name}";
                if (!sentFields.TryGetPropertyValue(name, out var said) || !ownFields.TryGetPropertyValue(name, out var wanted)) return field;
                if (Difference(said, wanted, field) is { } found) return found;
            }

            return null;
        }

        if (JsonNode.DeepEquals(sent, own)) return null;
        return at.Length == 0 ? "body" : at;
    }

    // The probe of the limits has its own, whatever the ceilings of runs are.
    static ContainerLimits Limits(JsonNode? fields, string at, SandboxOptions options)
    {
        var probe = EngineCheck.LimitsOfProbe(options);
        var most = new ContainerLimits(Math.Max(options.MaxMemoryMb, probe.MemoryMb), Math.Max(options.MaxCpus, probe.Cpus), Math.Max(options.MaxPids, probe.Pids));
        var memory = Within("Memory", (long)RunLimits.LeastMemoryMb << 20, most.MemoryBytes);
        var cpus = Within("NanoCpus", 1, most.NanoCpus);
        var pids = Within("PidsLimit", RunLimits.LeastPids, most.Pids);
        return memory % (1 << 20) == 0 ? new((int)(memory >> 20), cpus / 1e9, (int)pids) : throw new RefusedException(at + "Memory", "It is no number of MiB");

        long Within(string name, long least, long above) => Field(fields, name) is JsonValue value && value.TryGetValue(out long number) && number >= least && number <= above
            ? number : throw new RefusedException(at + name, string.Create(CultureInfo.InvariantCulture, $"A sandbox has between {least} and {above}"));
    }

    static JsonNode? Field(JsonNode? of, string name) => of is JsonObject fields && fields.TryGetPropertyValue(name, out var field) ? field : null;

    static string Text(JsonNode? of, string name) => Field(of, name) is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    [GeneratedRegex(@"^(?<id>[1-9][0-9]{3,9}):\k<id>\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex User();

    [GeneratedRegex("^[0-9a-f]{32}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Instance();
}

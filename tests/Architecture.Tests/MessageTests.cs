using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MassTransit.Serialization;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// While an upgrade runs, two versions talk to each other, and messages of the one before lie in queues and outboxes. Beside this test lies every message as it was first
/// written; today's code must take it: without loss, without what was optional, and with what a later version may add. A message evolves by adding optional fields.
/// </summary>
public sealed class MessageTests
{
    static readonly string Approved = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/messages");
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // As the bus reads and writes.
    static JsonSerializerOptions Bus => SystemTextJsonMessageSerializer.Options;

    /// <summary>What agents send is held by its schemas and examples.</summary>
    public static TheoryData<string> Owners =>
        [.. Sources.Load("Contracts").GetExportedTypes().Select(t => t.Namespace!.Split('.')[2]).Where(owner => owner != "Ingest").Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Owners))]
    public void Messages_of_another_version_are_taken(string owner)
    {
        var wrong = Sources.Load("Contracts").GetExportedTypes().Where(t => !t.IsEnum && t.Namespace!.Split('.')[2] == owner).SelectMany(Wrong).ToList();
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    static List<string> Wrong(Type message)
    {
        var file = Path.Combine(Approved, message.Namespace!.Split('.')[2], message.Name + ".json");
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file + ".received", JsonSerializer.SerializeToNode(Sample.Of(message), message, Bus)!.ToJsonString(Indented) + "\n");
            return [$"{message.Name} is new and has no sample yet. Look at it, then: mv {file}.received {file}"];
        }

        var sample = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        try
        {
            var wrong = Lost(sample, Again(sample), message.Name).ToList();
            var later = sample.DeepClone().AsObject();
            later["addedLater"] = new JsonObject { ["by"] = "a later version" };
            if (message.IsDefined(typeof(JsonUnmappedMemberHandlingAttribute))) Assert.ThrowsAny<JsonException>(() => Again(later)); // a limit that is not known is not passed over
            else if (!JsonNode.DeepEquals(Again(later), Again(sample))) wrong.Add($"{message.Name} is read otherwise where a later version has added a field.");
            var least = sample.DeepClone().AsObject();
            foreach (var optional in message.GetProperties().Where(p => !p.IsDefined(typeof(RequiredMemberAttribute)))) least.Remove(JsonNamingPolicy.CamelCase.ConvertName(optional.Name));
            Again(least);
            return wrong;
        }
        catch (JsonException e)
        {
            return [$"{message.Name} of an earlier version cannot be read any more: {e.Message}"];
        }

        JsonNode? Again(JsonObject written) => JsonSerializer.SerializeToNode(written.Deserialize(message, Bus), message, Bus);
    }

    static IEnumerable<string> Lost(JsonNode? before, JsonNode? after, string path) => (before, after) switch
    {
        (JsonObject old, JsonObject now) => old.SelectMany(field => Lost(field.Value, now.TryGetPropertyValue(field.Key, out var value) ? value : null, $"{path}.{field.Key}")),
        (JsonArray old, JsonArray now) when old.Count == now.Count => old.Zip(now).SelectMany((pair, i) => Lost(pair.First, pair.Second, $"{path}[{i}]")),
        _ when JsonNode.DeepEquals(before, after) => [],
        _ => [$"{path} was {before?.ToJsonString() ?? "null"} when it was written and is read as {after?.ToJsonString() ?? "null"}: another version's message would lose it."],
    };
}

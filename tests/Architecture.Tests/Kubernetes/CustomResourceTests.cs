using System.Text.Json.Nodes;
using Json.Schema;
using Xunit;

namespace AutoDev.Architecture.Tests.Kubernetes;

/// <summary>
/// What operators make of custom resources is described by their CustomResourceDefinitions, which are their makers'. So the definitions are given from outside
/// (<c>deploy/kubernetes/check</c>), and what was found right by them is approved here: a field that no definition was asked about fails.
/// </summary>
public sealed class CustomResourceTests
{
    static readonly string Approved = Path.Combine(Manifests.Approved, "custom-fields.txt");

    [Fact]
    public void Every_field_of_a_custom_resource_is_one_that_its_definition_was_seen_to_have()
    {
        var approved = File.ReadLines(Approved).Where(line => !line.StartsWith('#')).ToHashSet(StringComparer.Ordinal);
        var unseen = Fields().Where(field => !approved.Contains(field)).ToList();
        Assert.True(unseen.Count == 0, $"Run deploy/kubernetes/check with the definitions: {string.Join("\n", unseen)}");
    }

    [Fact(Explicit = true)]
    public void Every_custom_resource_fits_its_definition()
    {
        var folder = Environment.GetEnvironmentVariable("AUTODEV_CRDS") ?? throw new InvalidOperationException("AUTODEV_CRDS names no folder with CustomResourceDefinitions.");
        var schemas = Directory.EnumerateFiles(folder, "*.yaml").SelectMany(Definitions).ToDictionary(d => d.Kind, d => d.Schema, StringComparer.Ordinal);
        foreach (var resource in Resources())
        {
            Assert.True(schemas.TryGetValue(Manifests.KindOf(resource), out var schema), $"No definition of {Manifests.KindOf(resource)} is in {folder}");
            var result = schema!.Evaluate(resource, new EvaluationOptions { OutputFormat = OutputFormat.List });
            var wrong = result.Details.Where(d => d.HasErrors).SelectMany(d => d.Errors!.Values.Select(e => $"{d.InstanceLocation}: {e}")).Distinct(StringComparer.Ordinal);
            Assert.True(result.IsValid, $"{Manifests.KindOf(resource)} {Manifests.NameOf(resource)}:\n{string.Join("\n", wrong)}");
        }

        var from = Path.Combine(folder, "SOURCES");
        File.WriteAllLines(Approved, [.. File.Exists(from) ? File.ReadLines(from).Select(line => "# " + line) : [], .. Fields()]);
    }

    static IEnumerable<JsonNode> Resources() => Manifests.Of("small").Custom().Concat(Manifests.Of("production").Custom());

    static IEnumerable<string> Fields() => Resources().SelectMany(r => Leaves(r, Manifests.KindOf(r))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    // Labels and parameters that an operator takes by any name are no fields.
    static IEnumerable<string> Leaves(JsonNode? node, string path) => node switch
    {
        JsonObject { Count: > 0 } o when !path.EndsWith(".matchLabels", StringComparison.Ordinal) && !path.EndsWith(".labels", StringComparison.Ordinal) => o.SelectMany(p => Leaves(p.Value, $"{path}.{p.Key}")),
        JsonArray { Count: > 0 } a => a.SelectMany(item => Leaves(item, path + "[]")),
        _ => [$"{path} {node?.GetValueKind().ToString().Replace("True", "Boolean", StringComparison.Ordinal).Replace("False", "Boolean", StringComparison.Ordinal)}"],
    };

    static IEnumerable<(string Kind, JsonSchema Schema)> Definitions(string file)
    {
        foreach (var text in File.ReadAllText(file).Split("\n---\n").Where(t => t.Contains("openAPIV3Schema", StringComparison.Ordinal)))
        {
            var spec = Yaml.Read(text)["spec"]!;
            foreach (var version in spec["versions"]!.AsArray())
            {
                var schema = version!["schema"]!["openAPIV3Schema"]!;
                Close(schema);
                yield return ($"{spec["group"]}/{version["name"]}/{spec["names"]!["kind"]}", JsonSchema.FromText(schema.ToJsonString()));
            }
        }
    }

    // The API server drops what a definition does not name; here it is an error. It is laxer about numbers and about what may be null.
    static void Close(JsonNode schema)
    {
        if (schema is not JsonObject o) return;
        o.Remove("format");
        o.Remove("default");
        if (o.ContainsKey("x-kubernetes-int-or-string")) o.Remove("type");
        foreach (var own in o.Where(p => p.Key.StartsWith("x-kubernetes", StringComparison.Ordinal) && p.Key != "x-kubernetes-preserve-unknown-fields").Select(p => p.Key).ToList()) o.Remove(own);
        if (o["properties"] is JsonObject properties)
        {
            if (!o.ContainsKey("additionalProperties") && !o.ContainsKey("x-kubernetes-preserve-unknown-fields")) o["additionalProperties"] = false;
            foreach (var property in properties.ToList()) Close(property.Value!);
        }

        if (o["items"] is { } items) Close(items);
        if (o["additionalProperties"] is JsonObject values) Close(values);
    }
}

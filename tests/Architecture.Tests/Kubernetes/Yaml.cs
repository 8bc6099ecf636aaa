using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AutoDev.Architecture.Tests.Kubernetes;

/// <summary>YAML as the JSON that a cluster's API takes it for.</summary>
static class Yaml
{
    public static JsonNode Read(string document)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(document));
        return Of(stream.Documents[0].RootNode)!;
    }

    static JsonNode? Of(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(p => KeyValuePair.Create(((YamlScalarNode)p.Key).Value!, Of(p.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Of)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlScalarNode { Value: "true" or "false" } boolean => JsonValue.Create(boolean.Value == "true"),
        YamlScalarNode { Value: { } text } when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        YamlScalarNode { Value: { } text } when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };
}

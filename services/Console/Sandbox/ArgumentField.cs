using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.OperatorConsole.Sandbox;

/// <summary>How a person fills in an argument.</summary>
enum FieldKind
{
    /// <summary>As JSON: lists, objects, and what nothing is known of.</summary>
    Json,

    Text,

    Number,

    /// <summary>Yes or no.</summary>
    Switch,

    /// <summary>One of a few values.</summary>
    Choice,
}

/// <summary>One argument of a function, as a form has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How it is filled in.</param>
/// <param name="IsRequired">It cannot be left out.</param>
/// <param name="Type">What it takes, in words; empty where that is not known.</param>
/// <param name="IsWhole">A number without a fraction.</param>
/// <param name="Default">JSON text of what it is where it is left out, if that is known.</param>
/// <param name="Choices">JSON texts of what it can be; empty where it can be anything of its type.</param>
sealed record ArgumentField(
    string Name, FieldKind Kind, bool IsRequired, string Type, bool IsWhole = false, string? Default = null, IReadOnlyList<string>? Choices = null)
{
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Pure: the fields of a function's arguments, in their order.</summary>
    /// <param name="schema">JSON Schema of an object, as Memento makes it of the signature.</param>
    /// <param name="examples">Arguments that were used; where the signature says nothing of a parameter, what they have in common is taken.</param>
    public static IReadOnlyList<ArgumentField> Of(JsonElement? schema, IReadOnlyList<JsonElement> examples)
    {
        if (schema is not { ValueKind: JsonValueKind.Object } known || !known.TryGetProperty("properties", out var properties)) return [];
        var required = known.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet(StringComparer.Ordinal) : [];
        return [.. properties.EnumerateObject().Select(p => Of(p.Name, p.Value, required.Contains(p.Name), examples))];
    }

    /// <summary>Pure: what a form begins with: the first example, else what every argument must at least have.</summary>
    public static JsonObject Start(IReadOnlyList<ArgumentField> fields, IReadOnlyList<JsonElement> examples) =>
        examples.Count > 0 ? JsonObject.Create(examples[0])! : new(fields.Where(f => f.IsRequired).Select(f => KeyValuePair.Create(f.Name, f.Empty())));

    /// <summary>Pure: the arguments as a person reads them.</summary>
    public static string Write(JsonNode? arguments) => arguments?.ToJsonString(Readable) ?? "null";

    /// <summary>Pure: what the field has before anybody wrote into it.</summary>
    public JsonNode? Empty() => Default is { } value ? JsonNode.Parse(value) : Kind switch
    {
        FieldKind.Text => "",
        FieldKind.Number => 0,
        FieldKind.Switch => false,
        FieldKind.Choice => JsonNode.Parse(Choices![0]),
        _ => null,
    };

    /// <summary>Pure: how the field is shown with this value: what does not fit its type, and was perhaps given to see what happens, is shown as JSON.</summary>
    public FieldKind KindFor(JsonNode? value) => (Kind, value?.GetValueKind()) switch
    {
        (FieldKind.Text, JsonValueKind.String) or (FieldKind.Number, JsonValueKind.Number) or (FieldKind.Switch, JsonValueKind.True or JsonValueKind.False) => Kind,
        (FieldKind.Choice, _) when Choices!.Contains(Write(value), StringComparer.Ordinal) => Kind,
        _ => FieldKind.Json,
    };

    /// <summary>Pure: what somebody wrote, as JSON; or what is wrong with it.</summary>
    public static (JsonNode? Value, string? Wrong) Read(FieldKind kind, string? text)
    {
        if (kind == FieldKind.Text) return (JsonValue.Create(text ?? ""), null);
        try
        {
            return (JsonNode.Parse(text ?? ""), null);
        }
        catch (JsonException)
        {
            return (null, kind == FieldKind.Number ? "This is no number." : "This is not JSON: texts need quotes, lists square brackets.");
        }
    }

    static ArgumentField Of(string name, JsonElement schema, bool isRequired, IReadOnlyList<JsonElement> examples)
    {
        var bare = WithoutNull(schema);
        var choices = bare.TryGetProperty("enum", out var values) && values.GetArrayLength() > 0 ? values.EnumerateArray().Select(v => Write(JsonNode.Parse(v.GetRawText()))).ToList() : [];
        var type = TypeOf(bare) ?? (bare.TryGetProperty("anyOf", out _) ? null : TypeOf(name, examples));
        return new(
            name, choices.Count > 0 ? FieldKind.Choice : KindOf(type), isRequired, Words(type, bare), type == "integer",
            schema.TryGetProperty("default", out var usual) ? Write(JsonNode.Parse(usual.GetRawText())) : null, choices);
    }

    // A text that may also be null is a text: null can be written as JSON.
    static JsonElement WithoutNull(JsonElement schema) =>
        schema.TryGetProperty("anyOf", out var any) && any.EnumerateArray().Where(s => TypeOf(s) != "null").ToList() is [var only] ? only : schema;

    static string? TypeOf(JsonElement schema) => schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;

    static string? TypeOf(string name, IReadOnlyList<JsonElement> examples)
    {
        var kinds = examples.Where(e => e.TryGetProperty(name, out _)).Select(e => e.GetProperty(name).ValueKind switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Array => "array",
            JsonValueKind.Object => "object",
            _ => null,
        }).Distinct(StringComparer.Ordinal).ToList();
        return kinds is [var only] ? only : null;
    }

    static FieldKind KindOf(string? type) => type switch
    {
        "string" => FieldKind.Text,
        "integer" or "number" => FieldKind.Number,
        "boolean" => FieldKind.Switch,
        _ => FieldKind.Json,
    };

    static string Words(string? type, JsonElement schema) => type switch
    {
        "string" => "text",
        "integer" => "whole number",
        "number" => "number",
        "boolean" => "yes or no",
        "array" => "list, as JSON",
        "object" => "object, as JSON",
        _ when schema.TryGetProperty("description", out var says) && says.ValueKind == JsonValueKind.String => says.GetString()!,
        _ => "any JSON",
    };
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>PostgreSQL's jsonb refuses U+0000, and some text that is stored is hostile: without this, one such character makes a message unconsumable.</summary>
sealed class StorableText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value.Replace('\0', '\uFFFD'));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value.Replace('\0', '\uFFFD'));
}

using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>JSON text of a user, answered as the JSON that it is and not as a string. A text that is not JSON is answered as a string.</summary>
[JsonConverter(typeof(Converter))]
public sealed record RawJson(string Text)
{
    /// <summary>From a text that may be absent.</summary>
    public static RawJson? Of(string? text) => text is null ? null : new(text);

    sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
        {
            if (JsonEquality.IsJson(value.Text)) writer.WriteRawValue(value.Text, skipInputValidation: true);
            else writer.WriteStringValue(value.Text);
        }
    }
}

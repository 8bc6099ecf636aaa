using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Ingest;

/// <summary>A whole number however it is written: many languages write 3 as <c>3.0</c>, and JSON Schema calls both an integer.</summary>
sealed class WholeNumber : JsonConverter<int?>
{
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number == Math.Truncate(number) && number is >= int.MinValue and <= int.MaxValue)
            return (int)number;
        throw new JsonException("must be a whole number.");
    }

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}

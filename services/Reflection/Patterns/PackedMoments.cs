using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// Moments as one text: the microseconds since 1970, eight bytes each, little-endian, in Base64. A pattern is rewritten for each of its failures, and a hundred
/// numbers cost the database more than all else in it. Reads also what earlier versions wrote: an array of numbers, or of dates.
/// </summary>
sealed class PackedMoments : JsonConverter<IReadOnlyList<DateTimeOffset>>
{
    public override IReadOnlyList<DateTimeOffset> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var moments = new List<DateTimeOffset>();
        if (reader.TokenType == JsonTokenType.String)
        {
            foreach (var microseconds in MemoryMarshal.Cast<byte, long>(reader.GetBytesFromBase64())) moments.Add(At(microseconds));
            return moments;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            moments.Add(reader.TokenType == JsonTokenType.String ? reader.GetDateTimeOffset() : At(reader.GetInt64()));
        return moments;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<DateTimeOffset> value, JsonSerializerOptions options)
    {
        var microseconds = new long[value.Count];
        for (var i = 0; i < microseconds.Length; i++) microseconds[i] = (value[i] - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes<long>(microseconds));
    }

    static DateTimeOffset At(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}

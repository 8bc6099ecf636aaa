using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Marten puts the failed command into Exception.Data, which does not serialize: without this, the Fault of a database error is never published
/// and the error queue shows a serialization error instead of the cause.
/// </summary>
sealed class DatabaseObjectConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeof(DbBatch).IsAssignableFrom(typeToConvert) || typeof(DbCommand).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Null<>).MakeGenericType(typeToConvert))!;

    sealed class Null<T> : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return default;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}

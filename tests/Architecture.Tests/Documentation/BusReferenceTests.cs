using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.ServiceDefaults.Http;
using Xunit;

namespace AutoDev.Architecture.Tests.Documentation;

/// <summary>docs/reference/bus.md: every message with its exchange, the queues that get it and its fields, from the contracts.</summary>
public sealed class BusReferenceTests
{
    static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void The_bus_reference_is_what_the_contracts_say()
    {
        var types = Sources.Load("Contracts").GetExportedTypes();
        var queues = Sources.Consumers().SelectMany(c => c.Messages.Select(message => (message, Queue: WireNamesTests.QueueOf(c.Service, c.Consumer)))).ToLookup(c => c.message, c => c.Queue);
        var made = new StringBuilder(
            """
            # The bus: messages

            Made from the contracts (`contracts/`) and the consumers; a test fails when it is not what they say. In which order messages follow one another, and which file says and
            hears each: [flow.md](../flow.md). Between services the body is MassTransit's envelope with the fields below in `message`, in camelCase; a message's exchange is a fanout of
            its name, bound to the exchange and the queue of each consumer. All queues are quorum queues.

            What agents and external systems send is plain JSON in snake_case, to the topic exchange `autodev.ingest`: [asyncapi.yaml](../../contracts/schemas/asyncapi.yaml) and the
            [schemas](../../contracts/schemas) say the same to programs.


            """);
        foreach (var owner in types.GroupBy(t => t.Namespace!.Split('.')[2]).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var messages = owner.Where(t => !t.IsEnum && (queues.Contains(t) || owner.Key == "Ingest" && t.Name.EndsWith("Report", StringComparison.Ordinal))).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
            if (messages.Count == 0) continue;
            made.Append("## ").Append(owner.Key).Append("\n\n");
            foreach (var message in messages) Describe(made, message, queues[message]);
        }

        var named = types.Where(t => !queues.Contains(t) && !t.Name.EndsWith("Report", StringComparison.Ordinal) && t is { IsAbstract: false } && !t.IsAssignableTo(typeof(JsonConverter)) && !t.IsAssignableTo(typeof(Attribute)));
        made.Append("## Parts of messages\n\n");
        foreach (var part in named.OrderBy(t => t.Name, StringComparer.Ordinal)) Describe(made, part, []);
        Generated.IsFile("docs/reference/bus.md", made.ToString().TrimEnd() + "\n");
    }

    static void Describe(StringBuilder made, Type type, IEnumerable<string> queues)
    {
        made.Append("### ").Append(type.Name).Append("\n\n").Append(Words.Of(type, $"T:{Words.NameOf(type)}")).Append("\n\n");
        if (queues.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } heard)
            made.Append("Exchange `").Append(type.Namespace).Append(':').Append(type.Name).Append("`; queues ").AppendJoin(", ", heard.Select(q => $"`{q}`")).Append(".\n\n");
        if (type.IsEnum)
        {
            made.AppendJoin(", ", Enum.GetNames(type).Select(n => $"`{n}`")).Append("\n\n");
            return;
        }

        made.Append("| field | type | |\n|---|---|---|\n");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is null))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var words = Words.Of(type, $"P:{Words.NameOf(type)}.{property.Name}") ?? Words.Of(type, $"P:{Words.NameOf(property.DeclaringType!)}.{property.Name}");
            made.Append("| `").Append(name).Append("` | ").Append(TypeOf(property.PropertyType)).Append(IsOptional(property) ? ", optional" : "").Append(" | ")
                .Append(words?.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        made.Append('\n');
    }

    static bool IsOptional(PropertyInfo property) =>
        property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is null || Nullability.Create(property).WriteState == NullabilityState.Nullable;

    static string TypeOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return TypeOf(inner);
        if (type == typeof(string)) return "string";
        if (type == typeof(bool)) return "boolean";
        if (type == typeof(Guid)) return "uuid";
        if (type == typeof(DateTimeOffset)) return "date-time";
        if (type == typeof(JsonElement)) return "any JSON";
        if (type.IsPrimitive && type != typeof(char)) return type == typeof(double) || type == typeof(float) ? "number" : "integer";
        if (type == typeof(decimal)) return "number";
        if (type.IsGenericType && type.GetGenericArguments() is [_, var value] && type.Name.Contains("Dictionary", StringComparison.Ordinal)) return $"object of {TypeOf(value)}";
        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable))) return $"array of {TypeOf(type.GetGenericArguments()[0])}";
        return type.Assembly == Sources.Load("Contracts") ? $"[{type.Name}](#{type.Name.ToLowerInvariant()})" : type.Name;
    }
}

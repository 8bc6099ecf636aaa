using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.Contracts.Ingest;
using AutoDev.Testing;
using Json.Schema;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>What agents read about their messages is what the services take.</summary>
public sealed class SchemaTests
{
    [Theory]
    [InlineData("episode", typeof(EpisodeReport))]
    [InlineData("skill-execution", typeof(SkillExecutionReport))]
    [InlineData("fitness-signal", typeof(FitnessSignalReport))]
    public void A_schema_names_the_properties_that_the_record_has(string name, Type report)
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Sources.Root, "contracts/schemas", name + ".schema.json")));
        var told = schema.RootElement.GetProperty("properties").EnumerateObject().Select(p => p.Name);
        var taken = report.GetProperties().Select(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name).ToList();
        Assert.Equal(taken.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
        Assert.All(schema.RootElement.GetProperty("required").EnumerateArray(), required => Assert.Contains(required.GetString()!, taken));
    }

    [Theory]
    [InlineData("episode")]
    [InlineData("skill-execution")]
    [InlineData("fitness-signal")]
    public void A_schema_accepts_and_refuses_what_the_examples_say(string name)
    {
        var schema = JsonSchema.FromFile(Path.Combine(Sources.Root, "contracts/schemas", name + ".schema.json"));
        var wrong = Example.Of(name).Where(e => schema.Evaluate(e.Report).IsValid != e.IsAccepted).Select(e => e.Why);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_routing_key_that_a_service_binds_is_in_the_asyncapi_document()
    {
        var document = File.ReadAllText(Path.Combine(Sources.Root, "contracts/schemas/asyncapi.yaml"));
        foreach (var key in new[] { "episode.*", "skill.executed", "fitness.signal" })
        {
            Assert.Contains($"address: {key}", document, StringComparison.Ordinal);
            Assert.Contains(Sources.CSharp("services"), file =>
                File.ReadAllText(file) is var source && (source.Contains($"(context, \"{key}\")", StringComparison.Ordinal) || source.Contains($"Consumer>(\"{key}\")", StringComparison.Ordinal)));
        }

        Assert.Contains("name: " + ServiceDefaults.Messaging.Bus.IngestExchange, document, StringComparison.Ordinal);
    }
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// Documents live in databases, not in this repository: what an earlier version wrote, a later one must read. Beside this test lies a sample of every
/// document as it was first written; it is put into a real table and read by today's code. A document evolves by adding fields that old ones lack.
/// </summary>
public sealed class DocumentTests
{
    static readonly string Approved = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/documents");
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Services => [.. Sources.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Documents_and_tables_of_an_earlier_version_are_of_use_without_loss(string service)
    {
        await using var installation = await TestInstallation.CreateAsync();
        await using var app = Build(service, installation);
        var store = app.Services.GetRequiredService<IDocumentStore>();
        await app.Services.GetRequiredService<Schema>().CreateAsync(Cancellation);

        var wrong = new List<string>();
        var read = typeof(DocumentTests).GetMethod(nameof(Losses), BindingFlags.Static | BindingFlags.NonPublic)!;
        foreach (var type in store.Options.AllKnownDocumentTypes().Select(d => d.DocumentType).Where(t => t.Namespace!.StartsWith("AutoDev", StringComparison.Ordinal)))
            wrong.AddRange(await (Task<List<string>>)read.MakeGenericMethod(type).Invoke(null, [store, Path.Combine(Approved, type.Assembly.GetName().Name!["AutoDev.".Length..], type.Name + ".json")])!);
        await using (var connection = store.Storage.Database.CreateConnection())
        {
            await connection.OpenAsync(Cancellation);
            wrong.AddRange(await Columns.ProblemsAsync(service, connection, Cancellation));
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));

        // And what is old of them is forgotten, by rules in SQL that the compiler does not read.
        var rules = app.Services.GetServices<RetentionRule>().ToList();
        Assert.Contains(rules, rule => rule.Days != RetentionRule.Forever);
        Assert.True(await app.Services.GetRequiredService<ForgetOld>().RunAsync(DateTimeOffset.UtcNow.AddYears(50), Cancellation) > 0);
    }

    /// <summary>What today's code loses of the samples: <c>Document.json</c>, and <c>Document.2.json</c>, … where a later version writes it otherwise.</summary>
    static async Task<List<string>> Losses<T>(IDocumentStore store, string file)
        where T : class
    {
        var serializer = ((DocumentStore)store).Options.Serializer();
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file + ".received", JsonNode.Parse(serializer.ToJson(Sample.Of(typeof(T))))!.ToJsonString(Indented) + "\n", Cancellation);
            return [$"{typeof(T).Name} is new and has no sample yet. Look at it, then: mv {file}.received {file}"];
        }

        var losses = new List<string>();
        foreach (var version in Directory.EnumerateFiles(Path.GetDirectoryName(file)!, $"{typeof(T).Name}.*json").Order(StringComparer.Ordinal))
            losses.AddRange(await LossesOfOne<T>(store, serializer, await File.ReadAllTextAsync(version, Cancellation), Path.GetFileNameWithoutExtension(version)));
        return losses;
    }

    /// <summary>The sample's row is made by today's code, its content is what an earlier one wrote.</summary>
    static async Task<IEnumerable<string>> LossesOfOne<T>(IDocumentStore store, ISerializer serializer, string sample, string name)
        where T : class
    {
        await using (var writing = store.LightweightSession("sample"))
        {
            writing.DeleteWhere<T>(_ => true);
            writing.Store(serializer.FromJson<T>(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(sample))));
            await writing.SaveChangesAsync(Cancellation);
        }

        var table = store.Options.FindOrResolveDocumentType(typeof(T)).TableName.QualifiedName;
        await using (var connection = store.Storage.Database.CreateConnection())
        {
            await connection.OpenAsync(Cancellation);
            await using var update = new NpgsqlCommand($"update {table} set data = $1::jsonb", connection) { Parameters = { new() { Value = sample } } };
            Assert.Equal(1, await update.ExecuteNonQueryAsync(Cancellation));
        }

        await using var reading = store.QuerySession("sample");
        var today = await reading.Query<T>().SingleAsync(Cancellation);
        return Lost(JsonNode.Parse(sample), JsonNode.Parse(serializer.ToJson(today)), name);
    }

    static IEnumerable<string> Lost(JsonNode? before, JsonNode? after, string path) => (before, after) switch
    {
        (JsonObject old, JsonObject now) => old.SelectMany(field => Lost(field.Value, now.TryGetPropertyValue(field.Key, out var value) ? value : null, $"{path}.{field.Key}")),
        (JsonArray moments, JsonValue now) when path.EndsWith(".RecentFailures", StringComparison.Ordinal) => Lost(Packed(moments), now, path),
        (JsonArray old, JsonArray now) when old.Count == now.Count => old.Zip(now).SelectMany((pair, i) => Lost(pair.First, pair.Second, $"{path}[{i}]")),
        _ when JsonNode.DeepEquals(before, after) => [],
        _ => [$"{path} was {before?.ToJsonString() ?? "null"} when it was written and is read as {after?.ToJsonString() ?? "null"}: documents that exist would lose it."],
    };

    // Since version 4 of the document they are one text.
    static JsonValue Packed(JsonArray moments) =>
        JsonValue.Create(Convert.ToBase64String([.. moments.SelectMany(m => BitConverter.GetBytes(m!.GetValue<long>()))]));

    static WebApplication Build(string service, TestInstallation installation)
    {
        var module = Sources.Load(service).GetTypes().Single(t => t.Name == service + "Module");
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(installation.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.AddServiceDefaults(service.ToLowerInvariant());
        builder.AddStore(module.GetMethod("Documents")!.CreateDelegate<Action<StoreOptions>>());
        builder.AddMessaging(module.GetMethod("Consumers")!.CreateDelegate<Action<IBusRegistrationConfigurator>>());
        return builder.Build();
    }
}

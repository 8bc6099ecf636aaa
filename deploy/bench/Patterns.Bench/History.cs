using AutoDev.Contracts.Governance;
using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.Reflection;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace AutoDev.Patterns.Bench;

/// <summary>
/// The service's own parts in this process, and one agent whose history grows. Of more episodes more tasks are new, ever more slowly (Heaps' law, as of words in texts):
/// 10 n^0.45 patterns, each put in three ways. What they mean points anywhere; what is put anew is asked of the model.
/// </summary>
sealed class History(WebApplication service, NpgsqlDataSource database) : IAsyncDisposable
{
    const string Workspace = "bench", Agent = "ada";
    const int Ways = 3, Batch = 500;

    static readonly string[] Verbs = ["Extract", "Translate", "Summarise", "Reconcile", "Schedule", "Classify", "Validate", "Convert", "Archive", "Estimate"];
    static readonly string[] Things = ["invoices", "dates", "complaints", "taxes", "labels", "minutes", "readings", "payrolls", "claims", "reviews", "receipts", "warranties", "counts", "leases", "answers",
        "codes", "bookings", "rates", "articles", "filings", "recipes", "patents", "applications", "meters", "points", "addresses", "catalogues", "forecasts", "fines", "grants"];
    static readonly string[] Sources = ["mailbox", "letters", "warehouse", "folder", "exports", "transcripts", "portal", "archive", "ledger", "phone", "calendar", "branch", "clinic", "factory", "harbour",
        "school", "airport", "library", "bakery", "farm"];

    readonly Random _random = new(1);
    int _episodes, _new;

    /// <summary>How many there are by the history; those put anew come on top.</summary>
    public int Patterns { get; private set; }

    public static async Task<History> StartAsync(TestInstallation installation)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(installation.Settings!);
        builder.Configuration["urls"] = $"http://127.0.0.1:{FreePort.Find()}";
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.AddServiceDefaults("reflection");
        builder.AddStore(ReflectionModule.Documents);
        builder.AddMessaging(ReflectionModule.Consumers);
        builder.AddIngest();
        var service = builder.Build();
        service.MapServiceDefaults();
        await service.StartAsync();
        var connection = new NpgsqlConnectionStringBuilder(installation.Settings["ConnectionStrings:postgres"]) { CommandTimeout = 600 };
        connection.Database += "_reflection";
        var history = new History(service, NpgsqlDataSource.Create(connection.ConnectionString));
        using var ready = new HttpClient { BaseAddress = new(builder.Configuration["urls"]!) };
        await Eventually.IsTrueAsync("the service to be ready", async () => (await ready.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode);
        await service.Services.CommitAsync(async (scope, cancellation) =>
        {
            var session = scope.GetRequiredService<IDocumentSession>().ForTenant(Workspace);
            session.Store(new WorkspaceReplica { Id = Workspace, Version = 1, Settings = new() { Enabled = true, FailureThreshold = FailurePattern.MaxThreshold } });
            session.Store(new AgentReplica { Id = Agent, Version = 1, Maturity = Maturity.Intern });
            await Task.CompletedTask;
        }, default);
        return history;
    }

    /// <summary>Writes what is missing to so many episodes as ingest would have.</summary>
    public async Task GrowAsync(int episodes)
    {
        var patterns = (int)(10 * Math.Pow(episodes, 0.45));
        foreach (var numbers in Enumerable.Range(Patterns, patterns - Patterns).Chunk(Batch))
        {
            var batch = numbers.Select(number => FailurePattern.Begin(IdOf(number), Workspace, Put(number, 0))).Select((pattern, i) => pattern with
            {
                FailureCount = episodes / patterns, Phrasings = [.. Enumerable.Range(0, Ways).Select(way => Phrasing.Of(Put(numbers[i], way)))],
            }).ToList();
            await service.Services.CommitAsync((scope, _) =>
            {
                var session = scope.GetRequiredService<IDocumentSession>();
                session.StoreMany<FailurePattern, Guid>([.. batch.Select(p => (new Place<Guid>(Workspace, p.Id), p))]);
                session.File([.. batch.SelectMany(p => p.Phrasings.Select(q => new FiledPhrasing(new(Workspace, Agent), p.Id, new(q, Anywhere()))))], SentenceModel.Name);
                return Task.CompletedTask;
            }, default);
        }

        Patterns = patterns;
        await InsertEpisodesAsync(_episodes, episodes);
        _episodes = episodes;
        foreach (var table in new[] { "mt_doc_episode", "mt_doc_failurepattern", PhrasingTable.Name })
        {
            await using var analyze = database.CreateCommand($"vacuum analyze {table}");
            await analyze.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A failure whose task is one of the history, with a number that was not there before.</summary>
    public Episode PutAsBefore(int i) => Failure($"{TaskOf(_random.Next(Patterns), i % Ways)} {_random.Next(1_000_000)}");

    /// <summary>A failure in words that were never used together.</summary>
    public Episode PutAnew() => Failure($"{TaskOf(_random.Next(1_000_000), _new++ % Ways)} for {Any(Things)} of the {Any(Sources)} {Code(_new)}");

    public Task RecordAsync(Episode failure) => service.Services.CommitAsync((scope, cancellation) =>
        scope.GetRequiredService<RecordEpisodes>().RecordAsync([new(Workspace, failure)], cancellation), default);

    public async ValueTask DisposeAsync()
    {
        await service.StopAsync();
        await service.DisposeAsync();
        await database.DisposeAsync();
    }

    async Task InsertEpisodesAsync(int from, int to)
    {
        await using var insert = database.CreateCommand(
            """
            insert into mt_doc_episode (tenant_id, id, data, mt_version, mt_dotnet_type)
            select $1, 'history-' || i, $2 || jsonb_build_object('Id', 'history-' || i, 'TaskDescription', 'Failure number ' || i, 'PatternId', gen_random_uuid()), gen_random_uuid(), $3
            from generate_series($4, $5) as i
            """);
        var document = service.Services.GetRequiredService<IDocumentStore>().Options.Serializer().ToJson(Failure("a task"));
        NpgsqlParameter[] parameters =
        [
            new() { Value = Workspace }, new() { Value = document, NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = typeof(Episode).FullName! }, new() { Value = from + 1 }, new() { Value = to },
        ];
        insert.Parameters.AddRange(parameters);
        await insert.ExecuteNonQueryAsync();
    }

    static Episode Put(int number, int way) => Failure($"{TaskOf(number, way)} {number}");

    static string TaskOf(int number, int way)
    {
        var (verb, thing, source) = (Verbs[number % Verbs.Length], Things[number / Verbs.Length % Things.Length], Sources[number / (Verbs.Length * Things.Length) % Sources.Length]);
        return way switch
        {
            0 => $"{verb} {thing} from the {source} {Code(number)}",
            1 => $"{verb} all {thing} of our {source} {Code(number)}",
            _ => $"Please {verb.ToLowerInvariant()} {thing} in the {source} {Code(number)}",
        };
    }

    static Episode Failure(string task) => new()
    {
        Id = $"{Guid.CreateVersion7():N}", AgentId = Agent, TaskDescription = task, Outcome = Outcome.Failure, RecordedAt = DateTimeOffset.UtcNow,
        ErrorTrace = "Traceback (most recent call last):\n  File \"agent.py\", line 88, in run\nValueError: no match", InputJson = """{"document":"Reference DOC-1"}""", ExpectedOutputJson = "\"DOC-1\"",
    };

    // A name of a customer, a project or a place: letters only, since numbers do not tell tasks apart.
    static string Code(int number) => $"{(char)('a' + (number % 26))}{(char)('a' + (number / 26 % 26))}{(char)('a' + (number / 676 % 26))}or";

    string Any(string[] words) => words[_random.Next(words.Length)];

    static Guid IdOf(int number) => new(number, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]);

    float[] Anywhere()
    {
        var direction = new float[384];
        for (var i = 0; i < direction.Length; i++) direction[i] = (float)(_random.NextDouble() - 0.5) / 5.66f; // of length one, near enough
        return direction;
    }
}

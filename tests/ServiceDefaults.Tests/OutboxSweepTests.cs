using System.Net;
using AutoDev.OutboxProbe;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Outbox;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>What was left behind is delivered, by whoever is there: in order, none twice, and the undeliverable holds up nothing but its own transaction.</summary>
public sealed class OutboxSweepTests : IAsyncLifetime
{
    const int Transactions = 200, Each = 10;
    const string Left = "select coalesce(sum(cardinality(message_ids) - cardinality(sent)), 0)::bigint from outbox";

    readonly List<string> _heard = [];
    TestInstallation _installation = null!;
    IBusControl _bus = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _installation = await TestInstallation.CreateAsync();
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(_installation.Broker);
            rabbit.ReceiveEndpoint("test-heard", endpoint =>
            {
                endpoint.ConcurrentMessageLimit = 1; // one after the other, as they came
                endpoint.Handler<ProbeDone>(context =>
                {
                    lock (_heard) _heard.Add(context.Message.WorkId);
                    return Task.CompletedTask;
                });
            });
        });
        await _bus.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task Two_instances_sweep_one_table_none_twice_none_left_each_transaction_in_order()
    {
        await using (await StartAsync()) // makes the tables
        {
        }

        await InsertAsync("exchange:AutoDev.OutboxProbe:ProbeDone");
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await NoneLeftAsync(0);
        await Eventually.IsTrueAsync("all to be heard", () => Task.FromResult(Heard().Count >= Transactions * Each));

        var heard = Heard();
        Assert.Equal(Transactions * Each, heard.Count);
        Assert.Equal(Transactions * Each, heard.Distinct(StringComparer.Ordinal).Count());
        foreach (var transaction in heard.GroupBy(id => id.Split('/')[0], StringComparer.Ordinal))
            Assert.Equal(Enumerable.Range(0, Each), transaction.Select(id => int.Parse(id.Split('/')[1], null)));
    }

    [Fact]
    public async Task What_cannot_be_delivered_is_kept_with_its_error_and_holds_up_its_own_transaction_only()
    {
        await using var app = await StartAsync();
        var poison = Guid.CreateVersion7();
        await ExecuteAsync(
            """
            insert into outbox (transaction_id, message_ids, destinations, content_types, headers, bodies, bytes, due)
            values ($1, array[gen_random_uuid(), gen_random_uuid()], array['nowhere://at/all', 'exchange:AutoDev.OutboxProbe:ProbeDone'],
              array['application/json', 'application/json'], array['{}', '{}'], array['{}'::bytea, '{}'], 4, now())
            """, poison);
        await InsertAsync("exchange:AutoDev.OutboxProbe:ProbeDone");

        await Eventually.IsTrueAsync("all others to be heard", () => Task.FromResult(Heard().Distinct(StringComparer.Ordinal).Count() == Transactions * Each));
        await NoneLeftAsync(2);
        await Eventually.IsTrueAsync("the error to be kept", async () =>
            (long)(await ExecuteAsync("select count(*) from outbox where error is not null and attempts > 0 and transaction_id = $1", poison))! == 1);

        // Visible, and the service still ready.
        var health = app.Services.GetRequiredService<HealthCheckService>();
        await Eventually.GetAsync("the health check to tell", async () =>
            (await health.CheckHealthAsync(Cancellation)).Entries["outbox"] is { Description: { } words } e && words.Contains("2 failing", StringComparison.Ordinal)
            && words.Contains("2 pending, the oldest for", StringComparison.Ordinal) ? (object)e : null);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).StatusCode);
        string[] names = ["outbox_pending", "outbox_failing", "outbox_oldest", "outbox_delivered", "outbox_swept", "outbox_failed"];
        await Eventually.IsTrueAsync("every metric", async () =>
        {
            using var answer = await http.GetAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
            var metrics = await answer.Content.ReadAsStringAsync(Cancellation);
            return names.All(name => metrics.Contains(name, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task While_the_broker_is_away_commits_go_on_and_afterwards_everything_is_delivered_in_order()
    {
        await using var network = new TcpProxy(_installation.Broker.Host, _installation.Broker.Port);
        await using var app = await StartAsync(
            new UriBuilder(_installation.Broker) { Host = "127.0.0.1", Port = network.Port }.Uri, new() { ["Outbox:SendTimeout"] = "00:00:02", ["Outbox:Lease"] = "00:00:03" });
        network.Refuse();
        for (var i = 0; i < 30; i++)
        {
            await using var scope = app.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = "w";
            var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>(); // made before anything is published
            session.Store(new Effect($"away{i}", "x"));
            var publisher = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
            for (var n = 0; n < 5; n++) await publisher.Publish(new ProbeDone("w", $"away{i}/{n}"), Cancellation);
            await session.SaveChangesAsync(Cancellation);
        }

        network.Mend();
        await NoneLeftAsync(0);
        await Eventually.IsTrueAsync("all to be heard", () => Task.FromResult(Heard().Distinct(StringComparer.Ordinal).Count() == 150));
        foreach (var transaction in Heard().Distinct(StringComparer.Ordinal).GroupBy(id => id.Split('/')[0], StringComparer.Ordinal))
            Assert.Equal(Enumerable.Range(0, 5), transaction.Select(id => int.Parse(id.Split('/')[1], null)));
    }

    [Fact]
    public async Task Headers_lifetime_and_ids_survive_the_table()
    {
        await using var app = await StartAsync();
        var told = new Heard<ProbeWork>();
        await _bus.ConnectReceiveEndpoint("test-headers", endpoint => endpoint.Handler<ProbeWork>(context =>
        {
            told.Add(context);
            return Task.CompletedTask;
        })).Ready;
        var correlation = Guid.NewGuid();

        // The first goes by the bus, later ones by the outbox's own channel, once it is there.
        string[] works = ["1", "2", "3", "4", "5"];
        foreach (var work in works)
        {
            await using var scope = app.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new ProbeWork("w", "late"), context => context.TimeToLive = TimeSpan.FromMilliseconds(-1), Cancellation);
            await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new ProbeWork("w", work), context =>
            {
                context.CorrelationId = correlation;
                context.TimeToLive = TimeSpan.FromMinutes(5);
                context.Headers.Set("number", 17);
                context.Headers.Set("truth", true);
                context.Headers.Set("text", "ä");
            }, Cancellation);
            await scope.ServiceProvider.GetRequiredService<IDocumentSession>().SaveChangesAsync(Cancellation);
            await told.WaitAsync(w => w.WorkId == work);
        }

        Assert.Equal(works, told.Messages.Select(w => w.WorkId)); // what had expired was not sent
        var headers = new List<string>();
        foreach (var work in works)
        {
            var heard = await told.ContextAsync(w => w.WorkId == work);
            Assert.Equal(correlation, heard.CorrelationId);
            Assert.Equal(17, heard.Headers.Get<int>("number"));
            Assert.True(heard.Headers.Get<bool>("truth"));
            Assert.Equal("ä", heard.ReceiveContext.TransportHeaders.Get<string>("text"));
            Assert.Equal(heard.MessageId, heard.ReceiveContext.GetMessageId());
            headers.Add(string.Join(' ', heard.ReceiveContext.TransportHeaders.GetAll().Select(h => h.Key).Order(StringComparer.Ordinal)));
        }

        Assert.EndsWith(" x-dotnet-pub-seq-no", headers[0], StringComparison.Ordinal); // the bus's client counts there
        Assert.All(headers[1..], h => Assert.Equal(headers[0], h + " x-dotnet-pub-seq-no"));
    }

    /// <summary>A lost connection can confirm the later of two messages and not the earlier: by its place among the sent, a message is found in the table.</summary>
    [Fact]
    public async Task Where_only_the_second_of_two_was_confirmed_the_first_is_what_stays()
    {
        await using var app = await StartAsync(more: new() { ["Outbox:MemoryLimit"] = "0", ["Outbox:Lease"] = "00:02:00" }); // all is left to the sweeper, later
        await Eventually.IsTrueAsync("it to lease", () => Task.FromResult(app.Services.GetRequiredService<OutboxDelivery>().Lease > TimeSpan.Zero));
        await using (var scope = app.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = "w";
            var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
            await bus.Publish(new ProbeDone("w", "first"), Cancellation);
            await bus.Publish(new ProbeDone("w", "second"), Cancellation);
            await scope.ServiceProvider.GetRequiredService<IDocumentSession>().SaveChangesAsync(Cancellation);
        }

        var transaction = (Guid)(await ExecuteAsync("select transaction_id from outbox limit 1"))!;
        await app.Services.GetRequiredService<OutboxTable>().SettleAsync([new Settlement(transaction, [1])], TimeSpan.FromMinutes(1), Cancellation);
        await ExecuteAsync("update outbox set due = now()");

        await NoneLeftAsync(0);
        await Eventually.IsTrueAsync("one to be heard", () => Task.FromResult(Heard().Count > 0));
        Assert.Equal(["first"], Heard());
    }

    [Fact]
    public async Task A_second_start_finds_the_tables_as_they_should_be()
    {
        await using (await StartAsync())
        {
        }

        await using var again = await StartAsync();
        await again.Services.GetRequiredService<IDocumentStore>().Storage.Database.AssertDatabaseMatchesConfigurationAsync(Cancellation);
    }

    [Theory]
    [InlineData(0, 0, HealthStatus.Healthy)]
    [InlineData(5, 59, HealthStatus.Healthy)]
    [InlineData(5, 60, HealthStatus.Degraded)]
    public void It_is_degraded_once_the_oldest_has_waited_too_long(int pending, int seconds, HealthStatus expected) =>
        Assert.Equal(expected, OutboxHealth.Judge(new Backlog(pending, 0, TimeSpan.FromSeconds(seconds), null), TimeSpan.FromMinutes(1)).Status);

    List<string> Heard()
    {
        lock (_heard) return [.. _heard];
    }

    async Task InsertAsync(string destination) => await ExecuteAsync(
        """
        insert into outbox (transaction_id, message_ids, destinations, content_types, headers, bodies, bytes, due)
        select md5(t::text)::uuid, array_agg(gen_random_uuid()), array_agg($1::text), array_agg('application/vnd.masstransit+json'::text), array_agg('{}'::text), array_agg(body order by p),
          sum(octet_length(body)), now()
        from (select t, p, convert_to(json_build_object('messageId', gen_random_uuid(), 'messageType', json_build_array('urn:message:AutoDev.OutboxProbe:ProbeDone'),
            'message', json_build_object('workspaceId', 'w', 'workId', t || '/' || p))::text, 'UTF8') as body
          from generate_series(1, $2) t, generate_series(0, $3) p) message group by t order by random()
        """, destination, Transactions, Each - 1);

    Task NoneLeftAsync(long but) => Eventually.IsTrueAsync("the rest to be swept", async () => (long)(await ProbeDatabase.ScalarAsync(_installation, "sweep", Left))! == but);

    Task<object?> ExecuteAsync(string sql, params object[] parameters) => ProbeDatabase.ScalarAsync(_installation, "sweep", sql, parameters);

    async Task<WebApplication> StartAsync(Uri? broker = null, Dictionary<string, string?>? more = null)
    {
        LogContext.Current = null; // else it logs into a factory that an earlier host disposed of
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(_installation.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        if (broker is not null) builder.Configuration["ConnectionStrings:rabbitmq"] = broker.ToString();
        builder.Configuration["Outbox:SweepInterval"] = "00:00:00.2";
        builder.Configuration["Outbox:SweepLimit"] = "100";
        builder.Configuration["Outbox:SendTimeout"] = "00:00:15"; // what a busy broker confirms late would be sent twice
        if (more is not null) builder.Configuration.AddInMemoryCollection(more);
        builder.AddServiceDefaults("sweep");
        builder.AddStore(store => store.Schema.For<Effect>());
        builder.AddMessaging(_ => { });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        var app = builder.Build();
        app.MapServiceDefaults();
        await app.StartAsync();
        var health = app.Services.GetRequiredService<HealthCheckService>();
        await Eventually.IsTrueAsync("the service to be ready", async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy);
        return app;
    }
}

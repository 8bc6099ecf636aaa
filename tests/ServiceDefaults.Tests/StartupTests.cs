using System.Net;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>In whatever order the parts come and go, a service waits, says so, and goes on by itself.</summary>
public sealed class StartupTests : IAsyncLifetime
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    TestInstallation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await TestInstallation.CreateAsync();

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_service_outlives_its_database_and_its_broker()
    {
        var (server, broker) = (new NpgsqlConnectionStringBuilder(_installation.Settings["ConnectionStrings:postgres"]), _installation.Broker);
        await using var toDatabase = new TcpProxy(server.Host!, server.Port);
        await using var toBroker = new TcpProxy(broker.Host, broker.Port);
        toDatabase.Refuse();
        toBroker.Refuse();
        (server.Host, server.Port, server.Timeout) = ("127.0.0.1", toDatabase.Port, 2);
        await using var service = await StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:postgres"] = server.ConnectionString,
            ["ConnectionStrings:rabbitmq"] = new UriBuilder(broker) { Host = "127.0.0.1", Port = toBroker.Port }.Uri.ToString(),
        });
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.First()) };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative), Cancellation)).StatusCode);
        await Answers(http, HttpStatusCode.ServiceUnavailable, "before anything is there");
        toBroker.Mend();
        await Answers(http, HttpStatusCode.ServiceUnavailable, "while the database is missing");
        toDatabase.Mend();
        await Answers(http, HttpStatusCode.OK, "with both");

        toDatabase.Refuse();
        await Answers(http, HttpStatusCode.ServiceUnavailable, "without its database");
        toDatabase.Mend();
        await Answers(http, HttpStatusCode.OK, "when the database is back");

        toBroker.Refuse();
        await Answers(http, HttpStatusCode.ServiceUnavailable, "without its broker");
        toBroker.Mend();
        await Answers(http, HttpStatusCode.OK, "when the broker is back");
    }

    [Fact]
    public async Task Instances_that_start_together_make_one_schema()
    {
        var services = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync([])));
        try
        {
            foreach (var service in services)
            {
                using var http = new HttpClient { BaseAddress = new Uri(service.Urls.First()) };
                await Answers(http, HttpStatusCode.OK, "beside two others");
            }
        }
        finally
        {
            foreach (var service in services) await service.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_service_whose_bus_does_not_come_although_the_broker_is_there_ends_to_be_started_again()
    {
        await using var service = await StartAsync(
            new(StringComparer.Ordinal) { ["Messaging:StuckSeconds"] = "5" },
            services => services.Remove(services.Single(s => s.ImplementationType == typeof(Startup)))); // nothing starts the bus

        await Eventually.IsTrueAsync("the service to end", () => Task.FromResult(service.Lifetime.ApplicationStopping.IsCancellationRequested));
        Assert.Equal(75, Environment.ExitCode);
        Environment.ExitCode = 0; // it is this process's too
    }

    static Task Answers(HttpClient http, HttpStatusCode status, string when) => Eventually.IsTrueAsync(
        $"/health/ready to answer {(int)status} {when}", async () => (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).StatusCode == status);

    async Task<WebApplication> StartAsync(Dictionary<string, string?> settings, Action<IServiceCollection>? change = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(_installation.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults("starter");
        builder.AddStore(store => store.Schema.For<Note>());
        builder.AddMessaging(bus => bus.AddConsumer<TakeNoteConsumer>());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        change?.Invoke(builder.Services);
        var service = builder.Build();
        service.MapServiceDefaults();
        await service.StartAsync(Cancellation);
        return service;
    }
}

using AutoDev.OutboxProbe;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

// A service for the outbox's tests, run as a process of its own so that it can be killed: OutboxProbe NAME. Says "ready" when it consumes.
var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.AddServiceDefaults(args[0]);
var database = new NpgsqlConnectionStringBuilder(builder.Configuration.GetConnectionString("postgres"));
database.Database += "_" + args[0];
builder.AddStore(store =>
{
    store.Schema.For<Effect>();
    store.Listeners.Add(new KillAroundCommit(database.ConnectionString));
});
builder.AddMessaging(bus =>
{
    bus.AddConsumer<DoWorkConsumer>();
    bus.AddConsumer<HearDoneConsumer>();
});
var app = builder.Build();
app.MapServiceDefaults();
var control = app.Services.GetRequiredService<IBusControl>();
control.ConnectSendObserver(new KillAfterConfirm());
await app.StartAsync();
await control.WaitForHealthStatus(BusHealthStatus.Healthy, CancellationToken.None);
Console.WriteLine("ready");
await app.WaitForShutdownAsync();

using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Outbox;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using JasperFx;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Weasel.Core;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>How to reach the service's own database; with the password, which an open connection does not tell any more.</summary>
sealed record StoreConnection(string ConnectionString);

/// <summary>The service's own document store.</summary>
public static class Store
{
    // All services together stay below what a PostgreSQL allows; whoever finds none free waits for one.
    const int MaxConnections = 25;

    /// <summary>
    /// Adds a Marten store in the database <c>autodev_{service}</c> of <c>ConnectionStrings:postgres</c>, and a session per scope that sees the scope's
    /// <see cref="Workspace"/> only. The database and its tables are made at start; until then the service is not ready.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection string is not set.</exception>
    public static void AddStore(this WebApplicationBuilder builder, Action<StoreOptions> documents)
    {
        var service = ServiceWord.Of(builder);
        var server = builder.Configuration.GetConnectionString("postgres")
            ?? throw new InvalidOperationException("ConnectionStrings:postgres is not set: name the PostgreSQL server, for example Host=127.0.0.1;Username=postgres");
        var connection = new NpgsqlConnectionStringBuilder(server);
        connection.Database = $"{connection.Database ?? "autodev"}_{service}";
        connection.ApplicationName = service;
        if (!connection.ShouldSerialize("Maximum Pool Size")) connection.MaxPoolSize = MaxConnections;

        builder.Services.AddSingleton(new StoreConnection(connection.ConnectionString));
        builder.Services.AddSingleton<Schema>();
        builder.Services.AddForgetting();
        builder.Services.AddHttpContextAccessor();
        builder.Services.TryAddScoped(WorkspaceOfRequest);
        builder.Services.AddMarten(options =>
        {
            options.Connection(connection.ConnectionString);
            options.DatabaseSchemaName = "public";
            options.AutoCreateSchemaObjects = AutoCreate.None; // tables are made at start, see Schema
            options.UseSystemTextJsonForSerialization(EnumStorage.AsString, configure: json => json.Converters.Add(new StorableText()));
            options.DisableNpgsqlLogging = true;
            options.Policies.AllDocumentsAreMultiTenanted();
            options.AddOutboxTables();
            options.AddDeadLetterDocuments();
            options.Schema.For<ApiKey>().SingleTenanted().Identity(k => k.KeyId);
            documents(options);
        });
        builder.Services.RemoveAll<IDocumentSession>();
        builder.Services.RemoveAll<IQuerySession>();
        builder.Services.AddScoped(p => p.GetRequiredService<IDocumentStore>().LightweightSession(p.GetRequiredService<Workspace>().Id!));
        builder.Services.AddScoped<IQuerySession>(p => p.GetRequiredService<IDocumentSession>());
    }

    static Workspace WorkspaceOfRequest(IServiceProvider scope) =>
        new() { Id = scope.GetRequiredService<IHttpContextAccessor>().HttpContext?.GetRouteValue("workspace") as string };
}

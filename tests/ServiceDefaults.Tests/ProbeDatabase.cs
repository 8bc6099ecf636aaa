using AutoDev.Testing;
using Npgsql;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>The probe's database, from outside.</summary>
static class ProbeDatabase
{
    public static async Task<object?> ScalarAsync(TestInstallation installation, string service, string sql, params object[] parameters)
    {
        var server = new NpgsqlConnectionStringBuilder(installation.Settings["ConnectionStrings:postgres"]) { Pooling = false };
        server.Database += "_" + service;
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return await command.ExecuteScalarAsync();
    }
}

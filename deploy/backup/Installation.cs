using Npgsql;

namespace AutoDev.Backup;

/// <summary>Where an installation keeps what it keeps, by the settings of its services.</summary>
/// <param name="Broker">amqp address with the virtual host.</param>
/// <param name="Management">Address of the broker's management API, with its user.</param>
/// <param name="Postgres">The server; its database is the prefix of the services' databases, <c>autodev</c> where none is named.</param>
sealed record Installation(Uri Broker, Uri Management, NpgsqlConnectionStringBuilder Postgres)
{
    /// <summary>Before the service's word in the name of its database.</summary>
    public string Prefix => $"{Postgres.Database ?? "autodev"}_";

    /// <summary>The broker's virtual host.</summary>
    public string VirtualHost => Broker.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(Broker.AbsolutePath[1..]) : "/";

    /// <exception cref="BackupException">A setting is missing.</exception>
    public static Installation OfEnvironment()
    {
        static string Setting(string name) => Environment.GetEnvironmentVariable($"ConnectionStrings__{name}")
            ?? throw new BackupException($"ConnectionStrings__{name} is not set.{(name == "rabbitmq_management" ? " Only the broker's management plugin can tell which queues there are." : "")}");
        return new(new(Setting("rabbitmq")), new(Setting("rabbitmq_management")), new(Setting("postgres")));
    }

    /// <summary>A connection of its own; what is open here must not be somebody else's from a pool.</summary>
    public NpgsqlConnection Connect(string database) =>
        new(new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Database = database, Pooling = false, ApplicationName = "backup", CommandTimeout = 0 }.ConnectionString);
}

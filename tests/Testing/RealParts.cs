using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

namespace AutoDev.Testing;

/// <summary>
/// The real broker and database that the tests run against: from the environment (<c>deploy/autodev test</c> sets it), else containers of their own.
/// Where neither can be had the tests fail; they never skip.
/// </summary>
/// <param name="Broker">amqp address, without a virtual host.</param>
/// <param name="Management">Address of the broker's management API, with its user.</param>
/// <param name="Database">Npgsql connection string of the server, without a database.</param>
public sealed record RealParts(Uri Broker, Uri Management, string Database)
{
    static readonly Lazy<Task<RealParts>> Once = new(FindAsync);

    /// <summary>Found or started once a test process.</summary>
    public static Task<RealParts> GetAsync() => Once.Value;

    static async Task<RealParts> FindAsync()
    {
        var broker = Environment.GetEnvironmentVariable("ConnectionStrings__rabbitmq");
        var management = Environment.GetEnvironmentVariable("ConnectionStrings__rabbitmq_management");
        var database = Environment.GetEnvironmentVariable("ConnectionStrings__postgres");
        if (broker is not null && management is not null && database is not null) return new(new(broker), new(management), database);
        try
        {
            return await StartContainersAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                "The tests need a RabbitMQ and a PostgreSQL: run them with deploy/autodev test, or set ConnectionStrings__rabbitmq, "
                + "ConnectionStrings__rabbitmq_management and ConnectionStrings__postgres, or provide a Docker engine that has or can pull their images.", e);
        }
    }

    static async Task<RealParts> StartContainersAsync()
    {
        const ushort managementPort = 15672;
        var rabbit = new RabbitMqBuilder("rabbitmq:3.13-management").WithPortBinding(managementPort, assignRandomHostPort: true).WithAutoRemove(true).Build();
        var postgres = new PostgreSqlBuilder("postgres:16").WithCommand("-c", "max_connections=400").WithAutoRemove(true).Build();
        await Task.WhenAll(rabbit.StartAsync(), postgres.StartAsync());
        var user = new Uri(rabbit.GetConnectionString()).UserInfo;
        return new(
            new Uri(rabbit.GetConnectionString()),
            new Uri($"http://{user}@{rabbit.Hostname}:{rabbit.GetMappedPublicPort(managementPort)}"),
            postgres.GetConnectionString());
    }
}

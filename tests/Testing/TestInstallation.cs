using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace AutoDev.Testing;

/// <summary>A virtual host and a set of databases of its own, so that nothing of one test class reaches another. Removed at the end.</summary>
public sealed class TestInstallation : IAsyncDisposable
{
    /// <summary>Opens everything in this installation.</summary>
    public const string AdminKey = "the-first-administrators-key-of-a-test-installation";

    readonly RealParts _parts;
    readonly string _name;

    TestInstallation(RealParts parts, string name) => (_parts, _name) = (parts, name);

    /// <summary>amqp address with this installation's virtual host.</summary>
    public Uri Broker => new UriBuilder(_parts.Broker) { Path = _name }.Uri;

    /// <summary>What every service needs, by configuration key.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ConnectionStrings:rabbitmq"] = Broker.ToString(),
        ["ConnectionStrings:postgres"] = new NpgsqlConnectionStringBuilder(_parts.Database) { Database = _name }.ConnectionString,
        ["Security:AdminKey"] = AdminKey,
    };

    /// <summary>Makes one.</summary>
    public static async Task<TestInstallation> CreateAsync()
    {
        var installation = new TestInstallation(await RealParts.GetAsync(), $"test{Guid.NewGuid():N}"[..20]);
        await installation.Manage(HttpMethod.Put, $"vhosts/{installation._name}");
        return installation;
    }

    /// <summary>Messages that wait in a queue, those being handled included; 0 where it does not exist.</summary>
    public async Task<int> CountAsync(string queue)
    {
        await using var connection = await new RabbitMQ.Client.ConnectionFactory { Uri = Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            return (int)(await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
        {
            return 0;
        }
    }

    /// <summary>Takes the oldest dead letter out of an error queue: its body and why it died; <c>null</c> where there is none.</summary>
    public async Task<(string Body, string Reason)?> TakeDeadLetterAsync(string errorQueue)
    {
        await using var connection = await new RabbitMQ.Client.ConnectionFactory { Uri = Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            var letter = await channel.BasicGetAsync(errorQueue, autoAck: true);
            if (letter is null) return null;
            var reason = letter.BasicProperties.Headers?["MT-Fault-Message"] as byte[] ?? [];
            return (Encoding.UTF8.GetString(letter.Body.Span), Encoding.UTF8.GetString(reason));
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode is 404 or 541)
        {
            return null; // not there yet, or just being made
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Manage(HttpMethod.Delete, $"vhosts/{_name}");
        NpgsqlConnection.ClearAllPools();
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_parts.Database) { Database = "postgres", Pooling = false });
        var databases = new List<string>();
        await using (var find = server.CreateCommand("select datname from pg_database where datname like $1"))
        {
            find.Parameters.Add(new() { Value = _name + "%" });
            await using var reader = await find.ExecuteReaderAsync();
            while (await reader.ReadAsync()) databases.Add(reader.GetString(0));
        }

        foreach (var database in databases)
        {
            await using var drop = server.CreateCommand($"drop database \"{database}\" with (force)");
            await drop.ExecuteNonQueryAsync();
        }
    }

    async Task Manage(HttpMethod method, string path)
    {
        using var http = new HttpClient { BaseAddress = new Uri(_parts.Management.GetLeftPart(UriPartial.Authority).Replace(_parts.Management.UserInfo + "@", "", StringComparison.Ordinal)) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(_parts.Management.UserInfo))));
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(method, $"api/{path}") { Content = method == HttpMethod.Put ? content : null };
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }
}

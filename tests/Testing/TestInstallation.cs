using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace AutoDev.Testing;

/// <summary>A virtual host and a set of databases of its own, so that nothing of one test class reaches another. Removed at the end.</summary>
public sealed class TestInstallation : IAsyncDisposable
{
    /// <summary>Opens everything in this installation.</summary>
    public const string AdminKey = "the-first-administrators-key-of-a-test-installation";

    /// <summary>With it a Console of this installation signs in a person's name, PEM.</summary>
    public static string PersonKey { get; }

    static readonly string PublicPersonKey;

    readonly RealParts _parts;
    readonly string _name;
    readonly ConcurrentBag<Guid> _taken = [];

    static TestInstallation()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (PersonKey, PublicPersonKey) = (key.ExportECPrivateKeyPem(), key.ExportSubjectPublicKeyInfoPem());
    }

    TestInstallation(RealParts parts, string name) => (_parts, _name) = (parts, name);

    /// <summary>amqp address with this installation's virtual host.</summary>
    public Uri Broker => new UriBuilder(_parts.Broker) { Path = _name }.Uri;

    /// <summary>Address of the broker's management API, with its user.</summary>
    public Uri Management => _parts.Management;

    /// <summary>What every service needs, by configuration key.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ConnectionStrings:rabbitmq"] = Broker.ToString(),
        ["ConnectionStrings:postgres"] = new NpgsqlConnectionStringBuilder(_parts.Database) { Database = _name }.ConnectionString,
        ["Security:AdminKey"] = AdminKey,
        ["Security:PersonKeys:0"] = PublicPersonKey,

        // What tests send ahead of its news, or with a mistake, need not wait for a quarter of an hour to be a dead letter.
        ["Failures:Blips:0"] = "00:00:00.2",
        ["Failures:Blips:1"] = "00:00:01",
        ["Failures:Delays:0"] = "00:00:00.5",
        ["Failures:Delays:1"] = "00:00:01",
        ["Failures:OvertakenFor"] = "00:00:20",
        ["Failures:UnexpectedFor"] = "00:00:02",
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

    /// <summary>
    /// The oldest dead letter of a queue that was not taken before: its body and why it died; <c>null</c> where there is none. It is read where the service
    /// keeps it, in its database.
    /// </summary>
    /// <param name="queue">A consumer's queue, such as <c>memento-request-skill</c>.</param>
    /// <param name="about">Part of the reason.</param>
    public async Task<(string Body, string Reason)?> TakeDeadLetterAsync(string queue, string about = "")
    {
        var service = queue[..queue.IndexOf('-', StringComparison.Ordinal)];
        var connection = new NpgsqlConnectionStringBuilder(_parts.Database) { Database = $"{_name}_{service}", Pooling = false };
        await using var database = NpgsqlDataSource.Create(connection);
        await using var find = database.CreateCommand(
            """
            select letter.id, letter.data ->> 'Reason', content.data ->> 'Body'
            from mt_doc_deadletter letter join mt_doc_lettercontent content using (tenant_id, id)
            where letter.data ->> 'Queue' = $1 and letter.id <> all ($2) and strpos(letter.data ->> 'Reason', $3) > 0
            order by letter.sort_key limit 1
            """);
        find.Parameters.Add(new() { Value = queue });
        find.Parameters.Add(new() { Value = _taken.ToArray() });
        find.Parameters.Add(new() { Value = about });
        await using var reader = await find.ExecuteReaderAsync();
        if (!await reader.ReadAsync()) return null;
        _taken.Add(reader.GetGuid(0));
        return (Encoding.UTF8.GetString(Convert.FromBase64String(reader.GetString(2))), reader.GetString(1));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => DestroyAsync();

    /// <summary>The virtual host anew, with nothing in it, and no database.</summary>
    public async Task LoseEverythingAsync()
    {
        await DestroyAsync();
        await Manage(HttpMethod.Put, $"vhosts/{_name}");
    }

    async ValueTask DestroyAsync()
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

using AutoDev.Loop.Tests.Faults;
using AutoDev.Testing;
using Npgsql;
using Xunit;

namespace AutoDev.Loop.Tests.Tls;

/// <summary>A broker and a database that speak TLS, with certificates that were made for this run, and two services between which it is spoken too.</summary>
public sealed class SecureParts : IAsyncLifetime
{
    // Not a temporary folder of this user alone: the servers run as users of their own.
    readonly string _folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"autodev-tls-{Guid.NewGuid():N}")).FullName;
    readonly int _broker = FreePort.Find();
    readonly int _fitness = FreePort.Find();
    OwnParts _parts = null!;

    /// <summary>Signed what the parts and the services show.</summary>
    public TestAuthority Ours { get; private set; } = null!;

    /// <summary>Signed nothing of what is here.</summary>
    public TestAuthority Others { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (Ours, Others) = (new(_folder, "ours"), new(_folder, "others"));
        _parts = new OwnParts(Path.Combine(_folder, "parts"));
        await _parts.ChooseAsync();
        var (certificate, key) = Ours.Sign("broker");
        await _parts.ConfigureBrokerAsync($"listeners.ssl.default = 127.0.0.1:{_broker}", $"ssl_options.certfile = {certificate}", $"ssl_options.keyfile = {key}");
        await Task.WhenAll(_parts.StartAsync("rabbitmq"), StartDatabaseAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_parts is not null) await _parts.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A service that trusts an authority with everything that it connects to, and itself shows one of ours.</summary>
    public ServiceProcess Service(string service, TestAuthority trusted, params (string Key, string Value)[] changed)
    {
        var port = service == "fitness" ? _fitness : FreePort.Find();
        var (certificate, key) = Ours.Sign(service);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:rabbitmq"] = new UriBuilder(_parts.Broker) { Scheme = "amqps", Port = _broker }.Uri.ToString(),
            ["Messaging:CertificateAuthority"] = trusted.Authority,
            ["ConnectionStrings:postgres"] = $"{_parts.Database};SSL Mode=VerifyFull;Root Certificate={trusted.Authority}",
            ["Security:AdminKey"] = TestInstallation.AdminKey,
            ["Kestrel:Certificates:Default:Path"] = certificate,
            ["Kestrel:Certificates:Default:KeyPath"] = key,
            ["SSL_CERT_DIR"] = $"/etc/ssl/certs:{trusted.Folder}",
            ["Services:fitness"] = $"https://127.0.0.1:{_fitness}",
        };
        foreach (var (name, value) in changed) settings[name] = value;
        return new(service, port, Path.Combine(_folder, $"{service}-{port}.log"), settings, Ours);
    }

    async Task StartDatabaseAsync()
    {
        await _parts.StartAsync("postgres");
        var (certificate, key) = Ours.Sign("database");
        await _parts.GiveToDatabaseAsync(key);
        await using var database = NpgsqlDataSource.Create(_parts.Database + ";Database=postgres;Pooling=false");
        foreach (var set in new[] { $"ssl_cert_file = '{certificate}'", $"ssl_key_file = '{key}'", "ssl = on" })
        {
            await using var alter = database.CreateCommand("alter system set " + set);
            await alter.ExecuteNonQueryAsync();
        }

        await using var reload = database.CreateCommand("select pg_reload_conf()");
        await reload.ExecuteNonQueryAsync();
        await Eventually.IsTrueAsync("the database to speak TLS", async () =>
        {
            await using var secure = new NpgsqlConnection($"{_parts.Database};Database=postgres;Pooling=false;SSL Mode=VerifyFull;Root Certificate={Ours.Authority}");
            try
            {
                await secure.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }
}

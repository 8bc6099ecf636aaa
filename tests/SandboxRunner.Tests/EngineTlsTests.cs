using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AutoDev.SandboxRunner.Engine;
using AutoDev.Testing;
using Docker.DotNet;
using Microsoft.Extensions.Configuration;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>An engine at an address: this machine's own, behind what ends TLS in front of it as an engine with <c>--tlsverify</c> does.</summary>
public sealed class EngineTlsTests : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("autodev-engine-tls-").FullName;
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly TestAuthority _ours, _others;

    public EngineTlsTests()
    {
        (_ours, _others) = (new(_folder, "ours"), new(_folder, "others"));
        foreach (var authority in new[] { _ours, _others })
        {
            var (certificate, key) = authority.Sign("sandboxrunner");
            File.Copy(certificate, Path.Combine(authority.Folder, "cert.pem"));
            File.Copy(key, Path.Combine(authority.Folder, "key.pem"));
        }

        _listener.Start();
        _ = ListenAsync();
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_engine_is_spoken_to_by_tls_where_both_sides_show_what_the_authority_signed()
    {
        using var docker = Connect(_ours.Folder);
        Assert.NotEmpty((await docker.System.GetVersionAsync(TestContext.Current.CancellationToken)).Version);
    }

    [Fact]
    public async Task An_engine_that_another_authority_signed_is_not_spoken_to()
    {
        using var docker = Connect(_others.Folder);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => docker.System.GetVersionAsync(TestContext.Current.CancellationToken));
        Assert.Contains("certificate", refused.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_an_authority_is_a_mistake()
    {
        File.Delete(Path.Combine(_ours.Folder, "ca.pem"));
        var refused = Assert.Throws<InvalidOperationException>(() => Connect(_ours.Folder));
        Assert.Contains("ca.pem", refused.Message, StringComparison.Ordinal);
    }

    DockerClient Connect(string certificates) => SandboxRunnerModule.Connect(
        new SandboxOptions { Endpoint = $"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", Certificates = certificates }, new ConfigurationBuilder().Build());

    async Task ListenAsync()
    {
        var (certificate, key) = _ours.Sign("engine");
        using var shown = X509Certificate2.CreateFromPemFile(certificate, key);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_ours.Authority);
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(), shown, authority);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test has ended
        }
    }

    static async Task ServeAsync(TcpClient client, X509Certificate2 shown, X509Certificate2 authority)
    {
        using var ends = client;
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = shown,
                ClientCertificateRequired = true,
                CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            });
            using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await engine.ConnectAsync(new UnixDomainSocketEndPoint(new Uri(Environment.GetEnvironmentVariable("DOCKER_HOST")!).AbsolutePath));
            await using var stream = new NetworkStream(engine);
            await Task.WhenAny(tls.CopyToAsync(stream), stream.CopyToAsync(tls));
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // the other side did not accept what it was shown, or has gone
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using AutoDev.OperatorConsole.Origin;
using AutoDev.Testing;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Origin;

/// <summary>The real Console at a port, with little patience, behind a proxy that has the address 127.0.0.1.</summary>
public sealed class ImpatientConsole : IAsyncLifetime
{
    readonly EchoService _memento = new();
    TestInstallation _installation = null!;
    WebApplicationFactory<Program> _console = null!;

    public Uri Address => _console.ClientOptions.BaseAddress;

    public async ValueTask InitializeAsync()
    {
        await _memento.StartAsync();
        _installation = await TestInstallation.CreateAsync();
        _console = _installation.Listening<Program>(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Services:memento"] = _memento.Address, ["Proxies"] = "127.0.0.1, 2001:db8::/32", ["Limits:HeadersWithin"] = "00:00:02", ["Limits:BodyGrace"] = "00:00:02",
            ["Limits:Keyless:PerSecond"] = "1", ["Limits:Keyless:Burst"] = "5",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        await _memento.DisposeAsync();
        await _installation.DisposeAsync();
    }

    /// <summary>Calls from this address of this machine.</summary>
    public HttpClient From(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (to, cancellation) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(to.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = Address };
}

public sealed class CallLimitTests(ImpatientConsole console) : IClassFixture<ImpatientConsole>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET /sign-in HTTP/1.1\r\nHost: console\r\nX-Slow: ")]
    [InlineData("POST /api/memento/slow HTTP/1.1\r\nHost: console\r\nX-Api-Key: k.s\r\nContent-Length: 100000\r\n\r\n{")]
    public async Task Who_drips_a_call_is_not_waited_for(string beginning)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(console.Address.Host, console.Address.Port, Cancellation);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning), Cancellation);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        using var reader = new StreamReader(connection.GetStream());
        Assert.StartsWith("HTTP/1.1 4", await reader.ReadToEndAsync(patience.Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/memento/large", true)]
    [InlineData("/api/memento/large", false)]
    [InlineData("/api/console/workspaces/acme/dead-letters/00000000-0000-0000-0000-000000000000/discard", true)]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_read_whoever_it_is_for(string path, bool saysItsLength)
    {
        using var client = console.From("127.0.0.1");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[3 * 1024 * 1024]) { Headers = { ContentType = new("application/json") } } };
        request.Headers.Add("X-Api-Key", TestInstallation.AdminKey);
        (request.Headers.ExpectContinue, request.Headers.TransferEncodingChunked) = (true, !saysItsLength);
        using var answer = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Of_a_callers_address_a_proxy_is_believed_and_nobody_else()
    {
        using var proxy = console.From("127.0.0.1");
        using var around = console.From("127.0.0.2");
        await UntilRefusedAsync(proxy, _ => "203.0.113.1");
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await StatusAsync(proxy, "203.0.113.2"));

        // What the caller wrote before the proxy did counts as little as all of it without one.
        await UntilRefusedAsync(proxy, i => $"198.51.100.{i}, 203.0.113.1");
        await UntilRefusedAsync(around, i => $"198.51.100.{i}");

        using var secure = await SendAsync(proxy, "/sign-in", "203.0.113.3");
        Assert.True(secure.Headers.Contains("Strict-Transport-Security"));
        using var pretended = await SendAsync(around, "/sign-in", "203.0.113.3");
        Assert.False(pretended.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public void Proxies_are_addresses_and_networks_or_the_start_ends()
    {
        Assert.Equal(["10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"], Proxies.Read("10.0.0.0/8, 192.0.2.7,2001:db8::1").Select(n => n.ToString()));
        Assert.Empty(Proxies.Read(null));
        foreach (var wrong in new[] { "10", "10.0.0.0/40", "proxy.example", "*" })
            Assert.Contains(wrong, Assert.Throws<InvalidOperationException>(() => Proxies.Read(wrong)).Message, StringComparison.Ordinal);
    }

    static async Task UntilRefusedAsync(HttpClient client, Func<int, string> forwarded)
    {
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 60; i++) answers.Add(await StatusAsync(client, forwarded(i)));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
    }

    static async Task<HttpStatusCode> StatusAsync(HttpClient client, string forwarded)
    {
        using var answer = await SendAsync(client, "/api/nothing", forwarded);
        return answer.StatusCode;
    }

    static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string forwarded)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-Forwarded-For", forwarded }, { "X-Forwarded-Proto", "https" } } };
        return client.SendAsync(request, Cancellation);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>A network between a client and a server that can be cut, or lose the server's answers.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly ConcurrentBag<TcpClient> _open = [];
    readonly (string Host, int Port) _server;
    volatile bool _cut, _mute;
    byte[]? _muteAt;

    public TcpProxy(string host, int port)
    {
        _server = (host, port);
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From the moment the client sends this, nothing that the server says arrives any more.</summary>
    public void MuteServerAfter(byte[] sent) => _muteAt = sent;

    /// <summary>Breaks what is open and lets nothing through.</summary>
    public void Cut()
    {
        _cut = true;
        foreach (var client in _open) client.Close();
    }

    public void Mend() => _cut = false;

    public ValueTask DisposeAsync()
    {
        Cut();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (_cut)
                {
                    client.Close();
                    continue;
                }

                var server = new TcpClient();
                await server.ConnectAsync(_server.Host, _server.Port);
                _open.Add(client);
                _open.Add(server);
                _ = Pump(client, server, Watch);
                _ = Pump(server, client, _ => _mute);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // closed
        }
    }

    bool Watch(ReadOnlyMemory<byte> sent)
    {
        if (_muteAt is { } sign && sent.Span.IndexOf(sign) >= 0) _mute = true;
        return false;
    }

    static async Task Pump(TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, bool> drop)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer)) > 0)
            {
                if (!drop(buffer.AsMemory(0, read))) await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // cut
        }

        from.Close();
        to.Close();
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.Testing;

/// <summary>The network between a client and a server, for a test to break and mend. Everything flows until then.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    readonly (string Host, int Port) _server;
    readonly ConcurrentDictionary<Socket, byte> _open = new();
    TcpListener? _listener;
    TaskCompletionSource _flowing = Flowing();
    byte[]? _muteAt;
    volatile bool _mute;

    /// <summary>A network that leads to a server, which need not be there yet.</summary>
    /// <param name="host">The server's host.</param>
    /// <param name="port">The server's port.</param>
    public TcpProxy(string host, int port)
    {
        _server = (host, port);
        Port = FreePort.Find();
        Mend();
    }

    /// <summary>The port on 127.0.0.1 to connect to instead of the server's.</summary>
    public int Port { get; }

    /// <summary>Open connections are reset, and new ones refused.</summary>
    public void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
        Reset();
    }

    /// <summary>Open connections are reset; new ones go through.</summary>
    public void Reset()
    {
        foreach (var socket in _open.Keys) Break(socket);
    }

    /// <summary>Connections stay and are accepted, but nothing arrives anywhere.</summary>
    public void Stall() => _flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From the moment the client sends this, nothing that the server says arrives any more.</summary>
    public void MuteServerAfter(byte[] sent) => _muteAt = sent;

    /// <summary>Everything flows again.</summary>
    public void Mend()
    {
        (_muteAt, _mute) = (null, false);
        _flowing.TrySetResult();
        if (_listener is not null) return;
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Refuse();
        _flowing.TrySetResult();
        return ValueTask.CompletedTask;
    }

    async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) _ = ForwardAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // refused from here on
        }
    }

    async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _open[client] = _open[server] = 0;
        try
        {
            await _flowing.Task;
            await server.ConnectAsync(_server.Host, _server.Port);
            client.NoDelay = server.NoDelay = true;
            await Task.WhenAny(CopyAsync(client, server, fromServer: false), CopyAsync(server, client, fromServer: true));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the server is away, or this connection was broken
        }
        finally
        {
            Break(client);
            Break(server);
        }
    }

    async Task CopyAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReceiveAsync(buffer) is var read and > 0)
        {
            await _flowing.Task;
            if (!fromServer && _muteAt is { } sign && buffer.AsSpan(0, read).IndexOf(sign) >= 0) _mute = true;
            if (fromServer && _mute) continue;
            for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
        }
    }

    void Break(Socket socket)
    {
        if (!_open.TryRemove(socket, out _)) return;
        socket.LingerState = new(enable: true, seconds: 0); // a reset, not a goodbye
        socket.Dispose();
    }

    static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }
}

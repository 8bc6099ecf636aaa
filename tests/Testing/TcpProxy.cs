using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.Testing;

/// <summary>The network between a service and a server, for a test to cut. It starts cut.</summary>
/// <param name="host">The server's host.</param>
/// <param name="port">The server's port.</param>
public sealed class TcpProxy(string host, int port) : IAsyncDisposable
{
    readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    TcpListener? _listener;
    Task _accepting = Task.CompletedTask;
    TaskCompletionSource _flowing = Done();

    /// <summary>The port on 127.0.0.1 to connect to instead of the server's.</summary>
    public int Port { get; } = FreePort();

    /// <summary>Connections are accepted and bytes flow.</summary>
    public void Connect()
    {
        _flowing.TrySetResult();
        if (_listener is not null) return;
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Open connections are reset, and new ones refused.</summary>
    public async Task CutAsync()
    {
        _flowing.TrySetResult();
        _listener?.Stop();
        _listener = null;
        await _accepting;
        foreach (var client in _open.Keys) Reset(client);
    }

    /// <summary>Connections stay and are accepted, but no byte arrives anywhere until <see cref="Connect"/> or <see cref="CutAsync"/>.</summary>
    public void Stall() => _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await CutAsync();

    async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) _ = ForwardAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // stopped
        }
    }

    async Task ForwardAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        _open[client] = _open[server] = 0;
        try
        {
            await server.ConnectAsync(host, port);
            await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // cut, or the server is away: either way this side ends too
        }
        finally
        {
            foreach (var end in new[] { client, server })
            {
                Reset(end);
                _open.TryRemove(end, out _);
            }
        }
    }

    async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer) is var read and > 0)
        {
            await _flowing.Task;
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    static void Reset(TcpClient client)
    {
        try
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or NullReferenceException)
        {
            // closed already
        }

        client.Dispose();
    }

    static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

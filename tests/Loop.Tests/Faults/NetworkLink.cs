using System.Net;
using System.Net.Sockets;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>How a network fails: nobody listens, connections break, or what is sent arrives nowhere.</summary>
enum Cut
{
    Refused,
    Reset,
    BlackHole,
}

/// <summary>The wire between one process and the broker: passes everything on, until it is cut.</summary>
sealed class NetworkLink : IAsyncDisposable
{
    readonly int _target;
    readonly Lock _lock = new();
    readonly List<Socket> _open = [];
    TcpListener? _listener;
    TaskCompletionSource _flows = Flowing();

    public NetworkLink(int target)
    {
        _target = target;
        Port = ServiceProcess.FreePort();
        Listen();
    }

    public int Port { get; }

    /// <summary>Cuts the wire for so long, then mends it.</summary>
    public async Task CutAsync(Cut how, TimeSpan time)
    {
        if (how == Cut.BlackHole) _flows = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (how == Cut.Refused) _listener?.Dispose();
        if (how != Cut.BlackHole) BreakAll();
        await Task.Delay(time);
        if (how == Cut.Refused) Listen();
        _flows.TrySetResult();
    }

    public ValueTask DisposeAsync()
    {
        _listener?.Dispose();
        BreakAll();
        _flows.TrySetResult();
        return default;
    }

    static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }

    void Listen()
    {
        _listener = new(IPAddress.Loopback, Port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) _ = PassAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the wire is cut
        }
    }

    async Task PassAsync(Socket caller)
    {
        using var near = caller;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_lock) _open.AddRange([near, far]);
        try
        {
            await _flows.Task;
            await far.ConnectAsync(IPAddress.Loopback, _target);
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (SocketException)
        {
            // the broker is away, and the caller sees the connection break
        }
        finally
        {
            lock (_lock) _open.RemoveAll(s => s == near || s == far);
        }
    }

    async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                await _flows.Task;
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // one end is gone; the other follows
        }
    }

    void BreakAll()
    {
        lock (_lock)
        {
            foreach (var socket in _open)
            {
                socket.LingerState = new(enable: true, seconds: 0); // a reset, not a goodbye
                socket.Dispose();
            }

            _open.Clear();
        }
    }
}

using System.Net.Sockets;
using System.Text;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>
/// A socket behind which the real engine is, until it is cut off: then every connection breaks at once and no new one is taken, as when the engine is killed.
/// </summary>
sealed class CuttableEngine : IAsyncDisposable
{
    readonly string _path = Path.Combine(Path.GetTempPath(), $"engine-{Guid.NewGuid():n}.sock");
    readonly Uri _engine = new(Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host ? host : "unix:///var/run/docker.sock");
    readonly List<Socket> _open = [];
    readonly Lock _gate = new();
    Socket? _listener;
    string _watched = "";
    TaskCompletionSource _seen = new();

    public CuttableEngine() => Restore();

    public string Endpoint => $"unix://{_path}";

    /// <summary>Completes when the engine sends this text.</summary>
    public Task SendsAsync(string text)
    {
        lock (_gate)
        {
            (_watched, _seen) = (text, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return _seen.Task;
        }
    }

    public void Cut()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
            File.Delete(_path);
            _open.ForEach(socket => socket.Dispose());
            _open.Clear();
        }
    }

    public void Restore()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_path));
        listener.Listen(64);
        lock (_gate) _listener = listener;
        _ = AcceptAsync(listener);
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                var engine = _engine.Scheme == "unix"
                    ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                    : new Socket(SocketType.Stream, ProtocolType.Tcp);
                lock (_gate) _open.AddRange([client, engine]);
                if (_engine.Scheme == "unix") await engine.ConnectAsync(new UnixDomainSocketEndPoint(_engine.AbsolutePath));
                else await engine.ConnectAsync(_engine.Host, _engine.Port);
                _ = PumpAsync(client, engine, watch: false);
                _ = PumpAsync(engine, client, watch: true);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            listener.Dispose();
        }
    }

    async Task PumpAsync(Socket from, Socket to, bool watch)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None) is > 0 and var count)
            {
                if (watch) Watch(buffer.AsSpan(0, count));
                await to.SendAsync(buffer.AsMemory(0, count), SocketFlags.None);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }

    void Watch(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            if (_watched.Length > 0 && Encoding.Latin1.GetString(bytes).Contains(_watched, StringComparison.Ordinal)) _seen.TrySetResult();
    }
}

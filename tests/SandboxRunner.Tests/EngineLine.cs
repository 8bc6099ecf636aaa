using System.Collections.Concurrent;
using System.Net.Sockets;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>A socket of the real engine's that can be cut: to the service an engine that is killed and comes back, while the others' goes on.</summary>
sealed class EngineLine : IAsyncDisposable
{
    readonly string _engine = new Uri(Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host ? host : "unix:///var/run/docker.sock").AbsolutePath;
    readonly string _folder = Directory.CreateTempSubdirectory("autodev-line-").FullName;
    readonly ConcurrentBag<Socket> _sockets = [];
    Socket? _listener;
    Task _accepting = Task.CompletedTask;

    public string Endpoint => $"unix://{Path}";

    string Path => System.IO.Path.Combine(_folder, "docker.sock");

    public void Restore()
    {
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    public async Task CutAsync()
    {
        _listener?.Dispose();
        File.Delete(Path);
        await _accepting;
        while (_sockets.TryTake(out var socket)) socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        Directory.Delete(_folder, recursive: true);
    }

    async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var caller = await listener.AcceptAsync();
                var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                _sockets.Add(caller);
                _sockets.Add(engine);
                await engine.ConnectAsync(new UnixDomainSocketEndPoint(_engine));
                _ = PumpAsync(caller, engine);
                _ = PumpAsync(engine, caller);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read) await to.SendAsync(buffer.AsMemory(0, read));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return; // cut
        }
    }
}

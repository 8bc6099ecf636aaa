using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.Testing;

/// <summary>Ports for a test's own servers.</summary>
public static class FreePort
{
    // Below the ports that the kernel gives to clients: a server that is away for a moment finds its own still free.
    const int Lowest = 10_000, Highest = 20_000;

    // A port is used some time after it was found: of two dozen that are asked for, two would else be the same one in thirty times. The other test
    // processes of this machine look for theirs at the same time; a file that is open here is a port that they do not take.
    static readonly string Taken = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"autodev-test-ports-{Environment.UserName}")).FullName;
    static readonly ConcurrentBag<FileStream> Given = [];

    /// <summary>A port of 127.0.0.1 at which nothing listens.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            try
            {
                Given.Add(new(Path.Combine(Taken, $"{port}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
                if (!IsListenedAt(port)) return port;
            }
            catch (IOException)
            {
                // somebody else's: the next
            }
        }
    }
    // Listening there to find out would take it: a process that is started meanwhile holds all sockets until it has begun.
    static bool IsListenedAt(int port)
    {
        using var caller = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            caller.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}

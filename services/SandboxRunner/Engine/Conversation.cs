using System.Buffers.Binary;
using System.Text;
using Docker.DotNet;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>The attached streams of one container: requests go in, reports come out. After an exception it is of no use.</summary>
sealed class Conversation(MultiplexedStream stream, ILogger logger) : IDisposable
{
    readonly StringBuilder _stderr = new();
    byte[] _buffer = new byte[16 << 10];
    int _start, _end;

    /// <summary>What a supervisor that never became ready wrote: for instance that a file of the image is missing.</summary>
    public string Complaint => _stderr.Length > 0 ? _stderr.ToString().Trim() : "it ended at once and said nothing";

    /// <summary>Sends a request and hears its reports.</summary>
    /// <returns>Whether it came to its end.</returns>
    public async Task<bool> AskAsync(ReadOnlyMemory<byte> request, Action<Report> hear, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // Written while reports are read: the pipes are short, and the supervisor reads an input only when it is that input's turn.
        var writing = WriteAsync(request, stop.Token);
        try
        {
            while (await ReadAsync(cancellation) is { } report)
            {
                if (report.Kind == "broken") throw new InvalidDataException($"the supervisor failed: {Encoding.UTF8.GetString(report.Stderr.Span)}");
                if (report.Kind != "end") hear(report);
                else return true;
            }

            return false;
        }
        finally
        {
            // At the end the supervisor has read all; before it, nobody waits for the rest.
            if (!writing.IsCompleted) await stop.CancelAsync();
            await writing;
        }
    }

    /// <summary>The next report; <c>null</c> when the container has ended.</summary>
    public async ValueTask<Report?> ReadAsync(CancellationToken cancellation)
    {
        if (!await FillAsync(4, cancellation)) return null;
        var size = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (size > SupervisorProtocol.MaxReportBytes) throw new InvalidDataException("a report is larger than any honest one");
        if (!await FillAsync((int)size + 4, cancellation)) return null;
        var report = SupervisorProtocol.Parse(_buffer.AsSpan(_start + 4, (int)size).ToArray());
        _start += (int)size + 4;
        return report;
    }

    public void Dispose() => stream.Dispose();

    async Task WriteAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        try
        {
            var bytes = request.ToArray();
            await stream.WriteAsync(bytes, 0, bytes.Length, cancellation);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            logger.LogDebug("The supervisor ended before it had read all inputs: {Reason}", e.Message);
        }
    }

    async ValueTask<bool> FillAsync(int size, CancellationToken cancellation)
    {
        while (_end - _start < size)
        {
            if (_start > 0 && _start + size > _buffer.Length)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                (_start, _end) = (0, _end - _start);
            }

            if (_buffer.Length - _start < size) Array.Resize(ref _buffer, Math.Max(size + _start, _buffer.Length * 2));
            var read = await stream.ReadOutputAsync(_buffer, _end, _buffer.Length - _end, cancellation);
            if (read.EOF) return false;
            if (read.Target == MultiplexedStream.TargetStream.StandardOut) _end += read.Count;
            else if (_stderr.Length < 4096) _stderr.Append(Encoding.UTF8.GetString(_buffer, _end, read.Count));
        }

        if (_start == _end) (_start, _end) = (0, 0);
        return true;
    }
}

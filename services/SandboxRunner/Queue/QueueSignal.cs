using System.Threading.Channels;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Wakes the dispatcher: a request was written down, a slot is free, another instance calls.</summary>
sealed class QueueSignal
{
    readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>Returns when woken, at once if it was woken since the last time, or after this long.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(longest);
        try
        {
            await _woken.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return; // looked at all the same
        }
    }
}

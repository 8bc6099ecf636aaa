using System.Threading.Channels;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Requests that come at the same time share a commit: what arrives while one is being made goes into the next. Alone, a request waits for nobody.
/// </summary>
/// <param name="services">Scopes are made of these.</param>
/// <param name="work">What stores and publishes the items of several requests in a scope; may run several times.</param>
public sealed class GroupCommit<T>(IServiceProvider services, Func<IServiceProvider, IReadOnlyList<T>, CancellationToken, Task> work)
{
    const int Most = 500;

    readonly Channel<Request> _waiting = Channel.CreateUnbounded<Request>();
    int _isRunning;

    /// <summary>Returns when the items' commit is made.</summary>
    /// <exception cref="Exception">It failed, by this request's fault or because nothing can be committed.</exception>
    public Task CommitAsync(IReadOnlyList<T> items, CancellationToken cancellation)
    {
        var request = new Request(items, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _waiting.Writer.TryWrite(request);
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            using var alone = ExecutionContext.SuppressFlow(); // what is said for one request is no part of another's trace
            _ = Task.Run(Run, CancellationToken.None);
        }

        return request.Done.Task.WaitAsync(cancellation);
    }

    async Task Run()
    {
        do
        {
            while (_waiting.Reader.TryRead(out var first))
            {
                var together = new List<Request> { first };
                for (var count = first.Items.Count; count < Most && _waiting.Reader.TryPeek(out var next) && count + next.Items.Count <= Most; count += next.Items.Count)
                {
                    _waiting.Reader.TryRead(out _);
                    together.Add(next);
                }

                await Commit(together);
            }

            // With a fence: seen after the look below, a request that comes between them would wait for the next.
            Interlocked.Exchange(ref _isRunning, 0);
        }
        while (_waiting.Reader.TryPeek(out _) && Interlocked.Exchange(ref _isRunning, 1) == 0);
    }

    async Task Commit(List<Request> together)
    {
        try
        {
            var items = together.SelectMany(r => r.Items).ToList();
            await services.CommitAsync((scope, cancellation) => work(scope, items, cancellation), CancellationToken.None, isPatient: false);
            together.ForEach(r => r.Done.TrySetResult());
        }
        catch (Exception e) when (together.Count == 1)
        {
            together[0].Done.TrySetException(e);
        }
        catch (Exception)
        {
            foreach (var request in together) await Commit([request]);
        }
    }

    sealed record Request(IReadOnlyList<T> Items, TaskCompletionSource Done);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Marten;
using MassTransit;

namespace AutoDev.Bus.Bench;

/// <summary>What comes in: one is one document and one outgoing event.</summary>
public sealed record Work(string WorkspaceId, Guid WorkId, string Text);

/// <summary>What goes out. <see cref="SaidAt"/> is when the consumer began to say it.</summary>
public sealed record WorkDone(string WorkspaceId, Guid WorkId, string Text, long SaidAt);

/// <summary>What is stored, about as large as the message.</summary>
public sealed record WorkItem(Guid Id, string Text);

/// <summary>What this process has seen of a run.</summary>
public static class Seen
{
    static readonly SemaphoreSlim One = new(0);
    static int _consumed;
    static long _first;

    public static int Consumed => Volatile.Read(ref _consumed);

    public static long First => Volatile.Read(ref _first);

    public static ConcurrentQueue<double> Hops { get; } = new();

    public static void Begin() => Interlocked.CompareExchange(ref _first, Stopwatch.GetTimestamp(), 0);

    public static void End(int messages = 1) => Interlocked.Add(ref _consumed, messages);

    public static void Heard(long saidAt)
    {
        Hops.Enqueue(Stopwatch.GetElapsedTime(saidAt).TotalMilliseconds);
        One.Release();
    }

    /// <summary>Returns when one more was heard.</summary>
    public static Task HeardAsync() => One.WaitAsync();

    public static void Reset()
    {
        (_consumed, _first) = (0, 0);
        Hops.Clear();
    }
}

/// <summary>No store: consume, and say one event.</summary>
public sealed class SayConsumer : IConsumer<Work>
{
    public async Task Consume(ConsumeContext<Work> context)
    {
        Seen.Begin();
        await context.Publish(new WorkDone(context.Message.WorkspaceId, context.Message.WorkId, context.Message.Text, Stopwatch.GetTimestamp()));
        Seen.End();
    }
}

/// <summary>A store, no outbox: commit, then say it. A crash in between loses the event.</summary>
public sealed class CommitThenSayConsumer(IDocumentSession session) : IConsumer<Work>
{
    public async Task Consume(ConsumeContext<Work> context)
    {
        Seen.Begin();
        var begun = Stopwatch.GetTimestamp();
        session.Store(new WorkItem(context.Message.WorkId, context.Message.Text));
        await session.SaveChangesAsync(context.CancellationToken);
        await context.Publish(new WorkDone(context.Message.WorkspaceId, context.Message.WorkId, context.Message.Text, begun));
        Seen.End();
    }
}

/// <summary>What a consumer looks like with either outbox.</summary>
public sealed class StoreAndSayConsumer(IDocumentSession session) : IConsumer<Work>
{
    public async Task Consume(ConsumeContext<Work> context)
    {
        Seen.Begin();
        session.Store(new WorkItem(context.Message.WorkId, context.Message.Text));
        await context.Publish(new WorkDone(context.Message.WorkspaceId, context.Message.WorkId, context.Message.Text, Stopwatch.GetTimestamp()));
        Seen.End();
    }
}

/// <summary>The same for many messages in one transaction: a document and an event each.</summary>
public sealed class StoreAndSayBatchConsumer(IDocumentSession session) : IConsumer<MassTransit.Batch<Work>>
{
    public async Task Consume(ConsumeContext<MassTransit.Batch<Work>> context)
    {
        Seen.Begin();
        foreach (var work in context.Message)
        {
            session.Store(new WorkItem(work.Message.WorkId, work.Message.Text));
            await context.Publish(new WorkDone(work.Message.WorkspaceId, work.Message.WorkId, work.Message.Text, Stopwatch.GetTimestamp()));
        }

        Seen.End(context.Message.Length);
    }
}

/// <summary>The next consumer, for the time of a hop.</summary>
public sealed class HearConsumer : IConsumer<WorkDone>
{
    public Task Consume(ConsumeContext<WorkDone> context)
    {
        Seen.Heard(context.Message.SaidAt);
        return Task.CompletedTask;
    }
}

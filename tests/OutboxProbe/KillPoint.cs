using System.Diagnostics;
using Marten;
using Marten.Services;
using MassTransit;
using Npgsql;

namespace AutoDev.OutboxProbe;

/// <summary>Places at which this process is killed, as by <c>kill -9</c>, when the environment variable KILL_AT names them.</summary>
static class KillPoint
{
    static readonly string? Named = Environment.GetEnvironmentVariable("KILL_AT");

    public static bool Is(string place) => Named == place;

    public static void At(string place)
    {
        if (!Is(place)) return;
        Process.GetCurrentProcess().Kill();
        Process.GetCurrentProcess().WaitForExit(); // nothing more happens on this thread while the signal is on its way
    }
}

/// <summary>Around the commit. Store-wide listeners come before the session's own, and so before the outbox learns of it.</summary>
sealed class KillAroundCommit(string database) : DocumentSessionListenerBase
{
    public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
    {
        KillPoint.At("stored");
        return Task.CompletedTask;
    }

    public override async Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        KillPoint.At("committed");
        if (!KillPoint.Is("deleted") || !commit.Inserted.Concat(commit.Updated).OfType<Effect>().Any(e => e.Letters.EndsWith('x'))) return;

        // The message is not acknowledged before this returns; meanwhile the sweeper delivers what it said.
        await using var source = NpgsqlDataSource.Create(database);
        await using var count = source.CreateCommand("select count(*) from outbox");
        while ((long)(await count.ExecuteScalarAsync(token))! > 0) await Task.Delay(20, token);
        KillPoint.At("deleted");
    }
}

/// <summary>After the broker's confirm.</summary>
sealed class KillAfterConfirm : ISendObserver
{
    public Task PreSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostSend<T>(SendContext<T> context)
        where T : class
    {
        KillPoint.At("confirmed");
        return Task.CompletedTask;
    }

    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;
}

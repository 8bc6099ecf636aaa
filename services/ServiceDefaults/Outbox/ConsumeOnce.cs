using System.Security.Cryptography;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// Plugged into MassTransit's own outbox filter. The stock providers run four transactions a message (insert inbox, consume, deliver, remove);
/// this one runs one: what the consumer stored, what it said and that it consumed the message commit together.
/// </summary>
sealed class ConsumeOnceFactory(IServiceProvider scope, SessionOutbox outbox, OutboxMetrics metrics, Workspace workspace) : IOutboxContextFactory<IDocumentSession>
{
    const int BatchRaces = 5;

    public async Task Send<T>(ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        if (context.Message is IEnumerable<ConsumeContext> batch)
        {
            await ConsumeBatch(context, batch.Select(MessageIdOf).ToArray(), options, next);
            return;
        }

        workspace.Id = WorkspaceOf<T>.Read(context.Message);
        var id = MessageIdOf(context);

        // Likely duplicates are looked up first; the others fail on the inbox key at commit.
        var suspect = context.ReceiveContext.Redelivered || context.GetRetryAttempt() > 0;
        if (suspect && (await Consumed(options.ConsumerId, [id], context.CancellationToken)).Count > 0)
        {
            metrics.Duplicates.Add(1);
            await context.NotifyConsumed(context, TimeSpan.Zero, options.ConsumerType);
            return;
        }

        await TryConsume(context, [id], options, next);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("outboxContextFactory").Add("provider", "marten");

    async Task ConsumeBatch<T>(ConsumeContext<T> context, Guid[] all, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        for (var attempt = 0; attempt < BatchRaces; attempt++)
        {
            var seen = await Consumed(options.ConsumerId, all, context.CancellationToken);
            var fresh = all.Where(id => !seen.Contains(id)).Distinct().ToArray();
            if (fresh.Length == 0) return;
            var rest = fresh.Length == all.Length ? context : BatchFilter.For<T>().Only(context, fresh);
            if (await TryConsume(rest, fresh, options, next)) return;
        }

        throw new ConsumerException("A batch kept racing with another instance");
    }

    async Task<bool> TryConsume<T>(ConsumeContext<T> context, Guid[] ids, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        outbox.BeginConsume(options.ConsumerId, ids);
        var once = new ConsumeOnceContext<T>(context, options, scope, outbox,
            async () => (await Consumed(options.ConsumerId, ids, context.CancellationToken)).Count > 0);
        await next.Send(once);
        if (!once.Duplicate) return true;

        metrics.Duplicates.Add(1);
        outbox.Session.EjectAllPendingChanges(); // rolled back; the first delivery's effects stand
        return false;
    }

    async Task<HashSet<Guid>> Consumed(Guid consumer, Guid[] ids, CancellationToken cancellation)
    {
        // A session of its own: the scope's may be in a transaction that has just failed.
        await using var session = scope.GetRequiredService<IDocumentStore>().QuerySession(outbox.Session.TenantId);
        var found = await session.AdvancedSql.QueryAsync<Guid>(
            $"select message_id from {session.DocumentStore.Options.DatabaseSchemaName}.{OutboxTables.Inbox} where consumer_id = ? and message_id = any(?)",
            cancellation, consumer, ids);
        return [.. found];
    }

    /// <summary>Agents need not set a message id: the same bytes are the same message.</summary>
    internal static Guid MessageIdOf(ConsumeContext message) =>
        message.GetOriginalMessageId() ?? new Guid(SHA256.HashData(message.ReceiveContext.Body.GetBytes()).AsSpan(0, 16));
}

/// <summary>The consume context of one attempt: collects what is sent, commits once.</summary>
sealed class ConsumeOnceContext<T>(
    ConsumeContext<T> context, OutboxConsumeOptions options, IServiceProvider provider, SessionOutbox outbox, Func<Task<bool>> alreadyConsumed)
    : OutboxConsumeContextProxy<T>(context, options, provider)
    where T : class
{
    public override bool ContinueProcessing { get; set; } = true;

    public override bool IsMessageConsumed => false;

    public override bool IsOutboxDelivered => false;

    public override int ReceiveCount => 1;

    public override long? LastSequenceNumber => null;

    public bool Duplicate { get; private set; }

    public override async Task SetConsumed()
    {
        try
        {
            await outbox.Session.SaveChangesAsync(CancellationToken);
        }
        catch (Exception)
        {
            // Whatever failed first (a document, a version, the inbox key): was it because the message had been consumed?
            if (!await alreadyConsumed()) throw;
            Duplicate = true;
        }
    }

    public override Task SetDelivered() => Task.CompletedTask;

    public override Task<List<OutboxMessageContext>> LoadOutboxMessages() => Task.FromResult(new List<OutboxMessageContext>());

    public override Task NotifyOutboxMessageDelivered(OutboxMessageContext message) => Task.CompletedTask;

    public override Task RemoveOutboxMessages() => Task.CompletedTask;

    public override Task AddSend<TMessage>(SendContext<TMessage> context)
    {
        outbox.Add(context);
        return Task.CompletedTask;
    }
}

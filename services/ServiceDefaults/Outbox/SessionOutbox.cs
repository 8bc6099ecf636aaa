using AutoDev.ServiceDefaults.Messaging;
using Marten;
using Marten.Services;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>One per scope. Turns Publish and Send into an operation of the scope's session, and hands the messages to delivery once it has committed.</summary>
sealed class SessionOutbox(IServiceProvider scope, OutboxDelivery delivery, SaidCounters counters) : DocumentSessionListenerBase
{
    readonly Lock _oneAtATime = new(); // a consumer may publish many at once
    InsertOutbox? _pending;
    IDocumentSession? _session;
    bool _consuming, _committed;

    /// <summary>The scope's session; resolved late, because its tenant is known only when the message or the route is.</summary>
    public IDocumentSession Session
    {
        get
        {
            if (_session is null)
            {
                _session = scope.GetRequiredService<IDocumentSession>();
                _session.Listeners.Add(this);
            }

            return _session;
        }
    }

    string Schema => Session.DocumentStore.Options.DatabaseSchemaName;

    /// <summary>Within one consumed message there is exactly one commit: inbox, documents and outgoing messages.</summary>
    public void BeginConsume(Guid consumerId, Guid[] messageIds)
    {
        _consuming = true;
        _pending = null;
        Session.QueueOperation(new InsertInbox(Schema, consumerId, messageIds));
    }

    public void Add<T>(SendContext<T> context)
        where T : class
    {
        if (_consuming && _committed)
            throw new InvalidOperationException($"{typeof(T).Name} was published after the message's transaction had committed; a consumer does not call SaveChangesAsync.");

        var message = new OutboxMessage(
            context.MessageId ?? throw new MessageException(typeof(T), "A message needs an id"),
            context.DestinationAddress!.ToString(),
            context.Serializer.ContentType.ToString(),
            StoredHeaders.Write(context),
            context.Serializer.GetMessageBody(context).GetBytes());
        lock (_oneAtATime)
        {
            // Ejecting the session's changes takes the messages along.
            if (_pending is null || !Session.PendingChanges.Operations().Contains(_pending)) Session.QueueOperation(_pending = new InsertOutbox(Schema, delivery));
            _pending.Transaction.Messages.Add(message);
            if (counters.Of(context.Message) is { } counted) _pending.Transaction.Counted.Add(counted);
        }
    }

    public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token) => _consuming && _committed
        ? throw new InvalidOperationException("A second SaveChangesAsync within one consumed message would not be atomic with the first.")
        : Task.CompletedTask;

    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        _committed = true;
        if (_pending is { } committed)
        {
            _pending = null;
            foreach (var counted in committed.Transaction.Counted) counted.Count();
            delivery.Enqueue(committed.Transaction);
        }

        return Task.CompletedTask;
    }
}

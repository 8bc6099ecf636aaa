using System.Globalization;
using System.Text.Json;
using Marten;
using Marten.Services;
using MassTransit;
using MassTransit.Context;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>One per scope. Turns Publish and Send into an operation of the scope's session, and hands the messages to delivery once it has committed.</summary>
sealed class SessionOutbox(IServiceProvider scope, OutboxDelivery delivery) : DocumentSessionListenerBase
{
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

        // Ejecting the session's changes takes the messages along.
        if (_pending is null || !Session.PendingChanges.Operations().Contains(_pending))
            Session.QueueOperation(_pending = new InsertOutbox(Schema));

        _pending.Messages.Add(new OutboxMessage
        {
            MessageId = context.MessageId ?? throw new MessageException(typeof(T), "A message needs an id"),
            Destination = context.DestinationAddress!.ToString(),
            ContentType = context.Serializer.ContentType.ToString(),
            Headers = JsonSerializer.Serialize(HeadersOf(context)),
            Body = context.Serializer.GetMessageBody(context).GetBytes(),
        });
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
            delivery.Enqueue(committed.Messages);
        }

        return Task.CompletedTask;
    }

    static Dictionary<string, string?> HeadersOf<T>(SendContext<T> context)
        where T : class
    {
        var headers = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var header in context.Headers.GetAll()) headers[StoredHeaders.Header + header.Key] = Text(header.Value);
        if (context is TransportSendContext<T> transport)
        {
            var properties = new Dictionary<string, object>(StringComparer.Ordinal);
            transport.WritePropertiesTo(properties);
            foreach (var property in properties) headers[StoredHeaders.Property + property.Key] = Text(property.Value);
        }

        if (context.CorrelationId is { } correlation) headers[StoredHeaders.Correlation] = correlation.ToString();
        if (context.TimeToLive is { } ttl) headers[StoredHeaders.Expires] = DateTime.UtcNow.Add(ttl).ToString("O", CultureInfo.InvariantCulture);
        return headers;
    }

    static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}

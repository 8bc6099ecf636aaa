using Marten;
using MassTransit;
using MassTransit.Context;
using MassTransit.Metadata;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Serialization;
using Npgsql;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;

namespace AutoDev.Bus.Bench;

/// <summary>
/// MassTransit's stock outbox flow on Marten, to compare with: what a provider for Marten would be that follows those for Entity Framework and MongoDB. After
/// EntityFrameworkOutboxContextFactory, DbContextOutboxConsumeContext, EntityFrameworkOutboxExtensions and OutboxMessage of MassTransit 8.5
/// (src/Persistence/MassTransit.EntityFrameworkCoreIntegration/EntityFrameworkCoreIntegration). Four transactions a message: insert the inbox state; lock it,
/// consume, save; lock it, deliver; lock it, remove what was delivered. Where the original leaves a choice, the faster is taken: read committed instead of
/// repeatable read, no savepoints, several messages a delivery (its default of one needs a fifth transaction), and only the indexes that this flow uses.
/// </summary>
sealed class StockOutbox(IServiceProvider scope, IDocumentSession session, NpgsqlDataSource database) : IOutboxContextFactory<StockOutbox>
{
    const string Inbox = "stock_inbox_state", Outbox = "stock_outbox_message";

    public static void AddTables(StoreOptions options)
    {
        var inbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Inbox, SchemaUtils.IdentifierUsage.General));
        inbox.AddColumn("message_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("consumer_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("lock_id", "uuid").NotNull();
        inbox.AddColumn("received", "timestamptz").NotNull();
        inbox.AddColumn("receive_count", "integer").NotNull();
        inbox.AddColumn("consumed", "timestamptz");
        inbox.AddColumn("delivered", "timestamptz");
        inbox.AddColumn("last_sequence_number", "bigint");
        options.Storage.ExtendedSchemaObjects.Add(inbox);

        var outbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Outbox, SchemaUtils.IdentifierUsage.General));
        outbox.AddColumn<long>("sequence_number").AsPrimaryKey().BigAutoIncrement();
        foreach (var id in (string[])["message_id", "inbox_message_id", "inbox_consumer_id", "conversation_id", "correlation_id", "initiator_id", "request_id"]) outbox.AddColumn(id, "uuid");
        foreach (var text in (string[])["content_type", "message_type", "body", "headers", "properties", "source_address", "destination_address", "response_address", "fault_address"])
            outbox.AddColumn(text, "text");
        foreach (var time in (string[])["sent_time", "enqueue_time", "expiration_time"]) outbox.AddColumn(time, "timestamptz");
        outbox.Indexes.Add(new IndexDefinition("stock_outbox_inbox") { Columns = ["inbox_message_id", "inbox_consumer_id", "sequence_number"], IsUnique = true });
        options.Storage.ExtendedSchemaObjects.Add(outbox);
    }

    public async Task Send<T>(ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        var state = new InboxState(context.MessageId!.Value, options.ConsumerId);
        if (!await Insert(state, context.CancellationToken)) throw new InvalidOperationException("The benchmark sends no duplicates.");
        while (await Execute(state, context, options, next))
        {
            // one transaction after the other, as the pipe asks
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("outboxContextFactory").Add("provider", "stock");

    /// <summary>The first transaction: look, find nothing, insert.</summary>
    async Task<bool> Insert(InboxState state, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var find = Lock(state, connection);
        if (await find.ExecuteScalarAsync(cancellation) is not null) return false;
        await using var insert = new NpgsqlCommand($"insert into {Inbox} (message_id, consumer_id, lock_id, received, receive_count) values ($1, $2, $3, $4, 0)", connection)
        {
            Parameters = { new() { Value = state.MessageId }, new() { Value = state.ConsumerId }, new() { Value = NewId.NextGuid() }, new() { Value = DateTime.UtcNow } },
        };
        await insert.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    async Task<bool> Execute<T>(InboxState state, ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        if (state.Consumed is null)
        {
            // The second: in the consumer's own session, whose SaveChangesAsync commits.
            await session.BeginTransactionAsync(context.CancellationToken);
            await session.AdvancedSql.QueryAsync<int>($"select receive_count from {Inbox} where message_id = ? and consumer_id = ? for update", context.CancellationToken, state.MessageId, state.ConsumerId);
            await session.AdvancedSql.QueryAsync<int>(
                $"update {Inbox} set lock_id = ?, receive_count = receive_count + 1 where message_id = ? and consumer_id = ? returning 1", context.CancellationToken, NewId.NextGuid(), state.MessageId, state.ConsumerId);
            var consuming = new StockConsumeContext<T>(context, options, scope, state, session, connection: null);
            await next.Send(consuming);
            return consuming.ContinueProcessing;
        }

        await using var connection = await database.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        await using (var find = Lock(state, connection)) await find.ExecuteScalarAsync(context.CancellationToken);
        await using (var update = new NpgsqlCommand($"update {Inbox} set lock_id = $3, receive_count = receive_count + 1 where message_id = $1 and consumer_id = $2", connection))
        {
            update.Parameters.Add(new() { Value = state.MessageId });
            update.Parameters.Add(new() { Value = state.ConsumerId });
            update.Parameters.Add(new() { Value = NewId.NextGuid() });
            await update.ExecuteNonQueryAsync(context.CancellationToken);
        }

        var delivering = new StockConsumeContext<T>(context, options, scope, state, session, connection);
        await next.Send(delivering);
        await transaction.CommitAsync(context.CancellationToken);
        return delivering.ContinueProcessing;
    }

    static NpgsqlCommand Lock(InboxState state, NpgsqlConnection connection) =>
        new($"select message_id, lock_id, received, receive_count, consumed, delivered, last_sequence_number from {Inbox} where message_id = $1 and consumer_id = $2 for update", connection)
        {
            Parameters = { new() { Value = state.MessageId }, new() { Value = state.ConsumerId } },
        };

    sealed class InboxState(Guid messageId, Guid consumerId)
    {
        public Guid MessageId => messageId;

        public Guid ConsumerId => consumerId;

        public DateTime? Consumed { get; set; }

        public DateTime? Delivered { get; set; }

        public long? LastSequenceNumber { get; set; }
    }

    sealed class StockConsumeContext<T>(
        ConsumeContext<T> context, OutboxConsumeOptions options, IServiceProvider provider, InboxState state, IDocumentSession session, NpgsqlConnection? connection)
        : OutboxConsumeContextProxy<T>(context, options, provider)
        where T : class
    {
        public override bool ContinueProcessing { get; set; } = true;

        public override bool IsMessageConsumed => state.Consumed.HasValue;

        public override bool IsOutboxDelivered => state.Delivered.HasValue;

        public override int ReceiveCount => 1;

        public override long? LastSequenceNumber => state.LastSequenceNumber;

        public override async Task SetConsumed()
        {
            var now = DateTimeOffset.UtcNow;
            session.QueueSqlCommand($"update {Inbox} set consumed = ? where message_id = ? and consumer_id = ?", now, state.MessageId, state.ConsumerId);
            await session.SaveChangesAsync(CancellationToken);
            state.Consumed = now.UtcDateTime;
        }

        public override async Task SetDelivered()
        {
            state.Delivered = DateTime.UtcNow;
            await Execute($"update {Inbox} set delivered = $3, last_sequence_number = $4 where message_id = $1 and consumer_id = $2", state.Delivered, state.LastSequenceNumber ?? 0);
        }

        public override async Task<List<OutboxMessageContext>> LoadOutboxMessages()
        {
            await using var load = new NpgsqlCommand(
                $"""
                 select sequence_number, message_id, content_type, message_type, body, headers, properties, conversation_id, source_address, destination_address, sent_time
                 from {Outbox} where inbox_message_id = $1 and inbox_consumer_id = $2 and sequence_number > $3 order by sequence_number limit $4
                 """, connection)
            {
                Parameters =
                {
                    new() { Value = state.MessageId }, new() { Value = state.ConsumerId }, new() { Value = state.LastSequenceNumber ?? 0 }, new() { Value = Options.MessageDeliveryLimit + 1 },
                },
            };
            await using var reader = await load.ExecuteReaderAsync(CancellationToken);
            var messages = new List<OutboxMessageContext>();
            while (await reader.ReadAsync(CancellationToken))
            {
                messages.Add(new StockMessage
                {
                    SequenceNumber = reader.GetInt64(0), MessageId = reader.GetGuid(1), ContentType = reader.GetString(2), MessageType = reader.GetString(3), Body = reader.GetString(4),
                    Headers = SerializerContext.DeserializeDictionary<object?>(reader.GetString(5)) is { } headers ? new DictionarySendHeaders(headers) : EmptyHeaders.Instance,
                    Properties = SerializerContext.DeserializeDictionary<object>(reader.GetString(6)) ?? [],
                    ConversationId = reader.IsDBNull(7) ? null : reader.GetGuid(7), SourceAddress = new Uri(reader.GetString(8)), DestinationAddress = new Uri(reader.GetString(9)),
                    SentTime = reader.GetDateTime(10),
                });
            }

            return messages;
        }

        public override Task NotifyOutboxMessageDelivered(OutboxMessageContext message)
        {
            state.LastSequenceNumber = message.SequenceNumber;
            return Task.CompletedTask;
        }

        public override Task RemoveOutboxMessages() => Execute($"delete from {Outbox} where inbox_message_id = $1 and inbox_consumer_id = $2");

        public override Task AddSend<TMessage>(SendContext<TMessage> context)
        {
            var properties = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
            if (context is TransportSendContext<TMessage> transport) transport.WritePropertiesTo(properties);
            session.QueueSqlCommand(
                $"""
                 insert into {Outbox} (message_id, inbox_message_id, inbox_consumer_id, conversation_id, content_type, message_type, body, headers, properties, source_address,
                   destination_address, sent_time) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 """,
                context.MessageId!.Value, state.MessageId, state.ConsumerId, context.ConversationId!.Value, context.Serializer.ContentType.ToString(),
                string.Join(";", context.SupportedMessageTypes), context.Serializer.GetMessageBody(context).GetString(), SerializerContext.SerializeDictionary(context.Headers.GetAll())!,
                SerializerContext.SerializeDictionary(properties)!, context.SourceAddress!.ToString(), context.DestinationAddress!.ToString(), new DateTimeOffset(context.SentTime ?? DateTime.UtcNow));
            return Task.CompletedTask;
        }

        async Task Execute(string sql, params object?[] more)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = state.MessageId }, new() { Value = state.ConsumerId } } };
            foreach (var value in more) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(CancellationToken);
        }
    }

    sealed class StockMessage : OutboxMessageContext
    {
        public long SequenceNumber { get; init; }

        public required Guid MessageId { get; init; }

        Guid? MessageContext.MessageId => MessageId;

        public required string ContentType { get; init; }

        public required string MessageType { get; init; }

        public required string Body { get; init; }

        public required Headers Headers { get; init; }

        public required IReadOnlyDictionary<string, object> Properties { get; init; }

        public Guid? ConversationId { get; init; }

        public Guid? CorrelationId => null;

        public Guid? InitiatorId => null;

        public Guid? RequestId => null;

        public Uri? SourceAddress { get; init; }

        public Uri? DestinationAddress { get; init; }

        public Uri? ResponseAddress => null;

        public Uri? FaultAddress => null;

        public DateTime? ExpirationTime => null;

        public DateTime? SentTime { get; init; }

        public HostInfo Host => HostMetadataCache.Host;
    }
}

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>One outgoing message as it lies in the table: the serialized envelope, sent as it is.</summary>
sealed class OutboxMessage
{
    public long Sequence { get; set; }
    public required Guid MessageId { get; init; }
    public required string Destination { get; init; }
    public required string ContentType { get; init; }

    /// <summary>Transport headers and properties, as JSON.</summary>
    public required string Headers { get; init; }

    public required byte[] Body { get; init; }
}

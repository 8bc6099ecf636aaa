using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Ingest;

/// <summary>
/// A business outcome, as external systems write it: plain snake_case JSON to <c>autodev.ingest</c> (routing key <c>fitness.signal</c>)
/// or to <c>POST /workspaces/{workspace}/signals</c>.
/// </summary>
public sealed record FitnessSignalReport
{
    /// <summary>Required. Idempotency key within the workspace: a signal counts once.</summary>
    [JsonPropertyName("signal_id")] public string? SignalId { get; init; }

    /// <summary>Required over the bus.</summary>
    [JsonPropertyName("workspace_id")] public string? WorkspaceId { get; init; }

    /// <summary>Required: <c>candidate:{id}</c>, <c>mutation:{id}</c> or <c>skill:{name}@{version}</c>.</summary>
    [JsonPropertyName("subject")] public string? Subject { get; init; }

    /// <summary>Required, except where <see cref="Retracts"/> is given: the signal's name, such as <c>invoice_created</c>.</summary>
    [JsonPropertyName("signal")] public string? Signal { get; init; }

    /// <summary>The amount, for signals that scale with one (<c>conversion_value</c>).</summary>
    [JsonPropertyName("value")] public double? Value { get; init; }

    /// <summary>RFC 3339, without an offset UTC: when it happened.</summary>
    [JsonPropertyName("occurred_at"), JsonConverter(typeof(Timestamp))] public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>
    /// The <c>signal_id</c> of an earlier signal about the same subject that this one corrects: from then on only this one counts. Either may come first.
    /// </summary>
    [JsonPropertyName("replaces")] public string? Replaces { get; init; }

    /// <summary>
    /// The <c>signal_id</c> of a signal about the same subject that is taken back, without another in its place: there is then no <c>signal</c> and no
    /// <c>value</c>. Either may come first. What was taken back does not come back; whoever erred once more sends a new signal.
    /// </summary>
    [JsonPropertyName("retracts")] public string? Retracts { get; init; }
}

using System.Text.Json;
using AutoDev.Fitness.Signals;
using AutoDev.ServiceDefaults.Http;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Webhooks;

/// <summary>
/// What a source sent, and what became of it. Kept for some weeks, to be looked at and, after its source's rules were mended, to be tried again.
/// </summary>
public sealed record ReceivedDelivery
{
    /// <summary><c>{source}/{webhook-id}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>The sender's id of it.</summary>
    public required string WebhookId { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Lists are ordered by this.</summary>
    public string SortKey => PageRequest.SortKeyOf(ReceivedAt, Id);

    /// <summary>The JSON as it came.</summary>
    public required string Body { get; init; }

    /// <summary>
    /// <c>recorded</c> (every rule that fits made a signal, or one that was there), <c>ignored</c> (no rule fits) or <c>failed</c> (a rule that fits made
    /// none).
    /// </summary>
    public required string State { get; init; }

    /// <summary>What each rule that fits made of it.</summary>
    public IReadOnlyList<DeliveredSignal> Signals { get; init; } = [];

    /// <summary>How often it was tried again.</summary>
    public int Replays { get; init; }

    /// <summary>The states there are.</summary>
    public static IReadOnlyList<string> States { get; } = ["recorded", "ignored", "failed"];

    /// <summary>Its id.</summary>
    public static string IdOf(string source, string webhookId) => $"{source}/{webhookId}";

    /// <summary>Records what the source's rules make of it; with the session's commit.</summary>
    internal async Task<ReceivedDelivery> MapAsync(
        WebhookSource source, IDocumentSession session, IPublishEndpoint bus, DateTimeOffset now, CancellationToken cancellation)
    {
        using var body = JsonDocument.Parse(Body);
        var mapped = MapBody.Decide(Source, source.Rules, WebhookId, body.RootElement, now).Where(m => m.Fits).ToList();
        var good = mapped.Where(m => m.Signal is not null).Select(m => CheckSignal.Accept(m.Signal!, $"webhook:{Source}", ReceivedAt)).ToList();
        var recorded = good.Zip(await RecordSignals.RecordAsync(session, bus, good, cancellation))
            .ToDictionary(g => g.First.Id, g => g.Second, StringComparer.Ordinal);
        return With([.. mapped.Select(m => DeliveredSignal.Of(m, m.Signal is null ? null : recorded[m.Signal.SignalId!]))]);
    }

    /// <summary>Pure: with what became of it.</summary>
    internal ReceivedDelivery With(IReadOnlyList<DeliveredSignal> signals) => this with
    {
        Signals = signals,
        State = signals.Count == 0 ? "ignored" : signals.All(s => s.Status is "recorded" or "duplicate") ? "recorded" : "failed",
    };
}

/// <summary>What a rule made of a delivery: <c>recorded</c>, <c>duplicate</c>, <c>conflict</c> or <c>invalid</c>, with why.</summary>
public sealed record DeliveredSignal(string Rule, string Status, string? SignalId, string? Subject, string? Signal, string? Why)
{
    internal static DeliveredSignal Of(MappedSignal mapped, Recording? recording) => mapped.Signal is not { } signal
        ? new(mapped.Rule, "invalid", null, null, null, string.Join(" ", mapped.Errors!.Values))
        : new(mapped.Rule, recording switch
        {
            Recording.Recorded => "recorded",
            Recording.Duplicate => "duplicate",
            _ => "conflict",
        }, signal.SignalId, signal.Subject, signal.Signal, recording == Recording.Conflict ? RecordSignals.ConflictInWords(signal.SignalId!) : null);
}

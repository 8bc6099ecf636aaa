using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Mime;
using System.Security.Claims;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.AspNetCore.Http;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>The queues that the service's consumers read: a replay goes to no other.</summary>
sealed class ConsumedQueues
{
    readonly ConcurrentDictionary<string, bool> _queues = new(StringComparer.Ordinal);

    public void Add(string queue) => _queues[queue] = true;

    public bool Contains(string queue) => _queues.ContainsKey(queue);
}

/// <summary>
/// Sends a dead letter back to the queue it came from: the same bytes, headers and message id, in one transaction with its new state. It is delivered at least
/// once, and the consumer's inbox drops the second.
/// </summary>
static class ReplayLetter
{
    public static async Task<IResult> Post(
        Guid letter, ClaimsPrincipal caller, ConsumedQueues queues, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        var (session, known) = await ListLetters.OpenAsync(letter, http, cancellation);
        if (known is null) return ListLetters.NotFound(letter);
        if (known.State != DeadLetterState.Dead) return Conflict(known);
        if (!queues.Contains(known.Queue))
            return Problem.Conflict($"No consumer of this service reads {known.Queue} any more: discard the letter, or send its message to whoever took over.");

        var sender = (ISendEndpointProvider)http.RequestServices.GetService(typeof(ISendEndpointProvider))!;
        var bus = (IPublishEndpoint)http.RequestServices.GetService(typeof(IPublishEndpoint))!;
        var replayed = await SendAsync(known, session, sender, bus, caller.Actor(), clock.GetUtcNow(), cancellation);
        await session.SaveChangesAsync(cancellation);
        Count(replayed);
        return TypedResults.Ok(LetterShown.Of(replayed));
    }

    /// <summary>Stores the new state and sends the message; both with the session's commit.</summary>
    public static async Task<DeadLetter> SendAsync(
        DeadLetter letter, IDocumentSession session, ISendEndpointProvider sender, IPublishEndpoint bus, string by, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var content = (await session.LoadAsync<LetterContent>(letter.Id, cancellation))!;
        var replayed = letter.Replay(by, now);
        session.Store(replayed);
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{letter.Queue}"));
        await endpoint.Send(new SerializedMessageBody(), new AsItCame(replayed, content), cancellation);
        await bus.SayDecisionAsync(
            letter.Tenant, by, "letter_replayed", letter.Subject, reason: null, LetterAsDecided.Of(letter), LetterAsDecided.Of(replayed), now, cancellation);
        return replayed;
    }

    public static void Count(DeadLetter replayed) => FailureMetrics.Replayed.Add(1, new KeyValuePair<string, object?>("queue", replayed.Queue));

    public static IResult Conflict(DeadLetter letter) =>
        Problem.Conflict($"The letter was {letter.State.ToString().ToLowerInvariant()} by {letter.Decision?.By} at {letter.Decision?.At:u}, and has not died since.");

    sealed class AsItCame(DeadLetter letter, LetterContent content) : IPipe<SendContext>
    {
        public Task Send(SendContext context)
        {
            context.MessageId = letter.MessageId;
            context.CorrelationId = content.CorrelationId;
            context.Serializer = new CopyBodySerializer(Readable(content.ContentType), new BytesMessageBody(content.Body));
            foreach (var (key, value) in content.Headers) context.Headers.Set(key, value);
            context.Headers.Set(ReadLetter.ReplayHeader, letter.Replays.ToString(CultureInfo.InvariantCulture));
            return Task.CompletedTask;
        }

        public void Probe(ProbeContext context)
        {
        }

        // A type that cannot be told stands for the endpoint's own, as it did when the message came first.
        static ContentType Readable(string? contentType)
        {
            try
            {
                return new ContentType(contentType ?? MediaTypeNames.Application.Json);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                return new ContentType(MediaTypeNames.Application.Json);
            }
        }
    }
}

using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Ingest;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Signals;

/// <summary>Business outcomes over the bus: plain JSON, routing key <c>fitness.signal</c>.</summary>
sealed class RecordSignalConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<FitnessSignalReport>
{
    public async Task Consume(ConsumeContext<FitnessSignalReport> context)
    {
        var report = context.Message;
        var now = clock.GetUtcNow();
        if (CheckSignal.Faults(report, workspaceOfPath: null, now) is { Count: > 0 } faults) throw new InvalidMessageException(string.Join(" ", faults.Values));
        if (await session.SettingsAsync(context.CancellationToken) is null) throw new NotYetKnownException($"There is no workspace '{report.WorkspaceId}'.");

        var signal = CheckSignal.Accept(report, "bus", now);
        if ((await RecordSignals.RecordAsync(session, context, [signal], context.CancellationToken)).Single() == Recording.Conflict)
            throw new InvalidMessageException(RecordSignals.ConflictInWords(signal.Id));
    }
}

/// <summary>What became of a good report.</summary>
enum Recording
{
    /// <summary>New, and said.</summary>
    Recorded,

    /// <summary>Said before; nothing changes.</summary>
    Duplicate,

    /// <summary>Its id belongs to a signal that says something else.</summary>
    Conflict,
}

/// <summary><c>POST /workspaces/{workspace}/signals</c>: business outcomes over HTTP, one object or an array of up to 500.</summary>
static class RecordSignals
{
    const int Most = 500;
    const int Stripes = 16;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/signals", Handle)
        .WithSummary("Report business outcomes: one signal, or an array of up to 500")
        .AcceptsOneOrMany(typeof(FitnessSignalReport), Most)
        .Produces<SignalAnswer>(202).Produces<SignalAnswers>().MayAlsoAnswer(typeof(SignalAnswer)).ProducesProblem(400).ProducesProblem(404)
        .ProducesProblem(409);

    static async Task<IResult> Handle(
        string workspace, JsonElement body, ClaimsPrincipal caller, IDocumentSession session,
        IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (body.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            return Problem.Invalid("body", "The body must be one signal (a JSON object) or an array of them.");
        if (body.ValueKind == JsonValueKind.Array && body.GetArrayLength() is < 1 or > Most)
            return Problem.Invalid("body", $"An array must hold 1 to {Most} signals.");
        if (await session.SettingsAsync(cancellation) is null) return Problem.NotFound($"There is no workspace '{workspace}'.");

        var now = clock.GetUtcNow();
        IReadOnlyList<JsonElement> items = body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : [body];
        var read = items.Select(item => Read(item, workspace, caller.Actor(), now)).ToList();
        var good = read.Select(r => r.Signal).OfType<RecordedSignal>().ToList();
        var recorded = new Queue<Recording>(await RecordAsync(session, bus, good, cancellation));
        await session.SaveChangesAsync(cancellation);

        var answers = read.Select(r => r.Signal is null ? new SignalAnswer(r.SignalId, "invalid", r.Faults) : Answer(r.Signal.Id, recorded.Dequeue())).ToList();
        if (body.ValueKind == JsonValueKind.Array) return TypedResults.Ok(new SignalAnswers(answers));
        return answers[0] switch
        {
            { Status: "invalid" } invalid => Problem.Invalid(invalid.Errors!),
            { Status: "conflict" } conflict => Problem.Conflict(conflict.Errors!["signal_id"]),
            { Status: "recorded" } signal => TypedResults.Json(signal, statusCode: 202),
            var signal => TypedResults.Ok(signal),
        };
    }

    /// <summary>
    /// Keeps and says those signals that are new; one answer for each, in order. A sender's id is decided on by one caller at a time: the ids share a few
    /// locks, taken in ascending order, so that a batch neither takes hundreds nor waits for another that waits for it.
    /// </summary>
    public static async Task<IReadOnlyList<Recording>> RecordAsync(
        IDocumentSession session, IPublishEndpoint bus, IReadOnlyList<RecordedSignal> signals, CancellationToken cancellation)
    {
        foreach (var stripe in signals.Select(s => StripeOf(s.Id)).Distinct().Order()) await session.LockAsync($"signals/{stripe}", cancellation);

        var known = (await session.LoadManyAsync<RecordedSignal>(cancellation, signals.Select(s => s.Id).Distinct(StringComparer.Ordinal)))
            .ToDictionary(s => s.Id, StringComparer.Ordinal);
        var answers = new List<Recording>(signals.Count);
        foreach (var signal in signals)
        {
            var answer = Decide(known.GetValueOrDefault(signal.Id), signal);
            answers.Add(answer);
            if (answer != Recording.Recorded) continue;

            known[signal.Id] = signal;
            session.Insert(signal);
            await bus.Publish(
                new FitnessSignalReceived
                {
                    WorkspaceId = session.TenantId, SignalId = signal.Id, Subject = signal.Subject, Signal = signal.Signal, Value = signal.Value,
                    OccurredAt = signal.OccurredAt ?? signal.RecordedAt, Replaces = signal.Replaces, Retracts = signal.Retracts, ReportedBy = signal.ReportedBy,
                },
                cancellation);
        }

        return answers;
    }

    public static Recording Decide(RecordedSignal? known, RecordedSignal reported) => known switch
    {
        null => Recording.Recorded,
        _ when known.SaysTheSameAs(reported) => Recording.Duplicate,
        _ => Recording.Conflict,
    };

    public static string ConflictInWords(string signalId) =>
        $"signal_id '{signalId}' was used before for a signal that says something else; a new signal needs a new id.";

    static (string? SignalId, RecordedSignal? Signal, IReadOnlyDictionary<string, string> Faults) Read(
        JsonElement item, string workspace, string by, DateTimeOffset now)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item.ValueKind != JsonValueKind.Object)
        {
            faults["body"] = "A signal must be a JSON object.";
            return (null, null, faults);
        }

        var report = Deserialize(item, faults);
        foreach (var (property, fault) in CheckSignal.Faults(report, workspace, now)) faults.TryAdd(property, fault);
        return (report.SignalId, faults.Count == 0 ? CheckSignal.Accept(report, by, now) : null, faults);
    }

    // The deserializer stops at the first property of a wrong type: each is named and left out, so that the rest is checked as well.
    static FitnessSignalReport Deserialize(JsonElement item, Dictionary<string, string> faults)
    {
        var properties = item.EnumerateObject().DistinctBy(p => p.Name, StringComparer.Ordinal).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        while (true)
        {
            try
            {
                return JsonSerializer.SerializeToElement(properties).Deserialize<FitnessSignalReport>()!;
            }
            catch (JsonException e) when (e.Path?.TrimStart('$', '.') is { } property && properties.Remove(property))
            {
                faults[property] = $"{property} is not of the right JSON type.";
            }
        }
    }

    static SignalAnswer Answer(string id, Recording recording) => recording switch
    {
        Recording.Recorded => new(id, "recorded"),
        Recording.Duplicate => new(id, "duplicate"),
        _ => new(id, "conflict", new Dictionary<string, string>(StringComparer.Ordinal) { ["signal_id"] = ConflictInWords(id) }),
    };

    // Not string.GetHashCode: instances must agree.
    static int StripeOf(string id) => id.Aggregate(0, (hash, c) => unchecked(hash * 31 + c) & int.MaxValue) % Stripes;
}

/// <summary>What became of one signal: <c>recorded</c>, <c>duplicate</c>, or <c>invalid</c> or <c>conflict</c> with the errors by property.</summary>
public sealed record SignalAnswer(
    string? SignalId, string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Errors = null);

/// <summary>One answer for each signal, in their order.</summary>
public sealed record SignalAnswers(IReadOnlyList<SignalAnswer> Results);

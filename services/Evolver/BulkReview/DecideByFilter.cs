using System.Security.Claims;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.Evolver.BulkReview;

/// <summary>
/// An operator decides on many mutations: looks first, then decides on what was seen. Each is decided on in a commit of its own, like a single one. Of two
/// mutations of one version the catalog takes the first, and says of the other that agents get another version by then.
/// </summary>
static class DecideByFilter
{
    const int MostAtOnce = 500;
    const int Shown = 20;
    const string Failed = "failed";
    static readonly TimeSpan PreviewLives = TimeSpan.FromDays(1);

    public static IReadOnlyList<RouteHandlerBuilder> Map(IEndpointRouteBuilder routes) =>
    [
        routes.MapPost("/mutations/decisions", Post).WithSummary("Look at many mutations, or decide on those that were looked at")
            .Produces<BulkPreview>().Produces<BulkStarted>(202).ProducesProblem(400).MayRefuse(409),
        routes.MapGet("/mutations/decisions/{id:guid}", Get).WithSummary("How far a bulk decision is, mutation by mutation")
            .Produces<BulkView>().ProducesProblem(404),
    ];

    /// <summary>POST: a preview, or 202 with where to ask how far the decision is. A repeat of the same decision changes nothing.</summary>
    static async Task<IResult> Post(
        string workspace, BulkRequest body, IDocumentSession session, IPublishEndpoint bus, ISendEndpointProvider sender, TimeProvider clock,
        ClaimsPrincipal caller, CancellationToken cancellation)
    {
        if (Faults(body) is { Count: > 0 } faults) return Problem.Invalid(faults);
        return body.DryRun
            ? await PreviewAsync(body.Filter ?? new(), session, clock.GetUtcNow(), caller.Actor(), cancellation)
            : await DecideAsync(workspace, body, session, bus, sender, clock.GetUtcNow(), caller.Actor(), cancellation);
    }

    /// <summary>GET: how far it is, mutation by mutation.</summary>
    static async Task<IResult> Get(Guid id, IQuerySession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<BulkDecision>(id, cancellation) is not { } bulk) return Problem.NotFound($"There is no bulk decision {id} in this workspace.");
        var items = await session.Query<BulkItem>().Where(i => i.BulkId == id).OrderBy(i => i.Place).ToListAsync(cancellation);
        var waiting = items.Where(i => i.State == BulkItem.Waiting).Select(i => i.Id).ToArray();
        var dead = waiting.Length == 0
            ? []
            : await session.Query<DeadLetter>().Where(l => l.State == DeadLetterState.Dead && l.MessageId.IsOneOf(waiting)).ToListAsync(cancellation);
        return TypedResults.Ok(View(bulk, items, dead.ToDictionary(l => l.MessageId, l => l.Reason)));
    }

    /// <summary>Pure: the whole answer. An item whose message died has failed; replayed from the dead letters it goes on.</summary>
    internal static BulkView View(BulkDecision bulk, IReadOnlyList<BulkItem> items, IReadOnlyDictionary<Guid, string> dead)
    {
        List<BulkItemView> shown =
        [
            .. items.Select(i => new BulkItemView(i.Seen.MutationId, i.Seen.SkillName, IsDead(i) ? Failed : i.State, IsDead(i) ? dead[i.Id] : i.Reason, i.At)),
        ];
        return new(
            bulk.Id, bulk.Decision is { } d ? Word(d.Approved) : null, bulk.Decision?.Reason, bulk.SeenBy, bulk.Decision?.At ?? bulk.SeenAt, bulk.Seen.Count,
            new[] { BulkItem.Waiting, BulkItem.Decided, BulkItem.Skipped, Failed }.ToDictionary(s => s, s => shown.Count(i => i.State == s)), shown);

        bool IsDead(BulkItem item) => item.State == BulkItem.Waiting && dead.ContainsKey(item.Id);
    }

    static async Task<IResult> PreviewAsync(MutationFilter filter, IDocumentSession session, DateTimeOffset now, string caller, CancellationToken cancellation)
    {
        var found = await filter.Of(session).OrderBy(m => m.SortKey).Take(MostAtOnce).ToListAsync(cancellation);
        var preview = new BulkDecision
        {
            Id = Guid.CreateVersion7(now), Filter = filter,
            Matched = found.Count < MostAtOnce ? found.Count : await filter.Of(session).CountAsync(cancellation),
            Seen = [.. found.Select(m => new SeenMutation(m.Id, m.Revision, m.SkillName))], SeenBy = caller, SeenAt = now,
        };
        var old = now - PreviewLives;
        session.DeleteWhere<BulkDecision>(b => b.Decision == null && b.SeenAt < old);
        session.Store(preview);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(new BulkPreview(preview.Id, preview.Matched, preview.Seen.Count, [.. found.Take(Shown).Select(MutationItem.Of)]));
    }

    static async Task<IResult> DecideAsync(
        string workspace, BulkRequest body, IDocumentSession session, IPublishEndpoint bus, ISendEndpointProvider sender, DateTimeOffset now, string caller,
        CancellationToken cancellation)
    {
        var decision = new MutationDecision(body.Decision == Word(approved: true), caller, body.Reason?.Trim() is { Length: > 0 } reason ? reason : null, now);
        await session.LockAsync($"bulk/{body.Token}", cancellation);
        var preview = await session.LoadAsync<BulkDecision>(body.Token!.Value, cancellation);
        if (preview is null || preview.SeenBy != caller || (preview.Decision is null && now - preview.SeenAt > PreviewLives))
            return Problem.Invalid("token", $"token is of no preview of yours within {PreviewLives.TotalHours:0} hours: look again with dry_run.");
        if (preview.Decision is { } decided)
        {
            return (decided with { At = now }) == decision
                ? Started(workspace, preview)
                : Problem.Conflict($"It was decided to {Word(decided.Approved)} them at {decided.At:u}: look again at what is left.");
        }

        session.Store(preview with { Decision = decision });
        foreach (var (seen, place) in preview.Seen.Select((seen, place) => (seen, place)))
        {
            var id = BulkItem.IdOf(preview.Id, seen.MutationId);
            session.Store(new BulkItem { Id = id, BulkId = preview.Id, Place = place, Seen = seen, State = BulkItem.Waiting });
            await new DecideMutation(workspace, preview.Id, seen.MutationId).SendAsync(sender, id, cancellation);
        }

        await bus.SayDecisionAsync(
            workspace, caller, $"mutations_{Word(decision.Approved)}_begun", $"bulk_decision:{preview.Id}", decision.Reason, null,
            new { preview.Filter, Mutations = preview.Seen.Count }, now, cancellation);
        await session.SaveChangesAsync(cancellation);
        return Started(workspace, preview);
    }

    static Accepted<BulkStarted> Started(string workspace, BulkDecision bulk) =>
        TypedResults.Accepted($"/workspaces/{workspace}/mutations/decisions/{bulk.Id}", new BulkStarted(bulk.Id, bulk.Seen.Count));

    static string Word(bool approved) => approved ? "approve" : "reject";

    static Dictionary<string, string> Faults(BulkRequest body)
    {
        var faults = new Dictionary<string, string>(body.Filter?.Faults() ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        if (body.DryRun)
        {
            if (body.Token is not null) faults["token"] = "token goes with a decision; dry_run gives one.";
            return faults;
        }

        if (body.Token is null) faults["token"] = "token is needed: look first, with dry_run, and send the token of what you saw.";
        if (body.Filter is not null) faults["filter"] = "filter goes with dry_run; what was seen with it is decided on by its token.";
        if (body.Decision is not ("approve" or "reject")) faults["decision"] = "decision must be approve or reject.";
        else if (Reason.Fault(body.Reason?.Trim(), isRequired: body.Decision == "reject") is { } fault) faults["reason"] = fault;
        return faults;
    }
}

/// <summary>What to look at, or what to decide on what was looked at.</summary>
/// <param name="DryRun">Looks: nothing is decided, and the answer has a token.</param>
/// <param name="Filter">What to look at; all that waits where there is none. Only with <paramref name="DryRun"/>.</param>
/// <param name="Token">What was looked at: only that is decided on, as far as it has not changed.</param>
/// <param name="Decision"><c>approve</c> or <c>reject</c>.</param>
/// <param name="Reason">Why; needed to reject. At most 2,000 characters.</param>
public sealed record BulkRequest(bool DryRun = false, MutationFilter? Filter = null, Guid? Token = null, string? Decision = null, string? Reason = null);

/// <summary>What would be decided on.</summary>
/// <param name="Token">To be sent with the decision, by whoever got it.</param>
/// <param name="Matched">How many fit.</param>
/// <param name="Included">How many of them the token stands for; the others are for another time.</param>
/// <param name="First">The first of them, longest waiting first.</param>
public sealed record BulkPreview(Guid Token, int Matched, int Included, IReadOnlyList<MutationItem> First);

/// <summary>Where to ask how far it is.</summary>
public sealed record BulkStarted(Guid Id, int Total);

/// <summary>How far a bulk decision is.</summary>
/// <param name="Id">The decision.</param>
/// <param name="Decision"><c>approve</c> or <c>reject</c>; <c>null</c> while it was only looked at.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="At">When it was decided, or looked at.</param>
/// <param name="Total">How many mutations.</param>
/// <param name="Counts">How many of them <c>waiting</c>, <c>decided</c>, <c>skipped</c> and <c>failed</c>.</param>
/// <param name="Items">Each of them.</param>
public sealed record BulkView(
    Guid Id, string? Decision, string? Reason, string By, DateTimeOffset At, int Total, IReadOnlyDictionary<string, int> Counts,
    IReadOnlyList<BulkItemView> Items);

/// <summary>One mutation in a bulk decision.</summary>
public sealed record BulkItemView(Guid MutationId, string SkillName, string State, string? Reason, DateTimeOffset? At);

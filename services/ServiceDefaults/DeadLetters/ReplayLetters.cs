using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>To the service itself: replay the workspace's dead letters that fit, some of them now and the rest in the next message.</summary>
/// <param name="WorkspaceId">The letters' tenant.</param>
/// <param name="Filter">Which.</param>
/// <param name="By">Who decided.</param>
/// <param name="DiedBefore">When it was decided: what dies again meanwhile is not replayed again.</param>
/// <param name="After">The sort key of the last one that was dealt with.</param>
public sealed record ReplayLetters(string WorkspaceId, LetterFilter Filter, string By, DateTimeOffset DiedBefore, string After)
{
    /// <summary>The letters that are meant and not dealt with yet.</summary>
    internal IQueryable<DeadLetter> Of(IQueryable<DeadLetter> letters)
    {
        var before = PageRequest.SortKeyOf(DiedBefore, "");
        return Filter.Apply(letters).Where(l => l.State == DeadLetterState.Dead && string.Compare(l.SortKey, before) < 0 && string.Compare(l.SortKey, After) > 0);
    }

    /// <summary>To this service's own queue; published, every service would hear it.</summary>
    internal async Task SendAsync(ISendEndpointProvider sender, ServiceWord service, CancellationToken cancellation) =>
        await (await sender.GetSendEndpoint(new Uri($"exchange:{service}-replay-letters"))).Send(this, cancellation);
}

/// <summary>Replays a part at a time; it and the message about the rest commit together, so that a restart goes on where it was.</summary>
sealed class ReplayLettersConsumer(IDocumentSession session, ConsumedQueues queues, ServiceWord service, TimeProvider clock) : IConsumer<ReplayLetters>
{
    const int MostLetters = 100;
    const int MostBytes = 8 << 20;

    public async Task Consume(ConsumeContext<ReplayLetters> context)
    {
        var (asked, cancellation) = (context.Message, context.CancellationToken);
        var part = Part(await asked.Of(session.Query<DeadLetter>()).OrderBy(l => l.SortKey).Take(MostLetters).ToListAsync(cancellation));
        if (part.Count == 0) return;

        foreach (var id in part.Where(l => queues.Contains(l.Queue)).Select(l => l.Id).Order())
        {
            await session.LockLetterAsync(id, cancellation);
            if (await session.LoadAsync<DeadLetter>(id, cancellation) is { State: DeadLetterState.Dead } letter)
                ReplayLetter.Count(await ReplayLetter.SendAsync(letter, session, context, context, asked.By, clock.GetUtcNow(), cancellation));
        }

        await (asked with { After = part[^1].SortKey }).SendAsync(context, service, cancellation);
    }

    /// <summary>Pure: as many as fit into memory together, and one in any case.</summary>
    static List<DeadLetter> Part(IReadOnlyList<DeadLetter> letters)
    {
        var bytes = 0L;
        return [.. letters.TakeWhile((letter, i) => (bytes += letter.BodyBytes) <= MostBytes || i == 0)];
    }
}

/// <summary>Only sent to, never published.</summary>
sealed class ReplayLettersDefinition : ConsumerDefinition<ReplayLettersConsumer>
{
    public ReplayLettersDefinition() => Endpoint(endpoint => endpoint.ConfigureConsumeTopology = false);
}

/// <param name="Matched">Letters that are dead and fit; they are replayed one after the other.</param>
public sealed record ReplayAccepted(int Matched);

/// <summary>POST by filter: says how many are meant, and that they will be replayed.</summary>
static class ReplayLettersByFilter
{
    public static async Task<IResult> Post(
        [AsParameters] LetterFilter filter, ClaimsPrincipal caller, IDocumentSession session, ISendEndpointProvider sender, ServiceWord service,
        TimeProvider clock, CancellationToken cancellation)
    {
        if (filter.Problem() is { } problem) return problem;
        if (filter.State is not null && !filter.State.Equals(nameof(DeadLetterState.Dead), StringComparison.OrdinalIgnoreCase))
            return Problem.Invalid("state", "Only dead letters are replayed.");

        var asked = new ReplayLetters(session.TenantId, filter, caller.Actor(), clock.GetUtcNow(), After: "");
        var meant = asked.Of(ListLetters.In(session));
        var matched = await meant.CountAsync(cancellation);
        var tenants = await meant.Select(l => l.Tenant).Distinct().ToListAsync(cancellation);
        foreach (var tenant in tenants) await (asked with { WorkspaceId = tenant }).SendAsync(sender, service, cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Json(new ReplayAccepted(matched), statusCode: StatusCodes.Status202Accepted);
    }
}

using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>How every change of a score happens: one at a time for a subject, stored and said in one transaction.</summary>
static class ScoreSubject
{
    /// <summary>
    /// Counts signals that the subject's owner sent. A candidate's count for the skill versions made from it as well, whichever message came first.
    /// </summary>
    public static async Task CountAsync(
        this IDocumentSession session, ConsumeContext context, string subject, IReadOnlyList<Signal> signals, bool isFromOwner, DateTimeOffset now)
    {
        var changed = await session.ChangeAsync(
            context, subject, s => (isFromOwner ? s.Heard(context.ConversationId, now) : s).Count(signals, now), context.CancellationToken);
        foreach (var skill in changed.Skills.Order(StringComparer.Ordinal))
            await session.ChangeAsync(context, skill, s => s.Count(signals, now), context.CancellationToken);
    }

    /// <summary>
    /// Locks, loads, changes, stores, says. Whoever needs a candidate and its skills takes the candidate first, so that no two wait for each other.
    /// </summary>
    public static async Task<Subject> ChangeAsync(
        this IDocumentSession session, IPublishEndpoint bus, string id, Func<Subject, Subject> change, CancellationToken cancellation)
    {
        await session.LockAsync($"subject/{id}", cancellation);
        var before = await session.LoadAsync<Subject>(id, cancellation) ?? new Subject { Id = id };
        var after = change(before);
        if (ReferenceEquals(before, after)) return after;

        session.Store(after);
        if (after.IsNewsAfter(before))
            await bus.Publish(after.Say(session.TenantId), said => said.ConversationId = after.ConversationId ?? said.ConversationId, cancellation);
        return after;
    }
}

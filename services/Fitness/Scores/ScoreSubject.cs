using AutoDev.Fitness.Weights;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>How every change of a score happens: one at a time for a subject, stored and said in one transaction.</summary>
static class ScoreSubject
{
    /// <summary>
    /// Counts signals about a subject. Those of a candidate or a mutation count for the skill versions made from it as well, whichever message came first.
    /// </summary>
    /// <param name="session">Of the message's workspace.</param>
    /// <param name="context">The message.</param>
    /// <param name="subject">See <see cref="SubjectId"/>.</param>
    /// <param name="signals">Of this subject.</param>
    /// <param name="isFromOwner">Whether the subject's owner sent them, and with it says that there is such a subject.</param>
    /// <param name="now">The time.</param>
    /// <param name="learn">What else is learned of the subject and of the versions made from it.</param>
    public static async Task CountAsync(
        this IDocumentSession session, ConsumeContext context, string subject, IReadOnlyList<Signal> signals, bool isFromOwner, DateTimeOffset now,
        Func<Subject, Subject>? learn = null)
    {
        learn ??= s => s;
        var changed = await session.ChangeAsync(
            context, subject, signals, s => learn(isFromOwner ? s.Heard(context.ConversationId, now) : s), now, context.CancellationToken);
        foreach (var skill in changed.Skills.Order(StringComparer.Ordinal))
            await session.ChangeAsync(context, skill, [.. signals.Select(s => s.For(skill))], learn, now, context.CancellationToken);
    }

    /// <summary>
    /// Locks, loads, changes, counts, stores, says. Whoever needs what a version was made from and the version takes the former first, so that no two wait for
    /// each other. A subject that was last summed by other weights is summed again on the way.
    /// </summary>
    public static async Task<Subject> ChangeAsync(
        this IDocumentSession session, IPublishEndpoint bus, string id, IReadOnlyList<Signal> heard, Func<Subject, Subject> change, DateTimeOffset now,
        CancellationToken cancellation)
    {
        await session.LockAsync($"subject/{id}", cancellation);
        var weights = await session.WeightsAsync(cancellation);
        var stored = await session.LoadAsync<Subject>(id, cancellation);
        var before = stored ?? new Subject { Id = id, WeightsVersion = weights.Version };

        var earlier = EarlierSubject.MoveOut(before, weights);
        var (current, changes) = (earlier.Subject, earlier.Changes.ToList());
        if (current.WeightsVersion != weights.Version)
        {
            var weighed = Reweigh(current, await session.GroupsAsync(id, weights, cancellation), weights, now);
            if (weighed.Revision > current.Revision) changes.Add(ScoreChange.Of(current, weighed, now, weights.ChangedBy, "Signals have other weights"));
            current = weighed;
        }

        var changed = change(current);
        if (changed.EvaluationRequestedBy != current.EvaluationRequestedBy)
        {
            changes.Add(ScoreChange.Of(current, changed, now, changed.EvaluationRequestedBy, changed.EvaluationRequestedBy == Subject.Deadline
                ? "The time to wait for external signals ran out" : $"{changed.EvaluationRequestedBy} asked for the evaluation"));
        }

        var about = await session.AboutAsync(heard, cancellation);
        var counted = CountSignals.Decide(changed, heard, about.Concat(earlier.Rows).DistinctBy(s => s.Id, StringComparer.Ordinal), weights, now);
        var after = counted.Subject;
        if (ReferenceEquals(before, after)) return after;

        session.Store(after);
        session.Store<Signal>([.. earlier.Rows.Concat(counted.Rows).Reverse().DistinctBy(s => s.Id, StringComparer.Ordinal)]);
        session.Insert<ScoreChange>([.. changes, .. counted.Changes]);
        if (after.IsNewsAfter(before))
            await bus.Publish(after.Say(session.TenantId), said => said.ConversationId = after.ConversationId ?? said.ConversationId, cancellation);
        return after;
    }

    /// <summary>Pure: the subject by other weights; the next revision only where its sum is another one.</summary>
    internal static Subject Reweigh(Subject subject, IReadOnlyList<SignalGroup> groups, SignalWeights weights, DateTimeOffset now)
    {
        var weighed = subject with { Sum = groups.Sum(g => g.Weight), WeightsVersion = weights.Version };
        return weighed.Sum == subject.Sum ? weighed : weighed.Scored(now);
    }
}

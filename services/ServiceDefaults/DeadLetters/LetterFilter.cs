using System.Linq.Expressions;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>Which dead letters are meant; all that is given must fit. From the query string, by these names.</summary>
/// <param name="Queue">The queue they died in, exactly.</param>
/// <param name="Type">The message's type, with or without its namespace.</param>
/// <param name="Reason">Part of the reason, in upper or lower case.</param>
/// <param name="Since">Died then or later.</param>
/// <param name="Until">Died before.</param>
/// <param name="State">dead, replayed or discarded.</param>
public sealed record LetterFilter(string? Queue, string? Type, string? Reason, DateTimeOffset? Since, DateTimeOffset? Until, string? State)
{
    /// <summary>What is wrong with it; <c>null</c> for nothing.</summary>
    internal ProblemHttpResult? Problem() => State is null || (Enum.TryParse<DeadLetterState>(State, ignoreCase: true, out _) && char.IsLetter(State[0]))
        ? null
        : Http.Problem.Invalid("state", "state must be dead, replayed or discarded.");

    internal IQueryable<DeadLetter> Apply(IQueryable<DeadLetter> letters)
    {
        var wanted = new List<Expression<Func<DeadLetter, bool>>>();
        if (Queue is not null) wanted.Add(l => l.Queue == Queue);
        if (Type is not null) wanted.Add(TypeIs(Type));
        if (Reason is not null) wanted.Add(l => l.Reason.Contains(Reason, StringComparison.OrdinalIgnoreCase));
        if (Since is { } since && PageRequest.SortKeyOf(since, "") is var from) wanted.Add(l => string.Compare(l.SortKey, from) >= 0);
        if (Until is { } until && PageRequest.SortKeyOf(until, "") is var to) wanted.Add(l => string.Compare(l.SortKey, to) < 0);
        if (State is not null && Enum.Parse<DeadLetterState>(State, ignoreCase: true) is var state) wanted.Add(l => l.State == state);
        return wanted.Aggregate(letters, (found, one) => found.Where(one));
    }

    static Expression<Func<DeadLetter, bool>> TypeIs(string type)
    {
        var end = ":" + type;
        return l => l.MessageType == type || l.MessageType!.EndsWith(end);
    }
}

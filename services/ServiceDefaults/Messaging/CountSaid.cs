using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Figures of what a service says, counted once it is committed. Which messages and by what label is the service's to say. A label names no tenant and nothing of a
/// tenant's: their numbers have no bound, and who may see figures may not see tenants.
/// </summary>
public static class CountSaid
{
    /// <summary>Counts messages of a type.</summary>
    /// <param name="services">The service's.</param>
    /// <param name="counter">Adds one a message.</param>
    /// <param name="label">What the count is divided by; <c>null</c> for nothing.</param>
    /// <param name="value">Pure: a message's value of the label; few are possible.</param>
    /// <param name="known">Values that are there from the start, as 0: a counter that begins with its first event has no increase at it.</param>
    public static void Count<T>(this IServiceCollection services, Counter<long> counter, string? label = null, Func<T, string>? value = null, params string[] known)
        where T : class => services.Count<T>(
            counter, message => label is null ? default : new TagList { { label, value!(message) } },
            label is null ? [default] : [.. known.Select(k => new TagList { { label, k } })]);

    /// <summary>The same by several labels.</summary>
    public static void Count<T>(this IServiceCollection services, Counter<long> counter, Func<T, TagList> labels, params TagList[] known)
        where T : class => services.AddSingleton(new SaidCounter(typeof(T), counter, message => labels((T)message), known));
}

/// <summary>How messages of one type are counted.</summary>
sealed record SaidCounter(Type Message, Counter<long> Counter, Func<object, TagList> Labels, IReadOnlyList<TagList> Known);

/// <summary>One message that is counted when it is sure.</summary>
readonly record struct Counted(Counter<long> Counter, TagList Labels)
{
    public void Count() => Counter.Add(1, Labels);
}

/// <summary>All that the service counts.</summary>
sealed class SaidCounters(IEnumerable<SaidCounter> counters)
{
    readonly FrozenDictionary<Type, SaidCounter> _byMessage = counters.ToFrozenDictionary(c => c.Message);

    /// <summary>Shows them, once somebody listens.</summary>
    public void Begin()
    {
        foreach (var counter in _byMessage.Values)
        foreach (var labels in counter.Known)
            counter.Counter.Add(0, labels);
    }

    /// <summary>Pure: how the message counts; <c>null</c> where it does not.</summary>
    public Counted? Of(object message) => _byMessage.TryGetValue(message.GetType(), out var counter) ? new(counter.Counter, counter.Labels(message)) : null;
}

using System.Diagnostics;
using Xunit.Sdk;

namespace AutoDev.Testing;

/// <summary>Waits for what will come, and fails with words when it does not. Wait for the whole of what is asserted: between its parts there is time.</summary>
public static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5); // a busy machine is slow, and whoever does not fail does not wait
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until the answer is not <c>null</c>; for minutes, or for <paramref name="limit"/>.</summary>
    /// <exception cref="TimeoutException">It stayed <c>null</c>; <paramref name="what"/> says what was missing.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, TimeSpan? limit = null)
        where T : class
    {
        var patience = limit ?? Limit;
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (Stopwatch.GetElapsedTime(began) > patience) throw new TimeoutException($"Waited {patience.TotalSeconds:0} s in vain for: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Asks again and again until it is true.</summary>
    /// <exception cref="TimeoutException">It stayed false.</exception>
    public static Task IsTrueAsync(string what, Func<Task<bool>> ask, TimeSpan? limit = null) => GetAsync(what, async () => await ask() ? "yes" : null, limit);

    /// <summary>Asserts again and again, from the first assertion on, until all of them hold at once.</summary>
    /// <exception cref="XunitException">They never did; as the last attempt failed.</exception>
    public static async Task HoldsAsync(Func<Task> assertions)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await assertions();
                return;
            }
            catch (XunitException) when (Stopwatch.GetElapsedTime(began) < Limit)
            {
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>The same for what is asserted of one thing.</summary>
    /// <returns>The thing, as it was when all held.</returns>
    public static async Task<T> HoldsAsync<T>(Func<Task<T>> get, Action<T> assertions)
    {
        var thing = default(T)!;
        await HoldsAsync(async () => assertions(thing = await get()));
        return thing;
    }
}

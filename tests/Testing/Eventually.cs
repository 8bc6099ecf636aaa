namespace AutoDev.Testing;

/// <summary>Waits for what will come, and fails with words when it does not.</summary>
public static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until the answer is not <c>null</c>; for a minute, or for <paramref name="limit"/>.</summary>
    /// <exception cref="TimeoutException">It stayed <c>null</c>; <paramref name="what"/> says what was missing.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, TimeSpan? limit = null)
        where T : class
    {
        var patience = limit ?? Limit;
        var until = DateTime.UtcNow + patience;
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (DateTime.UtcNow > until) throw new TimeoutException($"Waited {patience.TotalSeconds:0} s in vain for: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Asks again and again until it is true.</summary>
    /// <exception cref="TimeoutException">It stayed false.</exception>
    public static Task IsTrueAsync(string what, Func<Task<bool>> ask, TimeSpan? limit = null) => GetAsync(what, async () => await ask() ? "yes" : null, limit);
}

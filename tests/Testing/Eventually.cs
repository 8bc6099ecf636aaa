namespace AutoDev.Testing;

/// <summary>Waits for what will come, and fails with words when it does not.</summary>
public static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until the answer is not <c>null</c>.</summary>
    /// <exception cref="TimeoutException">It stayed <c>null</c>; <paramref name="what"/> says what was missing.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask)
        where T : class
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (DateTime.UtcNow > until) throw new TimeoutException($"Waited {Limit.TotalSeconds:0} s in vain for: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Asks again and again until it is true.</summary>
    /// <exception cref="TimeoutException">It stayed false.</exception>
    public static Task IsTrueAsync(string what, Func<Task<bool>> ask) => GetAsync(what, async () => await ask() ? "yes" : null);
}

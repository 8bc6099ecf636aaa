namespace AutoDev.Testing;

/// <summary>For tests of what is counted by the UTC day: whatever they do falls on one.</summary>
public static class OneDay
{
    static readonly TimeSpan Enough = TimeSpan.FromMinutes(5);

    /// <summary>Waits for the next day where this one is about to end.</summary>
    public static async Task BeginAsync()
    {
        var left = DateTime.UtcNow.Date.AddDays(1) - DateTime.UtcNow;
        if (left < Enough) await Task.Delay(left);
    }
}

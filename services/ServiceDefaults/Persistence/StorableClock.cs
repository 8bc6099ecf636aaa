namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>
/// The system's clock in whole microseconds, as PostgreSQL keeps them. With finer times a stored moment would differ from the one in memory, and a page that
/// ends between two of them would lose one.
/// </summary>
sealed class StorableClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow()
    {
        var now = System.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}

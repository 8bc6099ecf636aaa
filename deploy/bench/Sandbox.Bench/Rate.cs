using System.Diagnostics;

namespace AutoDev.Sandbox.Bench;

/// <summary>How much is done in a second by so many at once, over several windows.</summary>
sealed class Rate
{
    double _done, _seconds;

    public double PerSecond => _done / _seconds;

    public void Add(double done, TimeSpan elapsed) => (_done, _seconds) = (_done + done, _seconds + elapsed.TotalSeconds);

    /// <summary>The window ends when the last call that began in it has ended.</summary>
    public async Task MeasureAsync(TimeSpan window, int clients, Func<int, int, Task> call, int each = 1)
    {
        var begun = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var turn = 0;
            for (; Stopwatch.GetElapsedTime(begun) < window; turn++) await call(client, turn);
            return turn;
        })));
        Add(done.Sum() * each, Stopwatch.GetElapsedTime(begun));
    }
}

namespace AutoDev.Synthesis.Search;

/// <summary>Ends a search by the clock or the caller's word. Running out is an exception, never a different program.</summary>
sealed class Deadline(TimeSpan budget, TimeProvider clock, CancellationToken cancellation)
{
    readonly long _start = clock.GetTimestamp();

    public void Check()
    {
        cancellation.ThrowIfCancellationRequested();
        if (clock.GetElapsedTime(_start) > budget) throw new OutOfTimeException();
    }
}

sealed class OutOfTimeException : Exception;

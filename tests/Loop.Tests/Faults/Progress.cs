using System.Collections.Concurrent;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>How far a run has come, as those who act in it know.</summary>
sealed class Progress
{
    readonly ConcurrentDictionary<(PlannedTask, Step), bool> _steps = new();
    readonly ConcurrentDictionary<PlannedTask, Guid> _candidates = new();
    int _sent;

    public int Sent => Volatile.Read(ref _sent);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public bool Has(PlannedTask task, Step step) => _steps.ContainsKey((task, step));

    public void Reach(PlannedTask task, Step step) => _steps[(task, step)] = true;

    public void Knows(PlannedTask task, Guid candidate)
    {
        if (_candidates.TryAdd(task, candidate)) Reach(task, Step.HasCandidate);
    }

    /// <summary>The task's first candidate.</summary>
    public Guid CandidateOf(PlannedTask task) => _candidates[task];
}

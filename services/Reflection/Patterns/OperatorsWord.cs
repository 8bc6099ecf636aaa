using AutoDev.Reflection.Phrasings;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// What operators said about which failures belong together holds against the words: what was taken out of a pattern does not come back, and what was put into
/// one is known by it for good.
/// </summary>
static class OperatorsWord
{
    /// <summary>What is remembered of each, the latest.</summary>
    const int Most = 20;

    /// <summary>Pure: the pattern that this failure is one of, or <c>null</c> where it begins a new one.</summary>
    /// <param name="patterns">Those it may be one of.</param>
    /// <param name="failure">As it was put.</param>
    /// <param name="remembered">A phrasing of theirs with what it means.</param>
    /// <param name="usual">Among all that the agent has.</param>
    public static FailurePattern? Find(IEnumerable<FailurePattern> patterns, Remembered failure, Func<Phrasing, Remembered> remembered, Usual usual)
    {
        var open = patterns.ToDictionary(p => p.Id);
        while (true)
        {
            // What was taken out stands beside the patterns as one of its own; where it is the nearest, its pattern is not meant. Equally near, the pattern is.
            var known = open.Values.Select(p => (p, p.Phrasings.Concat(p.Belonging)));
            var apart = open.Values.Where(p => p.Apart.Count > 0).Select(p => (p with { MergedInto = p.Id }, p.Apart.AsEnumerable()));
            var all = known.Concat(apart).Select(p => (p.Item1, (IReadOnlyList<Remembered>)[.. p.Item2.Distinct().Select(remembered)]));
            if (SameTask.Find(all, failure, usual) is not { } nearest) return null;
            if (nearest.MergedInto != nearest.Id) return open[nearest.Id];
            open.Remove(nearest.Id);
        }
    }

    /// <summary>Pure: with <paramref name="part"/>, which becomes part of it. What was kept apart of the one and is in the other no longer is.</summary>
    public static FailurePattern Merge(FailurePattern whole, FailurePattern part)
    {
        IReadOnlyList<Phrasing> belonging = [.. whole.Belonging.Concat(part.Belonging).Concat(part.Phrasings).Distinct().TakeLast(Most)];
        return whole with
        {
            FailureCount = whole.FailureCount + part.FailureCount,
            NewFailures = whole.NewFailures + part.FailureCount, // no attempt of it knew them
            RecentFailures = [.. whole.RecentFailures.Concat(part.RecentFailures).Order().TakeLast(FailurePattern.MaxThreshold)],
            Phrasings = whole.Phrasings,
            Failures = null,
            FirstFailureAt = whole.FirstFailureAt < part.FirstFailureAt ? whole.FirstFailureAt : part.FirstFailureAt,
            LastFailureAt = whole.LastFailureAt > part.LastFailureAt ? whole.LastFailureAt : part.LastFailureAt,
            Belonging = belonging,
            Apart = [.. whole.Apart.Concat(part.Apart).Distinct().Except(whole.Phrasings).Except(belonging).TakeLast(Most)],
            MergedFrom = [.. whole.MergedFrom, part.Id, .. part.MergedFrom],
        };
    }

    /// <summary>Pure: as it is without what leaves.</summary>
    /// <param name="pattern">With them.</param>
    /// <param name="stays">What is left of it.</param>
    /// <param name="leaving">How those were put that leave.</param>
    public static FailurePattern Without(FailurePattern pattern, WhatStays stays, IEnumerable<Phrasing> leaving)
    {
        var gone = leaving.ToHashSet();
        return pattern with
        {
            TaskDescription = stays.First.TaskDescription,
            FailureCount = stays.Count,
            NewFailures = stays.New,
            RecentFailures = [.. stays.Newest.Select(e => e.RecordedAt).TakeLast(FailurePattern.MaxThreshold)],
            Phrasings = FailurePattern.PhrasingsOf(stays.Newest.Prepend(stays.First).Select(Phrasing.Of)),
            Failures = null,
            FirstFailureAt = stays.First.RecordedAt,
            LastFailureAt = stays.Newest[^1].RecordedAt,
            Belonging = [.. pattern.Belonging.Where(p => !gone.Contains(p))],
            Apart = [.. pattern.Apart.Concat(gone).Distinct().TakeLast(Most)],
        };
    }
}

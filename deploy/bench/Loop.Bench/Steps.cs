using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AutoDev.Loop.Bench;

/// <summary>How long each step took, and what went wrong.</summary>
sealed class Steps
{
    readonly ConcurrentDictionary<string, ConcurrentBag<double>> _seconds = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, int> _errors = new(StringComparer.Ordinal);

    public void Took(string step, long from, long to) => _seconds.GetOrAdd(step, static _ => []).Add(Math.Max(0, Stopwatch.GetElapsedTime(from, to).TotalMilliseconds));

    public void Failed(string what) => _errors.AddOrUpdate(what, 1, static (_, n) => n + 1);

    public int Count(string step) => _seconds.TryGetValue(step, out var all) ? all.Count : 0;

    public int Errors => _errors.Values.Sum();

    /// <summary>Milliseconds by step.</summary>
    public JsonObject ToJson() => new([.. _seconds.OrderBy(s => s.Key, StringComparer.Ordinal).Select(step =>
    {
        var sorted = step.Value.Order().ToArray();
        double At(double share) => Math.Round(sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)], 1);
        return new KeyValuePair<string, JsonNode?>(step.Key, new JsonObject { ["count"] = sorted.Length, ["p50_ms"] = At(0.5), ["p95_ms"] = At(0.95), ["p99_ms"] = At(0.99) });
    })]);

    public JsonObject ErrorsToJson() => new([.. _errors.OrderByDescending(e => e.Value).Select(e => new KeyValuePair<string, JsonNode?>(e.Key, e.Value))]);
}

using System.Globalization;
using System.Text.Json;
using AutoDev.Contracts.Ingest;
using AutoDev.Fitness.Signals;

namespace AutoDev.Fitness.Webhooks;

/// <summary>What a rule makes of a body.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Fits">Whether its conditions hold.</param>
/// <param name="Signal">The signal; <c>null</c> where it does not fit or makes no good one.</param>
/// <param name="Errors">Why it makes no good one, by property.</param>
public sealed record MappedSignal(string Rule, bool Fits, FitnessSignalReport? Signal, IReadOnlyDictionary<string, string>? Errors);

/// <summary>Makes signals of a sender's JSON.</summary>
static class MapBody
{
    // In milliseconds that is 1973, in seconds the year 5138.
    const double LeastMilliseconds = 1e11;

    /// <summary>Pure: what each rule makes of a body, in their order.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="rules">Without faults.</param>
    /// <param name="deliveryId">The <c>webhook-id</c>.</param>
    /// <param name="body">Any JSON.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<MappedSignal> Decide(string source, IEnumerable<MappingRule> rules, string deliveryId, JsonElement body, DateTimeOffset now) =>
        [.. rules.Select(rule => (rule.When ?? []).All(c => c.HoldsOf(body)) ? Apply(rule, source, deliveryId, body, now)
            : new(rule.Name!, Fits: false, null, null))];

    static MappedSignal Apply(MappingRule rule, string source, string deliveryId, JsonElement body, DateTimeOffset now)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        var report = new FitnessSignalReport
        {
            SignalId = $"{source}/{Text("signal_id", rule.SignalId) ?? $"{deliveryId}/{rule.Name}"}",
            Subject = Text("subject", rule.Subject), Signal = Text("signal", rule.Signal), Value = Number(Text("value", rule.Value)),
            OccurredAt = Moment(Text("occurred_at", rule.OccurredAt)), Replaces = Earlier("replaces", rule.Replaces),
            Retracts = Earlier("retracts", rule.Retracts),
        };
        foreach (var (property, fault) in CheckSignal.Faults(report with { WorkspaceId = "" }, "", now)) faults.TryAdd(property, fault);
        return faults.Count == 0 ? new(rule.Name!, Fits: true, report, null) : new(rule.Name!, Fits: true, null, faults);

        string? Text(string property, string? template)
        {
            if (template is null) return null;
            var (text, missing) = JsonPointer.Fill(template, body);
            if (missing is not null) faults[property] = $"There is no text, number, true or false at {missing} for {property}.";
            return text;
        }

        string? Earlier(string property, string? template) => Text(property, template) is { } id ? $"{source}/{id}" : null;

        double? Number(string? text)
        {
            if (text is null) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return number;
            faults["value"] = $"'{text}' is no number.";
            return null;
        }

        DateTimeOffset? Moment(string? text)
        {
            if (text is null) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var since1970) && Math.Abs(since1970) < 1e14)
                return DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Abs(since1970) >= LeastMilliseconds ? since1970 : since1970 * 1000);
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) return moment;
            faults["occurred_at"] = $"'{text}' is no time.";
            return null;
        }
    }
}

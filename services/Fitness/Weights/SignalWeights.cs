using System.Collections.Frozen;
using AutoDev.Fitness.Scores;
using Marten;

namespace AutoDev.Fitness.Weights;

/// <summary>
/// What each signal adds to a score in one workspace. Exact decimals, so that the order of adding never shows. A workspace that changed nothing has none
/// stored.
/// </summary>
public sealed record SignalWeights
{
    /// <summary>There is one in a workspace.</summary>
    public const string TheOne = "weights";

    /// <summary>The signal that scales with its amount and therefore needs one.</summary>
    public const string ConversionValue = "conversion_value";

    /// <summary>What stands for a report that only takes another back; it adds nothing by itself.</summary>
    public const string Retraction = "retraction";

    /// <summary>No signal moves a score by more.</summary>
    public const decimal Most = 1;

    const double ConversionUnit = 1000;

    static readonly FrozenDictionary<string, (decimal Weight, string Meaning)> Usual = new Dictionary<string, (decimal, string)>(StringComparer.Ordinal)
    {
        ["no_syntax_error"] = (0.2m, "The source parses"),
        ["syntax_error"] = (0, "The source does not parse"),
        ["execution_success"] = (0.3m, "It ran well on the inputs of its episodes"),
        ["execution_failure"] = (0, "It did not run well on the inputs of its episodes"),
        ["approved"] = (0.5m, "A person approved it"),
        ["rejected"] = (-0.5m, "A person rejected it"),
        ["auto_promoted"] = (0, "A rule promoted it, no person"),
        ["invoice_created"] = (0.4m, "An invoice was created"),
        ["crm_conversion"] = (0.5m, "A conversion in the CRM"),
        ["conversion_success"] = (0.6m, "A conversion succeeded"),
        [ConversionValue] = (0.5m, "A conversion of some value"),
        ["email_bounce"] = (-0.3m, "An e-mail bounced"),
        ["error_signal"] = (-0.5m, "An error was reported"),
        [Retraction] = (0, "An earlier signal was taken back"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Known at once, said by this system about itself.</summary>
    public static IReadOnlyList<string> Proxy { get; } =
        ["no_syntax_error", "syntax_error", "execution_success", "execution_failure", "approved", "rejected", "auto_promoted"];

    /// <summary>Business outcomes, said from outside and often late.</summary>
    public static IReadOnlyList<string> External { get; } =
        ["invoice_created", "crm_conversion", "conversion_success", ConversionValue, "email_bounce", "error_signal"];

    /// <summary>Those that are promised.</summary>
    public static SignalWeights Default { get; } = new();

    /// <summary><see cref="TheOne"/>.</summary>
    public string Id { get; init; } = TheOne;

    /// <summary>Grows by one with every change; 0 for those that are promised.</summary>
    public int Version { get; init; }

    /// <summary>The weights that differ from the promised ones, by signal.</summary>
    public IReadOnlyDictionary<string, decimal> Changed { get; init; } = new Dictionary<string, decimal>(StringComparer.Ordinal);

    /// <summary>Who changed them last.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>What a signal adds; for <see cref="ConversionValue"/> the most that it adds.</summary>
    /// <param name="name">One of <see cref="Proxy"/> or <see cref="External"/>, or <see cref="Retraction"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The name is none of them.</exception>
    public decimal Of(string name) => Changed.TryGetValue(name, out var weight) ? weight : UsualOf(name);

    /// <summary>What this signal adds: +min(most, value / 1000) for <see cref="ConversionValue"/>, which grows with its value.</summary>
    public decimal Of(Signal signal) => signal.Amount is { } amount ? Math.Min(amount, Of(signal.Name)) : Of(signal.Name);

    /// <summary>What is promised for it.</summary>
    public static decimal UsualOf(string name) => Usual.TryGetValue(name, out var usual)
        ? usual.Weight
        : throw new ArgumentOutOfRangeException(nameof(name), name, "Not a signal that has a weight");

    /// <summary>What the signal means, as a reason for a score.</summary>
    public static string Meaning(string name) => Usual.TryGetValue(name, out var usual) ? usual.Meaning : name;

    /// <summary>
    /// The value of a <see cref="ConversionValue"/> in thousands, at most <see cref="Most"/>; six digits keep every sum exact. <c>null</c> for other
    /// signals.
    /// </summary>
    /// <param name="name">The signal.</param>
    /// <param name="value">0 or more; may be beyond what a decimal holds.</param>
    public static decimal? AmountOf(string name, double? value) => name != ConversionValue ? null
        : value / ConversionUnit >= (double)Most ? Most : decimal.Round((decimal)((value ?? 0) / ConversionUnit), 6);
}

static class WeightsOfWorkspace
{
    /// <summary>The workspace's weights, or those that are promised.</summary>
    public static async Task<SignalWeights> WeightsAsync(this IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<SignalWeights>(SignalWeights.TheOne, cancellation) ?? SignalWeights.Default;
}

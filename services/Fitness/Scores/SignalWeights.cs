namespace AutoDev.Fitness.Scores;

/// <summary>What each signal adds to a score. Exact decimals, so that the order of adding never shows.</summary>
public static class SignalWeights
{
    /// <summary>Known at once, said by this system about itself.</summary>
    public static IReadOnlyList<string> Proxy { get; } = ["no_syntax_error", "syntax_error", "execution_success", "execution_failure", "approved", "rejected"];

    /// <summary>Business outcomes, said from outside and often late.</summary>
    public static IReadOnlyList<string> External { get; } =
        ["invoice_created", "crm_conversion", "conversion_success", ConversionValue, "email_bounce", "error_signal"];

    /// <summary>The signal that scales with its amount and therefore needs one.</summary>
    public const string ConversionValue = "conversion_value";

    const decimal MostOfAConversion = 0.5m;
    const double ConversionUnit = 1000;

    /// <summary>The weight of one signal.</summary>
    /// <param name="name">One of <see cref="Proxy"/> or <see cref="External"/>.</param>
    /// <param name="value">The amount, 0 or more, for <see cref="ConversionValue"/>; else ignored.</param>
    /// <exception cref="ArgumentOutOfRangeException">The name is none of them.</exception>
    public static decimal Of(string name, double? value) => name switch
    {
        "no_syntax_error" => 0.2m,
        "execution_success" => 0.3m,
        "approved" => 0.5m,
        "rejected" => -0.5m,
        "syntax_error" or "execution_failure" => 0m,
        "invoice_created" => 0.4m,
        "crm_conversion" => 0.5m,
        "conversion_success" => 0.6m,
        ConversionValue => OfAmount(value ?? 0),
        "email_bounce" => -0.3m,
        "error_signal" => -0.5m,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a signal that has a weight"),
    };

    /// <summary>What the signal means, as a reason for a score.</summary>
    public static string Meaning(string name) => name switch
    {
        "no_syntax_error" => "The source parses",
        "execution_success" => "It ran well on the inputs of its episodes",
        "approved" => "A person approved it",
        "rejected" => "A person rejected it",
        "syntax_error" => "The source does not parse",
        "execution_failure" => "It did not run well on the inputs of its episodes",
        "invoice_created" => "An invoice was created",
        "crm_conversion" => "A conversion in the CRM",
        "conversion_success" => "A conversion succeeded",
        ConversionValue => "A conversion of some value",
        "email_bounce" => "An e-mail bounced",
        "error_signal" => "An error was reported",
        _ => name,
    };

    // Compared before it becomes a decimal, which ends at 7.9e28; six digits keep every sum exact.
    static decimal OfAmount(double value) =>
        value / ConversionUnit >= (double)MostOfAConversion ? MostOfAConversion : decimal.Round((decimal)(value / ConversionUnit), 6);
}

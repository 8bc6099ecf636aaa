using AutoDev.Evolver.Experiments;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.Contests;

/// <summary>What comparing an original and a variant on one input says.</summary>
public static class Verdict
{
    /// <summary>Both do the same.</summary>
    public const string Same = "same";

    /// <summary>The original failed, the variant answers.</summary>
    public const string Mended = "mended";

    /// <summary>They do not do the same.</summary>
    public const string Differs = "differs";

    /// <summary>
    /// Pure. Answers are compared by structure, see <see cref="JsonEquality"/>; exceptions by type. Where the original was cut off, whatever fails does the
    /// same.
    /// </summary>
    /// <param name="original">What the original did.</param>
    /// <param name="variant">What the variant did.</param>
    /// <param name="mayMend">Whether an answer where the original failed is an improvement; else it is a difference like any other.</param>
    public static string Of(InputOutcome original, InputOutcome variant, bool mayMend) => (original.Ended, variant.Ended) switch
    {
        ("ok", "ok") => JsonEquality.AreEqual(original.ValueJson!, variant.ValueJson!) ? Same : Differs,
        ("ok", _) => Differs,
        (_, "ok") => mayMend ? Mended : Differs,
        ("exception", "exception") => original.ExceptionType == variant.ExceptionType ? Same : Differs,
        ("exception", _) => Differs,
        _ => Same,
    };
}

using System.Security.Cryptography;
using System.Text;
using AutoDev.Evolver.Contests;

namespace AutoDev.Evolver.Experiments;

/// <summary>How far a variant came.</summary>
public static class VariantStatus
{
    /// <summary>It waits for its trial.</summary>
    public const string Proposed = "proposed";

    /// <summary>It ran, and did something else than the published version.</summary>
    public const string Differs = "differs";

    /// <summary>It could not be run: it does not parse or load, or was cut off.</summary>
    public const string Failed = "failed";

    /// <summary>It does the same on all inputs, and was not among those that were measured.</summary>
    public const string Behaves = "behaves";

    /// <summary>It was measured against the published version.</summary>
    public const string Measured = "measured";

    /// <summary>The experiment ended in it: it is a mutation now.</summary>
    public const string Chosen = "chosen";
}

/// <summary>One form of the source that an experiment tries.</summary>
public sealed record Variant
{
    /// <summary>Decided by experiment and key.</summary>
    public required Guid Id { get; init; }

    /// <summary>The experiment.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>See <see cref="KeyOf"/>.</summary>
    public required string Key { get; init; }

    /// <summary>The iteration that brought it, counted from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>Its place among those of its experiment, so that they have one order.</summary>
    public required int Number { get; init; }

    /// <summary>The forms that it was made of: one, or two after a crossover.</summary>
    public required IReadOnlyList<string> ParentKeys { get; init; }

    /// <summary>What wrote it, see <see cref="Mutators.IMutator.Word"/>; with a plus between where its ancestors were written by another.</summary>
    public required string Mutator { get; init; }

    /// <summary>The rules that made it of the published version.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>What was changed, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>See <see cref="VariantStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Why, where it came to nothing.</summary>
    public string? Reason { get; init; }

    /// <summary>Recorded inputs that it answers where the published version failed.</summary>
    public int Mended { get; init; }

    /// <summary>CPU milliseconds of one call for each input, measured once.</summary>
    public double CpuMs { get; init; }

    /// <summary>Against the published version; rough, since it was measured beside others.</summary>
    public Speedup? Speedup { get; init; }

    /// <summary>The published version's peak memory divided by its own.</summary>
    public double? MemoryRatio { get; init; }

    /// <summary>Length of the source in characters.</summary>
    public int Size => Source.Length;

    /// <summary>Whether it was tried to the end and does what the published version does, or more.</summary>
    public bool IsSound => Status is VariantStatus.Behaves or VariantStatus.Measured or VariantStatus.Chosen;

    /// <summary>
    /// The name of a form: sources that differ only in blank lines and in space at the ends of lines have the same one.
    /// </summary>
    public static string KeyOf(string source)
    {
        var lines = source.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))).AsSpan(0, 8));
    }
}

using AutoDev.Contracts.Evolver;

namespace AutoDev.Fitness.Variants;

/// <summary>What the Evolver measured of a mutation against its parent, on the recorded inputs. It is no part of a score.</summary>
/// <param name="ParentVersion">The version that it was compared with.</param>
/// <param name="Speedup">The parent's CPU time divided by its own: above 1 it is faster; <c>null</c> where nothing was measured.</param>
/// <param name="SpeedupLow">Lower end of the speedup's interval.</param>
/// <param name="SpeedupHigh">Upper end of the speedup's interval.</param>
/// <param name="MemoryRatio">The parent's peak memory divided by its own: above 1 it needs less.</param>
/// <param name="Inputs">How many recorded inputs both were given.</param>
/// <param name="Mended">How many of them it answers where the parent failed.</param>
public sealed record Efficiency(string ParentVersion, double? Speedup, double? SpeedupLow, double? SpeedupHigh, double? MemoryRatio, int Inputs, int Mended)
{
    /// <summary>As it was said.</summary>
    public static Efficiency Of(MutationCompleted said) =>
        new(said.ParentVersion, said.Speedup, said.SpeedupLow, said.SpeedupHigh, said.MemoryRatio, said.Inputs, said.Mended);
}

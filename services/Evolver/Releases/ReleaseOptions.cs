using System.ComponentModel.DataAnnotations;

namespace AutoDev.Evolver.Releases;

/// <summary>How long a new version is watched. Section <c>Releases</c>.</summary>
sealed class ReleaseOptions
{
    /// <summary>Executions without a fall that confirm a version.</summary>
    [Range(5, 1000)]
    public int Executions { get; init; } = 50;
}

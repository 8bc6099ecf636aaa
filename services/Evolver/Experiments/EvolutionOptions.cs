using System.ComponentModel.DataAnnotations;

namespace AutoDev.Evolver.Experiments;

/// <summary>Settings of experiments, section <c>Evolution</c>.</summary>
public sealed class EvolutionOptions
{
    /// <summary>Iterations that no experiment may exceed, whoever asks.</summary>
    public const int MostIterations = 20;

    /// <summary>How often the best forms may be changed again in an experiment that begins by itself. Default 3.</summary>
    [Range(1, MostIterations)]
    public int Iterations { get; set; } = 3;

    /// <summary>An experiment stops after so many iterations in a row that brought nothing better. Default 2.</summary>
    [Range(1, MostIterations)]
    public int Patience { get; set; } = 2;

    /// <summary>Variants that each mutator may propose in an iteration. Default 16.</summary>
    [Range(1, 32)]
    public int Proposals { get; set; } = 16;

    /// <summary>Recorded inputs that are compared on, the newest of all versions. Default 40.</summary>
    [Range(1, 200)]
    public int RecordedInputs { get; set; } = 40;

    /// <summary>Inputs that are made near the recorded ones and compared on as well. Default 40.</summary>
    [Range(0, 200)]
    public int NearbyInputs { get; set; } = 40;

    /// <summary>Requests to the sandbox after which no further iteration begins. Default 400.</summary>
    [Range(1, 10_000)]
    public int Runs { get; set; } = 400;

    /// <summary>Seconds in the sandbox after which no further iteration begins. Default 1800.</summary>
    [Range(1, 86_400)]
    public double Seconds { get; set; } = 1800;

    /// <summary>CPU seconds in which the rewrite rules may look for what goes well together, by measuring; 0 to propose without. Default 15.</summary>
    [Range(0, 60)]
    public double SearchSeconds { get; set; } = 15;

    /// <summary>After an experiment that came to nothing none begins by itself on the same version for so long. Default one hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan CoolDown { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often the background evolution looks for a costly skill. Default a quarter of an hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan BackgroundInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The background evolution leaves a skill alone for so long after an experiment on it. Default seven days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan BackgroundRest { get; set; } = TimeSpan.FromDays(7);
}

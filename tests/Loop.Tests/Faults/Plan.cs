using AutoDev.Contracts.Governance;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>What is to become of a task that an agent fails at.</summary>
enum Fate
{
    Approved,
    Rejected,

    /// <summary>Rejected, failed once more, tried again and then approved.</summary>
    SecondChance,

    /// <summary>Proven, and nobody decides.</summary>
    Undecided,

    /// <summary>No failure says what would have been right.</summary>
    Unlearnable,

    /// <summary>One failure less than the threshold.</summary>
    TooFew,

    /// <summary>A gate of the agent or of the workspace holds it back.</summary>
    HeldBack,
}

/// <summary>A step of a task that later reports wait for, as a real agent would.</summary>
enum Step
{
    Fired,
    HeldBack,
    Rejected,
    HasCandidate,
}

sealed record PlannedWorkspace(string Id, bool Enabled, int Threshold, int Limit);

// Maturity: What an administrator makes it; null: it is never registered.
// Graduates: It rises by itself.
sealed record PlannedAgent(string Workspace, string Id, Maturity? Maturity, bool Graduates = false);

// Limited: The workspace has more of them than its daily limit: which ones get a candidate is nobody's to foresee, how many is.
sealed record PlannedTask(PlannedWorkspace Workspace, PlannedAgent Agent, string Description, Fate Fate, bool Limited)
{
    /// <summary>Of words that are no words: the name is theirs.</summary>
    public string SkillName => Description.Replace(' ', '_').ToLowerInvariant();

    /// <summary>Failures that say what would have been right.</summary>
    public int Examples { get; set; }

    /// <summary>All of them.</summary>
    public int Failures { get; set; }

    public int Attempts => Fate switch
    {
        Fate.TooFew => 0,
        Fate.HeldBack when !Agent.Graduates => 0,
        Fate.SecondChance => 2,
        _ => 1,
    };
}

/// <summary>One report of an agent or of an external system.</summary>
// Body: A message of AutoDev.Contracts.Ingest, written as plain JSON.
// Task: The task that it belongs to, if any.
// After: What must have become of the task before it can be sent.
sealed record Report(object Body, string Workspace, string Id, PlannedTask? Task = null, Step? After = null, bool OverHttp = false);

/// <summary>A message that must end in the error queue, and only there.</summary>
// Queue: The queue that must refuse it.
sealed record Poison(string Id, string Queue, string RoutingKey, byte[] Body);

/// <summary>How a network fails: nobody listens, connections break, or what is sent arrives nowhere.</summary>
enum Cut
{
    Refused,
    Reset,
    BlackHole,
}

/// <summary>Something that is broken on purpose, or replaced, when so many reports are sent.</summary>
// What: A service's word, rabbitmq, <c>postgres</c>, or <c>agents</c> for their own way to the broker.
// How: kill, <c>restart</c>, a Cut of the network to the broker, or Planner.Replace.
sealed record Hurt(int At, string What, int Instance, string How, TimeSpan Time)
{
    public override string ToString() => $"{At}: {How} {What}{(What is "rabbitmq" or "postgres" or "agents" ? "" : $" {Instance + 1}")}{(Time > TimeSpan.Zero ? $" for {Time.TotalSeconds:0.0} s" : "")}";
}

/// <summary>Everything that a seed stands for.</summary>
// Stream: In the order in which they are sent; those that wait for a step come as soon as they may.
sealed record Plan(
    int Seed, IReadOnlyList<PlannedWorkspace> Workspaces, IReadOnlyList<PlannedAgent> Agents, IReadOnlyList<PlannedTask> Tasks,
    IReadOnlyList<Report> Stream, IReadOnlyList<Poison> Poisons, IReadOnlyList<Hurt> Hurts)
{
    /// <summary>Reports, each counted once however often it is sent.</summary>
    public int Messages => Stream.DistinctBy(r => (r.Workspace, r.Body.GetType(), r.Id)).Count();
}

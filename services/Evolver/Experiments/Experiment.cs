using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Evolver.Experiments;

/// <summary>The stations of an experiment's life, in their order; from proposing to measuring once an iteration.</summary>
public static class Stage
{
    /// <summary>Inputs near the recorded ones are made.</summary>
    public const string Inputs = "inputs";

    /// <summary>The published version runs on all inputs, twice.</summary>
    public const string Reference = "reference";

    /// <summary>Mutators write variants.</summary>
    public const string Proposing = "proposing";

    /// <summary>Variants run: do they do the same?</summary>
    public const string Trying = "trying";

    /// <summary>Those that do are measured against the published version.</summary>
    public const string Measuring = "measuring";

    /// <summary>The best is measured once more, alone, and scanned.</summary>
    public const string Proving = "proving";

    /// <summary>It is over; see <see cref="Experiment.Outcome"/>.</summary>
    public const string Ended = "ended";
}

/// <summary>How an experiment ended, see <see cref="Contracts.Evolver.ExperimentEnded.Outcome"/>.</summary>
public static class Outcome
{
    /// <summary>A mutation passed and waits for review.</summary>
    public const string Improved = "improved";

    /// <summary>No mutator had anything to propose.</summary>
    public const string NothingProposed = "nothing_proposed";

    /// <summary>What was proposed is not better, or does something else.</summary>
    public const string NothingBetter = "nothing_better";

    /// <summary>A person ended it.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>It could not be held.</summary>
    public const string Failed = "failed";
}

/// <summary>A search for a better form of one version of a skill. It advances by answers from the sandbox and from mutators, one transaction each.</summary>
public sealed record Experiment
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it starts from.</summary>
    public required string Version { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The version's Python source.</summary>
    public required string Source { get; init; }

    /// <summary>What shall become better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// The agent whose execution showed the need, or whose skill it is, where the background evolution asked; <c>null</c> where a person did.
    /// </summary>
    public string? AgentId { get; init; }

    /// <summary>A person's or key's name, or <c>system:trigger</c>, <c>system:background</c>.</summary>
    public required string StartedBy { get; init; }

    /// <summary>How often the best forms may be changed again, 1 to 20.</summary>
    public required int Iterations { get; init; }

    /// <summary>Decides everything that is drawn by lot.</summary>
    public required int Seed { get; init; }

    /// <summary>What it may spend.</summary>
    public required Budget Budget { get; init; }

    /// <summary>See <see cref="Experiments.Stage"/>.</summary>
    public required string Stage { get; init; }

    /// <summary>The current iteration, counted from 1; 0 before the first.</summary>
    public int Iteration { get; init; }

    /// <summary>Iterations in a row that brought nothing better.</summary>
    public int Fruitless { get; init; }

    /// <summary>Ids of the answers that it waits for: any other changes nothing.</summary>
    public IReadOnlyList<Guid> Awaited { get; init; } = [];

    /// <summary>What it has spent.</summary>
    public Budget Spent { get; init; } = new(0, 0, 0);

    /// <summary>Variants so far.</summary>
    public int VariantCount { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<ExperimentStep> Steps { get; init; } = [];

    /// <summary>See <see cref="Experiments.Outcome"/>; <c>null</c> until it ended.</summary>
    public string? Outcome { get; init; }

    /// <summary>The outcome in words.</summary>
    public string? Detail { get; init; }

    /// <summary>The mutation that it chose, once it did.</summary>
    public Guid? MutationId { get; init; }

    /// <summary>The loop that it is part of.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether it goes on.</summary>
    public bool IsOpen => Stage != Experiments.Stage.Ended;

    /// <summary>Whether repairs are wanted: then a form may answer what the published version fails on, and need not be faster.</summary>
    public bool IsRepair => Reason is "failure" or "retries";

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(StartedAt, Id.ToString());

    /// <summary>The lock under which it is changed.</summary>
    public static string LockOf(Guid id) => $"experiment/{id}";

    /// <summary>The published version as the form that everything begins with.</summary>
    public Mutators.Form Original() => new(Variant.KeyOf(Source), Source, []);

    /// <summary>The experiment at another stage, waiting for these answers.</summary>
    public Experiment To(string stage, IReadOnlyList<Guid> awaited, string text, DateTimeOffset now) =>
        (this with { Stage = stage, Awaited = awaited }).Note(text, now);

    /// <summary>The experiment after an answer that it waited for, and what that cost.</summary>
    public Experiment Heard(Guid answer, Budget cost) => this with { Awaited = [.. Awaited.Where(a => a != answer)], Spent = Spent.Plus(cost) };

    /// <summary>The experiment with one more step in its story.</summary>
    public Experiment Note(string text, DateTimeOffset now) => this with { Steps = [.. Steps, new(now, Stage, text)] };
}

/// <summary>One line of an experiment's story.</summary>
public sealed record ExperimentStep(DateTimeOffset At, string Stage, string Text);

/// <summary>What an experiment may spend, or has spent.</summary>
/// <param name="Runs">Answers of the sandbox.</param>
/// <param name="Seconds">Seconds that they ran.</param>
/// <param name="Tokens">Model tokens; 0 in a budget where only the day's money bounds them.</param>
public sealed record Budget(int Runs, double Seconds, long Tokens)
{
    /// <summary>Both together.</summary>
    public Budget Plus(Budget other) => new(Runs + other.Runs, Seconds + other.Seconds, Tokens + other.Tokens);
}

using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Review;

namespace AutoDev.OperatorConsole.Mutations;

/// <summary>The Evolver's words as a person reads them. Pure.</summary>
static class MutationWords
{
    /// <summary>Where a mutation can stand.</summary>
    public static readonly string[] Statuses = ["pending", "passed", "failed", "approved", "promoted", "rejected", "rolled_back"];

    /// <summary>What can become better.</summary>
    public static readonly string[] Reasons = ["execution_time", "token_usage", "failure", "retries"];

    public static string Status(string status) => status switch
    {
        "pending" => "Being proven",
        "passed" => "Waits for a person",
        "failed" => "Did not win",
        "approved" => "Being published",
        "promoted" => "In the catalog",
        _ => Evidence.Title(status),
    };

    public static string Reason(string reason) => reason switch
    {
        "execution_time" => "execution time",
        "token_usage" => "use of tokens",
        "failure" => "failures",
        "retries" => "retries",
        _ => reason.Replace('_', ' '),
    };

    public static string Mutator(string mutator) => string.Join(" and ", mutator.Split('+').Select(m => m.Replace('_', ' ')));

    public static string Outcome(string? outcome) => outcome switch
    {
        null => "Running",
        "improved" => "Found something better",
        "nothing_better" => "Nothing was better",
        "nothing_proposed" => "Nothing was proposed",
        _ => Evidence.Title(outcome),
    };

    public static string Release(string state) => state switch
    {
        "watching" => "its results are being watched",
        "confirmed" => "proven",
        "rolled_back" => "rolled back",
        "superseded" => "a newer version came before it was proven",
        _ => state.Replace('_', ' '),
    };

    /// <summary>What it does to the outputs.</summary>
    public static string Outputs(MutationListed m) => (m.Inputs, m.Mended) switch
    {
        (0, _) => "not compared yet",
        (var all, 0) => $"the same on {Inputs(all)}",
        var (all, mended) => $"{mended} of {Inputs(all)} answered where the parent fails, the others the same",
    };

    static string Inputs(int count) => count == 1 ? "1 recorded input" : $"{count} recorded inputs";
}

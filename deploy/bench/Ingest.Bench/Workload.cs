using System.Text.Json;

namespace AutoDev.Ingest.Bench;

/// <summary>What agents report: three failures for two successes, of tasks that each agent meets again and again in words of its own.</summary>
sealed class Workload(int agents, int tasks)
{
    const int AgentsOfAWorkspace = 50;

    static readonly string[] Verbs = ["Extract", "Translate", "Summarise", "Reconcile", "Schedule", "Classify", "Validate", "Convert", "Archive", "Estimate"];
    static readonly string[] Things = ["invoice numbers", "delivery dates", "customer complaints", "tax tables", "shipping labels", "meeting minutes", "sensor readings",
        "payroll records", "insurance claims", "product reviews", "travel receipts", "warranty terms", "inventory counts", "lease contracts", "survey answers",
        "medical codes", "flight bookings", "exchange rates", "press articles", "court filings", "recipe cards", "patent drawings", "job applications", "water meters",
        "loyalty points", "street addresses", "museum catalogues", "weather reports", "traffic fines", "grant proposals"];
    static readonly string[] Sources = ["the mailbox", "scanned letters", "the warehouse feed", "a shared folder", "partner exports", "chat transcripts", "the old portal"];
    static readonly string[] Errors = ["ValueError: no match for {0}", "KeyError: 'field_{0}'", "TimeoutError: step {0} took too long", "json.decoder.JSONDecodeError: Expecting value: line {0} column 1"];

    int _made;

    /// <summary>The workspaces and their agents.</summary>
    public IReadOnlyList<(string Workspace, string Agent)> Agents { get; } = [.. Enumerable.Range(0, agents).Select(i => ($"bench-{i / AgentsOfAWorkspace}", $"agent-{i}"))];

    /// <summary>New episodes, each reported once.</summary>
    public List<Episode> Make(int count) => [.. Enumerable.Range(0, count).Select(_ => Make())];

    Episode Make()
    {
        var n = _made++;
        var random = new Random(n);
        var agent = random.Next(Agents.Count);
        var task = random.Next(tasks);
        var (verb, thing, source) = (Verbs[task % Verbs.Length], Things[task % Things.Length], Sources[task % Sources.Length]);
        var words = random.Next(3) switch { 0 => $"{verb} {thing} from {source}", 1 => $"{verb} the {thing} from {source}", _ => $"Please {verb.ToLowerInvariant()} {thing} from {source}" };
        var isFailure = random.Next(5) < 3;
        var (id, workspace, value) = ($"{Guid.CreateVersion7():N}", Agents[agent].Workspace, random.Next(100_000));
        var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["episode_id"] = id, ["workspace_id"] = workspace, ["agent_id"] = Agents[agent].Agent, ["task_description"] = words, ["outcome"] = isFailure ? "failure" : "success",
            ["error_trace"] = isFailure ? "Traceback (most recent call last):\n  File \"agent.py\", line 88, in run\n" + string.Format(null, Errors[task % Errors.Length], value % 97) : null,
            ["input"] = new { document = $"Reference DOC-{value} of {thing}", page = value % 10 },
            ["expected_output"] = isFailure ? $"DOC-{value}" : null, ["tools_attempted"] = new[] { "search", "parse" },
        });
        return new(workspace, isFailure, json);
    }
}

/// <summary>One report.</summary>
sealed record Episode(string Workspace, bool IsFailure, byte[] Json);

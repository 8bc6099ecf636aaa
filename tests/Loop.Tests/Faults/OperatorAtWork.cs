using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>Looks at patterns and candidates again and again, and decides as the plan says, once everything that belongs to a task is in.</summary>
sealed class OperatorAtWork(Fleet fleet, Plan plan, Progress progress)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700);

    readonly HashSet<PlannedTask> _settled = [];

    /// <summary>Returns when every task has come to where the plan wants it.</summary>
    public async Task WorkAsync(CancellationToken cancellation)
    {
        using var pace = new PeriodicTimer(Pause);
        while (_settled.Count < plan.Tasks.Count)
        {
            foreach (var workspace in plan.Workspaces.Where(w => plan.Tasks.Any(t => t.Workspace == w && !_settled.Contains(t)))) await LookAsync(workspace);
            await pace.WaitForNextTickAsync(cancellation);
        }
    }

    /// <summary>What is still to come, in words.</summary>
    public string Missing => string.Join(", ", plan.Tasks.Where(t => !_settled.Contains(t)).Select(t => $"'{t.Description}' of {t.Workspace.Id}/{t.Agent.Id} ({t.Fate})"));

    async Task LookAsync(PlannedWorkspace workspace)
    {
        var patterns = (await fleet.ListAsync("reflection", $"workspaces/{workspace.Id}/patterns")).ToLookup(p => (Text(p, "agent_id"), Text(p, "task_description")));
        var candidates = (await fleet.ListAsync("memento", $"workspaces/{workspace.Id}/candidates")).ToLookup(c => (Text(c, "agent_id"), Text(c, "task_description")));
        foreach (var task in plan.Tasks.Where(t => t.Workspace == workspace && !_settled.Contains(t)))
        {
            var key = (task.Agent.Id, task.Description);
            var found = patterns[key].ToList();
            if (found.Count > 0 && await AdvanceAsync(task, found[0], [.. candidates[key].OrderBy(c => c.GetProperty("attempt").GetInt32())])) _settled.Add(task);
        }
    }

    /// <returns>Whether nothing more will come of it.</returns>
    async Task<bool> AdvanceAsync(PlannedTask task, JsonElement pattern, List<JsonElement> candidates)
    {
        var (state, reason) = (Text(pattern, "state"), Text(pattern, "reason"));
        var complete = pattern.GetProperty("failures").GetInt32() == task.Failures;
        if (reason is "maturity_too_low" or "auto_dev_disabled") progress.Reach(task, Step.HeldBack);
        if (pattern.GetProperty("attempts").GetInt32() > 0) progress.Reach(task, Step.Fired);
        if (candidates.Count > 0) progress.Knows(task, candidates[0].GetProperty("id").GetGuid());
        if (candidates.Count == 1 && state == "retry" && Text(candidates[0], "status") == "rejected") progress.Reach(task, Step.Rejected);

        if (task.Fate == Fate.TooFew || task.Fate == Fate.HeldBack && !task.Agent.Graduates) return complete;
        if (task.Limited && state == "open" && reason == "daily_limit_exceeded") return complete;
        if (candidates.Count == 0) return false;
        var (last, status) = (candidates[^1], Text(candidates[^1], "status"));
        switch (task.Fate)
        {
            case Fate.Unlearnable:
                return complete && status == "generation_failed" && state == "retry";
            case Fate.SecondChance when candidates.Count == 1:
                if (status == "validated") await DecideAsync(task, last, "reject");
                return false;
        }

        if (status == "validated" && complete && last.GetProperty("episodes").GetInt32() == task.Examples)
        {
            if (task.Fate == Fate.Undecided) return true;
            await DecideAsync(task, last, task.Fate == Fate.Rejected ? "reject" : "approve");
        }

        return complete && (status, state) is ("promoted", "resolved") or ("rejected", "retry");
    }

    // Whatever changed since it was seen makes the decision void: the next look decides again.
    async Task DecideAsync(PlannedTask task, JsonElement candidate, string decision)
    {
        var path = $"workspaces/{task.Workspace.Id}/candidates/{candidate.GetProperty("id").GetGuid()}";
        try
        {
            var (_, _, seen) = await fleet.AskAsync(HttpMethod.Get, "memento", path);
            var (status, body, _) = await fleet.AskAsync(HttpMethod.Post, "memento", $"{path}/{decision}", new { reason = $"seed {plan.Seed}" }, seen ?? "\"none\"");
            if (status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden) throw new InvalidOperationException($"{decision} {path}: {status} {body}");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
        {
            // Memento is away, or its answer was lost.
        }
    }

    static string? Text(JsonElement item, string property) => item.GetProperty(property).GetString();
}

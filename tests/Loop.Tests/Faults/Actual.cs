using System.Text.Json;
using System.Text;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>What came out, asked at each service's own door, and in the tables of outbox and quota.</summary>
sealed class Actual(Fleet fleet, Plan plan)
{
    readonly Facts _facts = new();
    readonly HashSet<PlannedTask> _refused = [];

    public static async Task<(Facts Facts, IReadOnlySet<PlannedTask> Refused)> OfAsync(Fleet fleet, Plan plan)
    {
        var actual = new Actual(fleet, plan);
        foreach (var workspace in plan.Workspaces) await actual.AddAsync(workspace.Id);
        foreach (var service in ServiceProcess.Services) actual._facts.Add($"outbox of {service}", (await fleet.QueryAsync(service, "select '', count(*) from outbox"))[0].Value);
        foreach (var service in ServiceProcess.Services) await actual.AddDeadLettersAsync(service);
        foreach (var (workspace, used) in await fleet.QueryAsync("memento", "select tenant_id, (data ->> 'Used')::bigint from mt_doc_dailyquota")) actual._facts.Add($"{workspace} quota", used);
        return (actual._facts, actual._refused);
    }

    async Task AddAsync(string workspace)
    {
        foreach (var e in await ListAsync("reflection", "episodes")) _facts.Add($"{workspace} episode {Text(e, "episode_id")}", Text(e, "agent_id"), Text(e, "outcome"));
        foreach (var p in await ListAsync("reflection", "patterns")) AddPattern(workspace, p);

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var c in await ListAsync("memento", "candidates"))
        {
            var name = $"candidate '{Text(c, "task_description")}' {c.GetProperty("attempt")}";
            names[$"candidate:{Text(c, "id")}"] = name;
            _facts.Add($"{workspace} {name}", Text(c, "status"), c.GetProperty("episodes"), Text(c, "skill_name"));
        }

        foreach (var s in await ListAsync("memento", "skills"))
        {
            var (skill, _) = await fleet.DoAsync(HttpMethod.Get, "memento", $"workspaces/{workspace}/skills/{Text(s, "name")}");
            _facts.Add($"{workspace} skill {Text(s, "name")}", Text(skill, "current_version"), skill.GetProperty("versions").GetArrayLength());
        }

        foreach (var p in await ListAsync("evolver", "profiles"))
            _facts.Add($"{workspace} profile {Text(p, "skill_name")}@{Text(p, "version")}", p.GetProperty("count"), p.GetProperty("failures"), p.GetProperty("retries"), p.GetProperty("tokens"));
        foreach (var s in await ListAsync("fitness", "scores"))
            _facts.Add($"{workspace} score of {names.GetValueOrDefault(Text(s, "subject")!, Text(s, "subject")!)}", s.GetProperty("score").GetDouble(), Text(s, "label"), Text(s, "status"), s.GetProperty("signal_count"));
        foreach (var a in await ListAsync("governance", "agents")) AddAgent(workspace, a);
        foreach (var r in await ListAsync("governance", "refusals")) _facts.Add($"{workspace} refusals of {Text(r, "agent_id")}: {Text(r, "capability")}, {Text(r, "reason")}", r.GetProperty("count"));
        foreach (var n in (await ListAsync("governance", "notifications")).GroupBy(n => Text(n, "agent_id"))) _facts.Add($"{workspace} notifications of {n.Key}", n.Count());

        var runs = await ListAsync("sandboxrunner", "runs");
        var activity = (await ListAsync("console", "activity", "api/console/")).GroupBy(e => Text(e, "message")!).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        if (activity.GetValueOrDefault("SandboxRunCompleted") != runs.Count) _facts.Add($"{workspace} runs that the Console knows", activity.GetValueOrDefault("SandboxRunCompleted"), "of", runs.Count);
        foreach (var r in runs.Where(r => Text(r, "status") != "completed")) _facts.Add($"{workspace} run {Text(r, "id")}", Text(r, "status"));
        foreach (var (message, count) in activity.Where(a => a.Key is not ("SandboxRunCompleted" or "FitnessScored"))) _facts.Add($"{workspace} activity {message}", count);

        var (inbox, _) = await fleet.DoAsync(HttpMethod.Get, "console", $"api/console/workspaces/{workspace}/inbox");
        foreach (var i in inbox.GetProperty("items").EnumerateArray())
            _facts.Add($"{workspace} inbox '{plan.Tasks.FirstOrDefault(t => t.Workspace.Id == workspace && t.SkillName == Text(i, "skill_name"))?.Description}'");

        Task<List<JsonElement>> ListAsync(string service, string what, string prefix = "") => fleet.ListAsync(service, $"{prefix}workspaces/{workspace}/{what}");
    }

    void AddPattern(string workspace, JsonElement pattern)
    {
        var task = plan.Tasks.FirstOrDefault(t => t.Workspace.Id == workspace && t.Description == Text(pattern, "task_description"));
        var reason = Text(pattern, "reason");
        if (task is not null && reason == "daily_limit_exceeded") _refused.Add(task);
        _facts.Add($"{workspace} pattern '{Text(pattern, "task_description")}'", Text(pattern, "agent_id"), Text(pattern, "state"),
            task?.Fate == Fate.Unlearnable && reason is not (null or "daily_limit_exceeded") ? "*" : reason, pattern.GetProperty("attempts"), pattern.GetProperty("failures"));
        foreach (var id in pattern.GetProperty("episode_ids").EnumerateArray()) _facts.Add($"{workspace} failure {id}", Text(pattern, "task_description"));
    }

    void AddAgent(string workspace, JsonElement agent)
    {
        var evidence = agent.GetProperty("evidence");
        _facts.Add($"{workspace} agent {Text(agent, "agent_id")}", Text(agent, "maturity"), agent.GetProperty("version"), evidence.GetProperty("episodes"), evidence.GetProperty("episodes_with_intervention"),
            Number(evidence.GetProperty("intervention_rate")), Number(evidence.GetProperty("constitutional_score")), agent.GetProperty("readiness").GetProperty("score").GetDecimal());
    }

    async Task AddDeadLettersAsync(string service)
    {
        var prefix = service == "console" ? "api/console/" : "";
        foreach (var shown in await fleet.ListAsync(service, $"{prefix}dead-letters"))
        {
            var (letter, _) = await fleet.DoAsync(HttpMethod.Get, service, $"{prefix}dead-letters/{Text(shown, "id")}");
            var name = NameOf(Text(letter, "body") ?? "not text");
            _facts.Add($"dead letter {name}", name.StartsWith("poison", StringComparison.Ordinal) ? Text(shown, "queue") : $"{Text(shown, "queue")}: {Text(shown, "reason")}");
        }
    }

    static object Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "" : value.GetDecimal();

    // The poison's own name, or enough of a letter that should not be there.
    string NameOf(string body) => plan.Poisons.FirstOrDefault(p => body.Contains(p.Id + "\"", StringComparison.Ordinal) || body.Contains(p.Id + " ", StringComparison.Ordinal))?.Id ?? body[..Math.Min(body.Length, 300)];

    static string? Text(JsonElement item, string property) => item.GetProperty(property).GetString();
}

/// <summary>The broker's queues, by its management API.</summary>
static class Queues
{
    /// <summary>Each with the messages that wait in it or are being handled.</summary>
    public static async Task<List<(string Name, int Messages)>> AllAsync(Fleet fleet)
    {
        using var http = new HttpClient { BaseAddress = new(fleet.Parts.Management.GetLeftPart(UriPartial.Authority).Replace(fleet.Parts.Management.UserInfo + "@", "", StringComparison.Ordinal)) };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(fleet.Parts.Management.UserInfo)));
        var all = JsonElement.Parse(await http.GetStringAsync(new Uri("api/queues/autodev?columns=name,messages", UriKind.Relative)));
        return [.. all.EnumerateArray().Select(q => (q.GetProperty("name").GetString()!, q.TryGetProperty("messages", out var messages) ? messages.GetInt32() : 0))];
    }
}

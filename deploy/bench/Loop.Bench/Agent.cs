using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace AutoDev.Loop.Bench;

/// <summary>One agent, and the operator of its workspace: what they do in a turn of the first loop and in one of the second.</summary>
sealed class Agent(string run, int number, HttpClient api, Heard heard, Steps steps)
{
    const int Cases = 4, Uses = 5, Recorded = 6;

    // A workspace may ask for twenty candidates a day.
    const int TurnsOfAWorkspace = 15;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly Random _random = new(number);
    string _workspace = "";
    int _turns;

    string Name => $"agent-{run}-{number}";

    /// <summary>Fails at a task until there is a skill for it, uses the skill, and hears how good it is.</summary>
    public async Task LearnAsync(CancellationToken cancellation)
    {
        if (_turns % TurnsOfAWorkspace == 0) await MoveAsync(cancellation);
        var (task, error, cases) = Work.Next(_turns + number, Cases, _random);
        _turns++;
        long last = 0;
        foreach (var (input, answer) in cases)
        {
            last = Stopwatch.GetTimestamp();
            await heard.SayAsync("episode.failed", new
            {
                episode_id = Guid.NewGuid(), workspace_id = _workspace, agent_id = Name, outcome = "failure", task_description = task, error_trace = error, input, expected_output = answer,
                human_interventions = 1,
            }, cancellation);
        }

        var pattern = await heard.WaitAsync($"pattern {Name}", Patience, cancellation);
        steps.Took("episode_to_pattern", last, pattern.At);
        var candidate = await heard.WaitAsync($"candidate {pattern.Text("patternId")}", Patience, cancellation);
        if (!candidate.Is("SkillCandidateProposed")) throw new InvalidOperationException("no code was found");
        steps.Took("pattern_to_candidate", pattern.At, candidate.At);
        var version = await ApproveAsync(candidate, cancellation);
        await UseAsync(version.Text("skillName"), version.Text("version"), Uses, _ => 0.02, cases[0].Input, cancellation);
        await ReportOutcomeAsync(version, cancellation);
    }

    /// <summary>Brings a slow skill, uses it, and approves what the Evolver makes of it.</summary>
    public async Task ImproveAsync(CancellationToken cancellation)
    {
        if (_turns++ % TurnsOfAWorkspace == 0) await MoveAsync(cancellation);
        var skill = $"name_customers_{run}_{number}_{_turns}";
        await ImportAsync(skill, cancellation);
        var candidate = await heard.WaitAsync($"candidate {Guid.Empty} {skill}", Patience, cancellation);
        await ApproveAsync(candidate, cancellation);
        var begun = Stopwatch.GetTimestamp();
        await UseAsync(skill, "1.0.0", Recorded, i => 2 + i / 10.0, null, cancellation);
        await UseAsync(skill, "1.0.0", 1, _ => 7, null, cancellation);
        var ended = await heard.WaitAsync($"mutation {_workspace} {skill}", TimeSpan.FromMinutes(10), cancellation);
        if (!ended.Is("MutationCompleted") || !ended.Message.GetProperty("passed").GetBoolean()) throw new InvalidOperationException("no mutation passed");
        steps.Took("slow_to_mutation", begun, ended.At);
        var id = ended.Text("mutationId");
        var approved = await DecideAsync($"api/evolver/workspaces/{_workspace}/mutations/{id}", cancellation);
        var version = await heard.WaitAsync($"version {id}", Patience, cancellation);
        steps.Took("mutation_approved_to_published", approved, version.At);
    }

    async Task<Event> ApproveAsync(Event candidate, CancellationToken cancellation)
    {
        var id = candidate.Text("candidateId");
        var proof = await heard.WaitAsync($"proof {id}", Patience, cancellation);
        if (!proof.Is("SkillCandidateValidated")) throw new InvalidOperationException("the sandbox refuted it");
        steps.Took("candidate_to_validated", candidate.At, proof.At);
        var approved = await DecideAsync($"api/memento/workspaces/{_workspace}/candidates/{id}", cancellation);
        var version = await heard.WaitAsync($"version {id}", Patience, cancellation);
        steps.Took("approved_to_published", approved, version.At);
        return version;
    }

    async Task UseAsync(string skill, string version, int times, Func<int, double> seconds, object? input, CancellationToken cancellation)
    {
        var uses = Enumerable.Range(0, times).Select(i => (Id: Guid.NewGuid().ToString(), Seconds: seconds(i), Input: input ?? Work.Orders(_random.Next(1000)))).ToList();
        await Task.WhenAll(uses.Select(async use =>
        {
            var heardOf = heard.WaitAsync($"execution {use.Id}", Patience, cancellation);
            var said = Stopwatch.GetTimestamp();
            await heard.SayAsync("skill.executed", new
            {
                execution_id = use.Id, workspace_id = _workspace, agent_id = Name, skill_id = skill, skill_version = version, execution_seconds = use.Seconds, success = true, input = use.Input,
            }, cancellation);
            await heard.SayAsync("episode.succeeded", new
            {
                episode_id = Guid.NewGuid(), workspace_id = _workspace, agent_id = Name, outcome = "success", task_description = $"Use {skill}", input = use.Input, skills_used = new[] { skill },
            }, cancellation);
            steps.Took("executed_to_recorded", said, (await heardOf).At);
        }));
    }

    async Task ReportOutcomeAsync(Event version, CancellationToken cancellation)
    {
        var subject = $"skill:{version.Text("skillName")}@{version.Text("version")}";
        var scored = heard.WaitAsync($"score {_workspace} {subject}", Patience, cancellation);
        var said = Stopwatch.GetTimestamp();
        await heard.SayAsync("fitness.signal", new
        {
            signal_id = Guid.NewGuid(), workspace_id = _workspace, subject, signal = "invoice_created", value = 1, occurred_at = DateTimeOffset.UtcNow,
        }, cancellation);
        steps.Took("signal_to_score", said, (await scored).At);
    }

    /// <summary>Decides on what is there now; what changed meanwhile is read again.</summary>
    /// <returns>When the decision that counted was sent.</returns>
    async Task<long> DecideAsync(string path, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var seen = await api.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            if (!seen.IsSuccessStatusCode) throw new HttpRequestException($"GET {(int)seen.StatusCode}");
            using var approval = new HttpRequestMessage(HttpMethod.Post, $"{path}/approve") { Content = JsonContent.Create(new { reason = "bench" }) };
            approval.Headers.TryAddWithoutValidation("If-Match", seen.Headers.ETag?.ToString());
            var said = Stopwatch.GetTimestamp();
            using var answer = await api.SendAsync(approval, cancellation);
            if (answer.IsSuccessStatusCode) return said;
            if (attempt == 5) throw new HttpRequestException($"approve {(int)answer.StatusCode}");
        }
    }

    async Task MoveAsync(CancellationToken cancellation)
    {
        _workspace = $"bench-{run}-{number}-{_turns / TurnsOfAWorkspace}";
        await SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}", new { }, cancellation);
        await SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{_workspace}/settings", new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["auto_dev.enabled"] = true, ["max_skill_candidates_per_day"] = 20, ["max_mutations_per_day"] = 50, ["failure_threshold"] = Cases,
        }, cancellation);
        await SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}/agents/{Name}", new { maturity = "SUPERVISED", reason = "bench" }, cancellation);
        foreach (var path in new[] { "reflection/workspaces/{0}/patterns", "memento/workspaces/{0}/skills", "evolver/workspaces/{0}/profiles", "fitness/workspaces/{0}/scores" })
        {
            var begun = Stopwatch.GetTimestamp();
            while (true)
            {
                using var answer = await api.GetAsync(new Uri("api/" + path.Replace("{0}", _workspace, StringComparison.Ordinal), UriKind.Relative), cancellation);
                if (answer.IsSuccessStatusCode) break;
                if (Stopwatch.GetElapsedTime(begun) > Patience) throw new TimeoutException("a workspace that nobody knows");
                await Task.Delay(200, cancellation);
            }
        }
    }

    async Task ImportAsync(string skill, CancellationToken cancellation)
    {
        using var archive = new MemoryStream();
        await using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in new[]
            {
                ("SKILL.md", $"---\nname: {skill.Replace('_', '-')}\ndescription: For the office.\n---\n"), ("skill.py", Work.Slow(skill)),
                ("examples.json", """[{"input": {"orders": [{"customer": 2}], "customers": [{"id": 2, "name": "Ada"}]}, "expected": ["Ada"]}]"""),
            })
            {
                await using var entry = await zip.CreateEntry($"{skill}/{path}").OpenAsync(cancellation);
                await entry.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
            }
        }

        using var content = new ByteArrayContent(archive.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } };
        using var answer = await api.PostAsync(new Uri($"api/memento/workspaces/{_workspace}/skills/import", UriKind.Relative), content, cancellation);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"import {(int)answer.StatusCode}");
    }

    async Task SendAsync(HttpMethod method, string path, object body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await api.SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{method} {(int)answer.StatusCode}");
    }
}

using System.Text.Json;
using System.Text;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Ingest;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>Makes a plan of a seed and a number of messages: the same seed, the same plan.</summary>
sealed class Planner(int seed, int messages, bool upgrade)
{
    /// <summary>What <see cref="Hurt.How"/> says where an instance becomes the other version.</summary>
    public const string Replace = "replace";

    const double Doubled = 0.05, Late = 0.05;
    const int MostFailures = 150; // a pattern keeps 200

    static readonly string[] Signals = ["invoice_created", "crm_conversion", "conversion_success", "conversion_value", "email_bounce", "error_signal"];

    readonly Random _random = new(seed);
    readonly bool _large = messages >= 2000;
    readonly List<PlannedWorkspace> _workspaces = [];
    readonly List<PlannedAgent> _agents = [];
    readonly List<PlannedTask> _tasks = [];
    readonly List<(double At, Report Report)> _stream = [];
    int _words, _ids;

    public static Plan Of(int seed, int messages, bool upgrade) => new Planner(seed, messages, upgrade).Make();

    Plan Make()
    {
        AddFree("open", threshold: 2);
        AddLimited("narrow", threshold: 3, limit: _large ? 3 : 2);
        AddDisabled();
        if (_large)
        {
            AddFree("wide", threshold: 4);
            AddLimited("tight", threshold: 2, limit: 5);
        }

        foreach (var task in _tasks) AddFailures(task);
        while (_stream.Count < messages) AddOther();

        List<Report> stream = [.. _stream.Select(s => (At: s.At + (Chance(Late) ? _random.NextDouble() * 0.1 : 0), s.Report)).OrderBy(s => s.At).Select(s => s.Report)];
        for (var i = stream.Count - 1; i >= 0; i--)
            if (Chance(Doubled)) stream.Insert(_random.Next(i + 1, Math.Min(stream.Count, i + 100) + 1), stream[i] with { OverHttp = Chance(0.5) });
        return new(seed, _workspaces, _agents, _tasks, stream, Poisons(), upgrade ? Replacements(stream.Count) : Hurts(stream.Count));
    }

    void AddFree(string name, int threshold)
    {
        var workspace = Workspace(name, enabled: true, threshold, limit: 20);
        Fate[] fates = _large
            ? [.. Enumerable.Repeat(Fate.Approved, 9), Fate.Rejected, Fate.Rejected, Fate.SecondChance, Fate.Undecided, Fate.Undecided, Fate.Unlearnable, Fate.Unlearnable, Fate.TooFew, Fate.TooFew]
            : [Fate.Approved, Fate.Approved, Fate.Approved, Fate.Rejected, Fate.SecondChance, Fate.Undecided, Fate.Unlearnable, Fate.TooFew];
        AddTasks(workspace, fates, Agents(workspace, Maturity.Intern, _large ? 4 : 2), limited: false);
        AddTasks(workspace, [Fate.HeldBack, Fate.HeldBack], Agents(workspace, Maturity.Student, 1), limited: false);
        AddTasks(workspace, [Fate.Approved], Agents(workspace, Maturity.Supervised, 1), limited: false);
        AddTasks(workspace, [Fate.HeldBack], Agents(workspace, null, 1), limited: false);
        _agents.Add(new(workspace.Id, "graduate", Maturity.Student, Graduates: true));
        AddTasks(workspace, [Fate.HeldBack], [_agents[^1]], limited: false);
    }

    void AddLimited(string name, int threshold, int limit)
    {
        var workspace = Workspace(name, enabled: true, threshold, limit);
        Fate[] fates = [.. Enumerable.Repeat(Fate.Approved, limit), .. Enumerable.Repeat(Fate.Unlearnable, limit / 2), Fate.Rejected, Fate.Undecided];
        AddTasks(workspace, fates, Agents(workspace, Maturity.Intern, _large ? 3 : 2), limited: true);
    }

    void AddDisabled()
    {
        var workspace = Workspace("off", enabled: false, threshold: 2, limit: 5);
        AddTasks(workspace, [Fate.HeldBack, Fate.HeldBack, Fate.TooFew], Agents(workspace, Maturity.Intern, 1), limited: false);
    }

    PlannedWorkspace Workspace(string name, bool enabled, int threshold, int limit)
    {
        _workspaces.Add(new($"{name}-{seed}", enabled, threshold, limit));
        return _workspaces[^1];
    }

    List<PlannedAgent> Agents(PlannedWorkspace workspace, Maturity? maturity, int count)
    {
        var made = Enumerable.Range(1, count).Select(i => new PlannedAgent(workspace.Id, $"{maturity?.ToString().ToLowerInvariant() ?? "newcomer"}-{i}", maturity)).ToList();
        _agents.AddRange(made);
        return made;
    }

    void AddTasks(PlannedWorkspace workspace, Fate[] fates, List<PlannedAgent> agents, bool limited) =>
        _tasks.AddRange(fates.Select((fate, i) => new PlannedTask(workspace, agents[i % agents.Count], $"{Word()} {Word()} {Word()}", fate, limited)));

    void AddFailures(PlannedTask task)
    {
        var threshold = task.Workspace.Threshold;
        for (var i = 0; i < (task.Fate == Fate.TooFew ? threshold - 1 : threshold); i++) Fail(task, answered: task.Fate != Fate.Unlearnable, 0.35 * _random.NextDouble());
        switch (task.Fate)
        {
            case Fate.Approved or Fate.Undecided:
                // Tests that the waiting candidate has not seen. One that the limit may refuse goes by its first failures alone.
                for (var i = _random.Next(0, 3); i > 0 && !task.Limited; i--) Fail(task, answered: true, _random.NextDouble(), Step.Fired);
                break;
            case Fate.SecondChance:
                Fail(task, answered: true, 0, Step.Rejected);
                break;
            case Fate.HeldBack when task.Agent.Graduates:
                for (var i = _random.Next(20, 60); i > 0; i--) Add(_random.NextDouble(), Episode(task.Agent, task, "success", null), task.Workspace.Id, task, Step.HeldBack);
                break;
        }
    }

    void AddOther()
    {
        switch (_random.Next(100))
        {
            case < 30: // failures that nobody corrected
                var open = _tasks.Where(t => t.Fate is (Fate.Approved or Fate.HeldBack) && !t.Agent.Graduates && t.Failures < MostFailures).ToList();
                var task = open[_random.Next(open.Count)];
                Fail(task, answered: false, _random.NextDouble(), task.Fate == Fate.HeldBack ? Step.HeldBack : Step.Fired);
                break;
            case < 62:
                var agents = _agents.Where(a => !a.Graduates).ToList();
                var agent = agents[_random.Next(agents.Count)];
                Add(_random.NextDouble(), Episode(agent, null, "success", null), agent.Workspace);
                break;
            case < 84:
                AddExecution();
                break;
            default:
                AddSignal();
                break;
        }
    }

    void Fail(PlannedTask task, bool answered, double at, Step? after = null)
    {
        task.Failures++;
        if (answered) task.Examples++;
        var words = $"{Capital(Word())} {Capital(Word())}";
        Add(at, Episode(task.Agent, task, Chance(0.1) ? "partial" : "failure", words, answered), task.Workspace.Id, task, after);
    }

    EpisodeReport Episode(PlannedAgent agent, PlannedTask? task, string outcome, string? words, bool answered = false) => new()
    {
        EpisodeId = NextId("e"), WorkspaceId = agent.Workspace, AgentId = agent.Id, Outcome = outcome, TaskDescription = task?.Description ?? "A task that went well",
        ErrorTrace = outcome == "success" ? null : "ValueError: it did not work",
        Input = words is null ? default : Json(new { text = words }), ExpectedOutput = answered ? Json(words!.ToUpperInvariant()) : default,
        HumanInterventions = agent.Graduates || Chance(0.7) ? 0 : _random.Next(1, 4),
        ConstitutionalScore = agent.Graduates ? 0.97 + _random.Next(4) / 100.0 : Chance(0.3) ? null : Score(agent),
    };

    // Never above what the next level needs: only the graduates rise.
    double Score(PlannedAgent agent) => agent.Maturity switch
    {
        Maturity.Intern => _random.Next(40, 86),
        Maturity.Supervised => _random.Next(40, 96),
        _ => _random.Next(40, 71),
    } / 100.0;

    void AddExecution()
    {
        var agents = _agents.Where(a => !a.Graduates).ToList();
        var agent = agents[_random.Next(agents.Count)];
        var tasks = _tasks.Where(t => t.Workspace.Id == agent.Workspace && t.Fate == Fate.Approved).ToList();
        var isSkill = tasks.Count > 0 && Chance(0.6);
        var (skill, version) = isSkill ? (tasks[_random.Next(tasks.Count)].SkillName, "1.0.0") : ($"tool_{_random.Next(5)}", "0.9.0");
        Add(_random.NextDouble(), new SkillExecutionReport
        {
            ExecutionId = NextId("x"), WorkspaceId = agent.Workspace, AgentId = agent.Id, SkillId = skill, SkillVersion = version, Success = Chance(0.9),
            ExecutionSeconds = _random.Next(1, 600) / 100.0, TokenUsage = _random.Next(0, 6000), Retries = Chance(0.9) ? 0 : _random.Next(1, 4),
            Input = Json(new { text = Word() }),
        }, agent.Workspace);
    }

    void AddSignal()
    {
        var tasks = _tasks.Where(t => !t.Limited && t.Fate is (Fate.Approved or Fate.Rejected or Fate.Unlearnable)).ToList();
        var task = tasks[_random.Next(tasks.Count)];
        var signal = Signals[_random.Next(Signals.Length)];
        var (subject, after) = _random.Next(3) switch
        {
            0 when task.Fate == Fate.Approved => ($"skill:{task.SkillName}@1.0.0", (Step?)null), // often before there is such a skill
            1 => ($"skill:unheard_of_{_random.Next(10)}@1.0.0", null),
            _ => ("", Step.HasCandidate),
        };
        Add(_random.NextDouble(), new FitnessSignalReport
        {
            SignalId = NextId("s"), WorkspaceId = task.Workspace.Id, Subject = subject, Signal = signal,
            Value = signal == "conversion_value" ? _random.Next(0, 2000) : null, OccurredAt = DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(_random.Next(1_000_000)),
        }, task.Workspace.Id, task, after);
    }

    List<Poison> Poisons()
    {
        const string episodes = "reflection-record-episode", executions = "reflection-record-execution", signals = "fitness-record-signal";
        var workspace = _workspaces[0].Id;
        Poison Of(string queue, string key, Func<string, string> body) => NextId("poison") is var id ? new(id, queue, key, Encoding.UTF8.GetBytes(body(id))) : null!;
        return
        [
            Of(episodes, "episode.failed", id => $"\u0001 garbage {id} {{"),
            Of(episodes, "episode.failed", id => $$"""{"episode_id":"{{id}}","workspace_id":7,"agent_id":[],"task_description":{},"outcome":true}"""),
            Of(episodes, "episode.failed", id => $$"""{"episode_id":"{{id}}","agent_id":"a","task_description":"t","outcome":"failure"}"""),
            Of(episodes, "episode.failed", id => $$"""{"episode_id":"{{id}}","workspace_id":"nowhere","agent_id":"a","task_description":"t","outcome":"failure"}"""),
            Of(episodes, "episode.failed", id => $$"""{"episode_id":"{{id}}","workspace_id":"{{workspace}}","agent_id":"a","task_description":"t","outcome":"failure","output":"{{new string('x', 1_000_000)}}"}"""),
            Of(episodes, "episode.succeeded", id => $$"""{"execution_id":"{{id}}","workspace_id":"{{workspace}}","agent_id":"a","skill_id":"s","skill_version":"1","execution_seconds":1,"success":true}"""),
            Of(executions, "skill.executed", id => $$"""{"execution_id":"{{id}}","workspace_id":"{{workspace}}","agent_id":"a","skill_id":"s","skill_version":"1","execution_seconds":-1,"success":true}"""),
            Of(executions, "skill.executed", id => $"\"{id}\""),
            Of(signals, "fitness.signal", id => $$"""{"signal_id":"{{id}}","workspace_id":"{{workspace}}","subject":"nobody","signal":"invoice_created"}"""),
            Of(signals, "fitness.signal", id => $$"""{"signal_id":"{{id}}","workspace_id":"{{workspace}}","subject":"skill:a@1.0.0","signal":"conversion_value","value":"much"}"""),
        ];
    }

    /// <summary>Every instance up to this version, back, and up again, each pass in an order of its own: all mixtures of versions on the way.</summary>
    List<Hurt> Replacements(int sent)
    {
        const int passes = 3;
        var all = new List<(string What, int Instance)>();
        for (var pass = 0; pass < passes; pass++)
        {
            var instances = ServiceProcess.Services.SelectMany(s => new[] { (s, 0), (s, 1) }).ToArray();
            _random.Shuffle(instances);
            all.AddRange(instances);
        }

        return [.. all.Select((r, i) => new Hurt((int)(sent * (0.05 + 0.9 * i / all.Count)), r.What, r.Instance, Replace, TimeSpan.Zero))];
    }

    List<Hurt> Hurts(int sent)
    {
        var hurts = new List<(string What, string How, double Seconds)>();
        var services = ServiceProcess.Services.ToArray();
        _random.Shuffle(services);
        foreach (var service in _large ? services : services[..3]) hurts.Add((service, "kill", 0));
        hurts.Add(("rabbitmq", "kill", 0));
        hurts.Add(("postgres", "kill", 0));
        var cuts = Enum.GetNames<Cut>();
        foreach (var how in cuts) hurts.Add((Chance(0.8) ? services[_random.Next(services.Length)] : "agents", how, 1 + _random.NextDouble() * (_large ? 12 : 3)));
        if (_large)
        {
            hurts.Add(("rabbitmq", "restart", 0));
            hurts.Add(("postgres", "kill", 0));
            hurts.Add(("agents", cuts[_random.Next(cuts.Length)], 3));
            foreach (var service in services) hurts.Add((service, "kill", 0));
        }

        var order = hurts.ToArray();
        _random.Shuffle(order);
        return [.. order.Select((h, i) => new Hurt((int)(sent * (0.05 + 0.9 * (i + _random.NextDouble()) / order.Length)), h.What, _random.Next(2), h.How, TimeSpan.FromSeconds(h.Seconds)))];
    }

    void Add(double at, object body, string workspace, PlannedTask? task = null, Step? after = null) =>
        _stream.Add((at, new(body, workspace, IdOf(body), task, after, OverHttp: Chance(0.4))));

    static string IdOf(object body) => body switch
    {
        EpisodeReport e => e.EpisodeId!,
        SkillExecutionReport x => x.ExecutionId!,
        FitnessSignalReport s => s.SignalId!,
        _ => throw new ArgumentException($"{body} is no report", nameof(body)),
    };

    static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    // Each word once: consonant, vowel, four times over.
    string Word()
    {
        const string consonants = "bdfgklmnprtv", vowels = "aeiou";
        var word = new StringBuilder();
        for (var (i, rest) = (0, _words++ * 7919 % (60 * 60 * 60 * 60)); i < 4; i++, rest /= 60) word.Append(consonants[rest % 12]).Append(vowels[rest % 60 / 12]);
        return word.ToString();
    }

    string NextId(string kind) => $"{kind}-{seed}-{++_ids}";

    bool Chance(double of) => _random.NextDouble() < of;
}

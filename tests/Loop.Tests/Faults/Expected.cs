using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Ingest;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>What must come out of a plan, by a model of its own: counts, sums and the rules of the specification, and nothing of the services' code.</summary>
static class Expected
{
    /// <param name="plan">The plan.</param>
    /// <param name="refused">Which tasks of limited workspaces the daily limit met; how many they are follows from the plan.</param>
    public static Facts Of(Plan plan, IReadOnlySet<PlannedTask> refused)
    {
        var facts = new Facts();
        foreach (var workspace in plan.Workspaces) new InWorkspace(plan, workspace, refused, facts).Add();
        foreach (var service in ServiceProcess.Services) facts.Add($"outbox of {service}", 0);
        foreach (var poison in plan.Poisons) facts.Add($"dead letter {poison.Id}", poison.Queue);
        return facts;
    }

    sealed class InWorkspace(Plan plan, PlannedWorkspace workspace, IReadOnlySet<PlannedTask> refused, Facts facts)
    {
        readonly List<PlannedTask> _tasks = [.. plan.Tasks.Where(t => t.Workspace == workspace)];
        readonly List<Report> _reports = [.. plan.Stream.Where(r => r.Workspace == workspace.Id).DistinctBy(r => (r.Body.GetType(), r.Id))];
        readonly Dictionary<string, int> _activity = new(StringComparer.Ordinal);
        readonly Dictionary<(string Agent, string Capability, string Reason), int> _refusals = [];

        public void Add()
        {
            foreach (var report in _reports.Where(r => r.Body is EpisodeReport)) AddEpisode(report, (EpisodeReport)report.Body);
            foreach (var task in _tasks) AddTask(task);
            var wanted = _tasks.Where(t => t.Limited || t.Fate is not (Fate.TooFew or Fate.HeldBack) || t.Agent.Graduates).Sum(t => t.Attempts);
            if (wanted > 0) facts.Add($"{workspace.Id} quota", Math.Min(wanted, workspace.Limit));
            AddProfiles();
            AddScores();
            foreach (var agent in plan.Agents.Where(a => a.Workspace == workspace.Id)) AddAgent(agent);
            foreach (var ((agent, capability, reason), count) in _refusals)
            {
                facts.Add($"{workspace.Id} refusals of {agent}: {capability}, {reason}", count);
                Count("GateRefused", count);
            }

            Count("WorkspaceSettingsChanged", 2);
            foreach (var (message, count) in _activity) facts.Add($"{workspace.Id} activity {message}", count);
        }

        void AddEpisode(Report report, EpisodeReport episode)
        {
            Count(episode.Outcome == "success" ? "EpisodeSucceeded" : "EpisodeFailed");
            facts.Add($"{workspace.Id} episode {report.Id}", episode.AgentId, episode.Outcome);
            if (episode.Outcome != "success") facts.Add($"{workspace.Id} failure {report.Id}", report.Task!.Description);
        }

        void AddTask(PlannedTask task)
        {
            var held = task.Fate == Fate.HeldBack;
            if (held) Refuse(task.Agent.Id, "memento_skills", workspace.Enabled ? "maturity_too_low" : "auto_dev_disabled");
            var isRefused = refused.Contains(task);
            var (state, reason) = task.Fate switch
            {
                _ when isRefused => ("open", "daily_limit_exceeded"),
                Fate.HeldBack when !task.Agent.Graduates => ("open", workspace.Enabled ? "maturity_too_low" : "auto_dev_disabled"),
                Fate.TooFew => ("open", ""),
                Fate.Rejected => ("retry", $"rejected: seed {plan.Seed}"),
                Fate.Unlearnable => ("retry", "*"),
                Fate.Undecided => ("generating", ""),
                _ => ("resolved", ""),
            };
            facts.Add($"{workspace.Id} pattern '{task.Description}'", task.Agent.Id, state, reason, task.Attempts, task.Failures);
            Count("FailurePatternDetected", task.Attempts);
            if (isRefused)
            {
                Refuse(task.Agent.Id, "memento_skills", "daily_limit_exceeded");
                Count("SkillCandidateRefused");
            }
            else if (task.Attempts > 0)
            {
                AddCandidates(task);
            }
        }

        void AddCandidates(PlannedTask task)
        {
            if (task.Fate == Fate.SecondChance) AddCandidate(task, 1, "rejected", task.Examples - 1);
            var status = task.Fate switch
            {
                Fate.Rejected => "rejected",
                Fate.Unlearnable => "generation_failed",
                Fate.Undecided => "validated",
                _ => "promoted",
            };
            AddCandidate(task, task.Attempts, status, task.Fate == Fate.Unlearnable ? task.Failures : task.Examples);
            if (status == "promoted") facts.Add($"{workspace.Id} skill {task.SkillName}", "1.0.0", 1);
            if (status == "validated") facts.Add($"{workspace.Id} inbox '{task.Description}'");
        }

        void AddCandidate(PlannedTask task, int attempt, string status, int episodes)
        {
            facts.Add($"{workspace.Id} candidate '{task.Description}' {attempt}", status, episodes, task.SkillName);
            if (status == "generation_failed")
            {
                Count("SkillCandidateGenerationFailed");
                return;
            }

            Count("SkillCandidateProposed");
            Count("SkillCandidateValidated");
            if (status == "promoted") Count("SkillPublished");
            if (status == "promoted") Count("SkillCandidateApproved");
            if (status == "rejected") Count("SkillCandidateRejected");
        }

        void AddProfiles()
        {
            foreach (var profile in _reports.Select(r => r.Body).OfType<SkillExecutionReport>().GroupBy(x => $"{x.SkillId}@{x.SkillVersion}"))
            {
                facts.Add($"{workspace.Id} profile {profile.Key}", profile.Count(), profile.Count(x => x.Success == false), profile.Sum(x => x.Retries), profile.Sum(x => x.TokenUsage));

                // Once a day for each profile, agent and reason.
                foreach (var agent in profile.Where(x => x.Success == false || x.ExecutionSeconds > 5 || x.TokenUsage > 5000 || x.Retries > 0).Select(x => x.AgentId!).Distinct())
                    if (!workspace.Enabled) Refuse(agent, "alpha_evolver", "auto_dev_disabled");
                    else if (plan.Agents.First(a => a.Workspace == workspace.Id && a.Id == agent).Maturity is null or < Maturity.Supervised) Refuse(agent, "alpha_evolver", "maturity_too_low");
            }
        }

        void AddScores()
        {
            var external = _reports.Where(r => r.Body is FitnessSignalReport).ToLookup(r => ((FitnessSignalReport)r.Body).Subject is { Length: > 0 } subject ? subject : Of(r.Task!, 1), r => (FitnessSignalReport)r.Body);
            var candidates = _tasks.Where(t => t.Attempts > 0 && !refused.Contains(t)).SelectMany(t => Enumerable.Range(1, t.Attempts).Select(attempt => (Task: t, Attempt: attempt))).ToList();
            var own = new Dictionary<string, (decimal Score, int Signals)>(StringComparer.Ordinal);
            foreach (var (task, attempt) in candidates.Where(c => c.Task.Fate != Fate.Unlearnable))
            {
                var isLast = attempt == task.Attempts;
                own[Of(task, attempt)] = task.Fate switch
                {
                    Fate.Undecided => (0.5m, 2),
                    Fate.Rejected => (0.0m, 3),
                    Fate.SecondChance when !isLast => (0.0m, 3),
                    _ => (1.0m, 3),
                };
                if (isLast && task.Fate is not (Fate.Undecided or Fate.Rejected))
                {
                    var ofCandidate = external[Of(task, attempt)].ToList();
                    own[$"skill:{task.SkillName}@1.0.0"] = (1.0m + ofCandidate.Sum(Weight), 3 + ofCandidate.Count);
                }
            }

            foreach (var subject in own.Keys.Union(external.Select(e => e.Key), StringComparer.Ordinal))
            {
                var (score, signals) = own.GetValueOrDefault(subject);
                var value = Math.Clamp(score + external[subject].Sum(Weight), 0, 1);
                var isEvaluated = external[subject].Any() || own.ContainsKey(subject) && signals > 3;
                facts.Add($"{workspace.Id} score of {subject}", (double)value, value >= 0.9m ? "excellent" : value >= 0.7m ? "good" : value >= 0.5m ? "moderate" : "poor",
                    !own.ContainsKey(subject) ? "waiting" : isEvaluated ? "evaluated" : "pending", signals + external[subject].Count());
            }
        }

        void AddAgent(PlannedAgent agent)
        {
            var episodes = _reports.Select(r => r.Body).OfType<EpisodeReport>().Where(e => e.AgentId == agent.Id).ToList();
            if (agent.Maturity is null && episodes.Count == 0) return;
            var scores = episodes.Where(e => e.ConstitutionalScore is not null).Select(e => (decimal)e.ConstitutionalScore!.Value).ToList();
            var interventions = episodes.Count(e => e.HumanInterventions > 0);
            var start = agent.Maturity ?? Maturity.Student;
            var risen = !agent.Graduates ? 0 : episodes.Count >= 50 ? 3 : episodes.Count >= 25 ? 2 : episodes.Count >= 10 ? 1 : 0;
            facts.Add($"{workspace.Id} agent {agent.Id}", start + risen, 1 + risen, episodes.Count, interventions,
                episodes.Count == 0 ? "" : decimal.Round((decimal)interventions / episodes.Count, 4), scores.Count == 0 ? "" : decimal.Round(scores.Average(), 4),
                Readiness(start + risen, episodes.Count, interventions, scores));
            Count("AgentMaturityChanged", 1 + risen);
            var unlocked = (int)start + risen;
            if (unlocked > 0) facts.Add($"{workspace.Id} notifications of {agent.Id}", unlocked);
            if (unlocked > 0) Count("CapabilityUnlocked", unlocked);
        }

        // 40 % episodes, 30 % interventions, 30 % constitutional score, towards the next level.
        static decimal Readiness(Maturity maturity, int episodes, int interventions, List<decimal> scores)
        {
            var (needed, below, above) = maturity switch
            {
                Maturity.Student => (10, 0.50m, 0.70m),
                Maturity.Intern => (25, 0.20m, 0.85m),
                _ => (50, 0.05m, 0.95m),
            };
            var rate = episodes == 0 ? 0 : 30 * (1 - Math.Min((decimal)interventions / episodes / below, 1));
            var score = scores.Count == 0 ? 0 : 30 * Math.Min(scores.Average() / above, 1);
            return decimal.Round(40 * Math.Min((decimal)episodes / needed, 1) + rate + score, 1);
        }

        static decimal Weight(FitnessSignalReport signal) => signal.Signal switch
        {
            "invoice_created" => 0.4m,
            "crm_conversion" => 0.5m,
            "conversion_success" => 0.6m,
            "conversion_value" => Math.Min(0.5m, (decimal)signal.Value!.Value / 1000),
            "email_bounce" => -0.3m,
            _ => -0.5m,
        };

        static string Of(PlannedTask task, int attempt) => $"candidate '{task.Description}' {attempt}";

        void Refuse(string agent, string capability, string reason) => _refusals[(agent, capability, reason)] = _refusals.GetValueOrDefault((agent, capability, reason)) + 1;

        void Count(string message, int times = 1)
        {
            if (times > 0) _activity[message] = _activity.GetValueOrDefault(message) + times;
        }
    }
}

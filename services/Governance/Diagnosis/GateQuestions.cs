using System.Globalization;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;
using static AutoDev.Governance.Diagnosis.Finding;

namespace AutoDev.Governance.Diagnosis;

/// <summary>Pure: what the gate decides by, one question a switch. Governance owns the facts, but for what is used of a limit.</summary>
static class GateQuestions
{
    public static Finding Enabled(DiagnosisFacts f)
    {
        const string asks = "Is Auto-Dev enabled in the workspace?";
        return f.Settings.Enabled
            ? Ok("enabled", asks, "Yes.", "auto_dev.enabled is true.")
            : Blocks("enabled", asks, "No: Auto-Dev is disabled in this workspace.", ["auto_dev.enabled is false."],
                "An administrator sets auto_dev.enabled to true. Failures that were recorded meanwhile are learned from then.");
    }

    public static Finding CapabilityOn(DiagnosisFacts f)
    {
        var name = f.Capability.Name;
        var asks = $"Is {name} switched on?";
        return f.Capability.IsOn(f.Settings)
            ? Ok("capability", asks, "Yes.", $"{name} is true.")
            : Blocks("capability", asks, $"No: {name} is switched off in this workspace.", [$"{name} is false."], $"An administrator sets {name} to true.");
    }

    public static Finding Maturity(DiagnosisFacts f)
    {
        var needed = Word(f.Capability.Minimum);
        var asks = $"Is the agent mature enough? {f.Capability.Name} needs {needed}.";
        if (f.Agent is not { } agent)
        {
            return Blocks("maturity", asks, $"No: nobody knows an agent {f.AgentId} in this workspace.",
                ["It has reported no episode, and nobody has registered it."],
                "Check the agent_id and the workspace_id that the agent reports with: both count letter by letter.",
                "Look at Reflection's dead letters: a report that is not valid ends there, with the reason.");
        }

        var facts = Standing(agent);
        return agent.Maturity >= f.Capability.Minimum
            ? Ok("maturity", asks, $"Yes: it is {Word(agent.Maturity)}.",
                $"{Word(agent.Maturity)} since {agent.ChangedAt:u} by {agent.ChangedBy}: {agent.Reason}")
            : Blocks("maturity", asks, $"No: the agent is {Word(agent.Maturity)}.", facts,
                "Let it earn the next level: it graduates by itself with the episode that closes the last gap.",
                $"Or an administrator gives it {needed} with a reason: PUT …/agents/{f.AgentId}/maturity.");
    }

    public static Finding Quota(DiagnosisFacts f)
    {
        const string asks = "Is there room in today's limit?";
        if (f.Usage.Value is not { } usage) return Unknown("quota", asks, f.Usage.Unknown!);
        if (usage.Limits.FirstOrDefault(l => l.Capability == f.Capability.Name) is not { } limit)
            return Unknown("quota", asks, $"nobody counts {f.Capability.Name}.");
        var setting = f.Capability.CountedAs == "memento_skills" ? "max_skill_candidates_per_day" : "max_mutations_per_day";
        string[] facts = [$"{limit.Used} of {limit.Limit} are used today, by all agents of the workspace.", $"The count resets at {usage.ResetsAt:u}."];
        return limit.Used < limit.Limit
            ? Ok("quota", asks, $"Yes: {limit.Used} of {limit.Limit} are used.", facts)
            : Blocks("quota", asks, $"No: the daily limit is exceeded, {limit.Used} of {limit.Limit} are used.", facts,
                $"Wait: it resets at {usage.ResetsAt:u}, and what was refused is tried then by itself.",
                $"Or an administrator raises {setting}; what was refused is tried at once.",
                "Reject what is of no use, and switch off what nobody needs, so that the limit goes to what counts.");
    }

    public static Finding Spend(DiagnosisFacts f)
    {
        const string asks = "Is there money left for language models today?";
        if (f.Usage.Value is not { Spend: { } spend } usage) return Unknown("spend", asks, f.Usage.Unknown!);
        string[] facts =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"{spend.Spent + spend.Elsewhere:0.######} are spent and {spend.Reserved:0.######} reserved, of {spend.Cap:0.######} a day."),
            $"It resets at {usage.ResetsAt:u}.", .. f.RefusedOverMoney.Select(r => $"Refused at {r.At:u}: {r.Detail}"),
        ];
        return f.RefusedOverMoney.Count == 0
            ? Ok("spend", asks, "Nothing was refused over money today.", facts)
            : Blocks("spend", asks, $"No: {f.RefusedOverMoney[0].Detail}", facts,
                "An administrator gives the model a price in model_prices, or raises max_model_spend_per_day; a limit also resets at midnight UTC.",
                "A smaller model, or the by-example generator, costs less or nothing.");
    }

    /// <summary>A gap that more episodes alone will not close is what keeps an agent where it is.</summary>
    public static Finding Graduation(DiagnosisFacts f)
    {
        const string asks = "Is the agent on its way to the next level?";
        if (f.Agent is not { } agent) return Idle("graduation", asks, "Nothing is known of the agent.", []);
        var readiness = Readiness.Of(agent.Maturity, agent.Evidence);
        if (readiness.NextLevel is not { } next) return Ok("graduation", asks, "It is at the highest level.");

        var facts = Standing(agent);
        if (readiness.Missing.Any(gap => gap.In == GapIn.Episodes))
            return Ok("graduation", asks, $"Yes, to {Word(next)}: episodes are missing first of all.", facts);
        var advice = readiness.Missing.Select(gap => gap.In switch
        {
            GapIn.Interventions => "People step in too often: find out at which tasks (episodes with human_interventions), and approve a skill for those.",
            GapIn.Score => "Improve its constitutional compliance: episodes carry constitutional_score, look at the lowest.",
            _ => "Report constitutional_score with the episodes: without one nothing is measured, and nothing is earned.",
        }).ToList();
        advice.Add("It graduates by itself with the next episode once no gap is left.");
        return Waits("graduation", asks, $"No: it has the episodes for {Word(next)}, and other gaps.", facts, [.. advice]);
    }

    static IReadOnlyList<string> Standing(Agent agent)
    {
        var readiness = Readiness.Of(agent.Maturity, agent.Evidence);
        return
        [
            $"{Word(agent.Maturity)} since {agent.ChangedAt:u} by {agent.ChangedBy}: {agent.Reason}",
            string.Create(CultureInfo.InvariantCulture, $"Readiness {readiness.Score} of 100, {agent.Evidence.Episodes} episodes counted."),
            .. readiness.Gaps,
        ];
    }

    static string Word(Maturity maturity) => maturity.ToString().ToUpperInvariant();
}

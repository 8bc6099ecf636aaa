using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.Memento.Catalog;

/// <summary>Who is to keep which version.</summary>
/// <param name="Version">One of the skill's versions.</param>
/// <param name="Agent">The agent; absent: every agent that has no pin of its own.</param>
/// <param name="Reason">Why; at most 2,000 characters.</param>
public sealed record PinRequest(string? Version, string? Agent, string? Reason);

/// <summary>Whose pin is to go.</summary>
/// <param name="Agent">The agent; absent: everyone's.</param>
/// <param name="Reason">Why; at most 2,000 characters.</param>
public sealed record UnpinRequest(string? Agent, string? Reason);

/// <summary>Has an agent, or all, keep a version, whatever is published or rolled back.</summary>
public static class PinSkill
{
    const int LongestAgent = 200, MostPins = 1000;

    /// <summary>POST: keeps the version for the agent, or for all, from now on.</summary>
    internal static Task<IResult> Pin(string workspace, string name, PinRequest body, [AsParameters] Deciding on, CancellationToken cancellation) =>
        ChangeSkill.HandleAsync(workspace, name, body.Reason, on, (skill, word) => Task.FromResult(Pinned(skill, body, word)), cancellation);

    /// <summary>POST: the agent, or all, get the current version again.</summary>
    internal static Task<IResult> Unpin(string workspace, string name, UnpinRequest body, [AsParameters] Deciding on, CancellationToken cancellation) =>
        ChangeSkill.HandleAsync(workspace, name, body.Reason, on, (skill, word) => Task.FromResult(Unpinned(skill, body, word)), cancellation);

    /// <summary>Pure.</summary>
    internal static Change Pinned(Skill skill, PinRequest asked, Word word)
    {
        if (IsNoAgent(asked.Agent)) return Change.Refused(NoAgent());
        if (string.IsNullOrWhiteSpace(asked.Version)) return Change.Refused(Problem.Invalid("version", "version is required: which version is to be kept?"));
        if (!skill.Has(asked.Version)) return Change.Refused(Problem.Invalid("version", $"There is no version {asked.Version} of the skill {skill.Name}."));
        if (skill.Retired is not null) return Change.Refused(Problem.Conflict("The skill is retired: restore it first."));
        if (skill.Pins.Any(p => p.AgentId == asked.Agent && p.Version == asked.Version))
            return Change.Refused(Problem.Conflict($"Version {asked.Version} is pinned already."));
        if (skill.Pins.Count >= MostPins) return Change.Refused(Problem.Conflict($"A skill has at most {MostPins} pins."));
        var next = skill.PinnedTo(asked.Version, asked.Agent, word);
        return Change.To(next, SkillEvent.Of(SkillEventKind.Pinned, skill, next, word, asked.Version, asked.Agent));
    }

    /// <summary>Pure.</summary>
    internal static Change Unpinned(Skill skill, UnpinRequest asked, Word word)
    {
        if (IsNoAgent(asked.Agent)) return Change.Refused(NoAgent());
        if (skill.Pins.All(p => p.AgentId != asked.Agent))
        {
            return Change.Refused(Problem.Conflict(
                asked.Agent is null ? "There is no pin for all agents." : $"The agent {asked.Agent} has no pin of its own."));
        }

        var next = skill.Unpinned(asked.Agent);
        return Change.To(next, SkillEvent.Of(SkillEventKind.Unpinned, skill, next, word, next.VersionFor(asked.Agent), asked.Agent));
    }

    static bool IsNoAgent(string? agent) =>
        agent is not null && (string.IsNullOrWhiteSpace(agent) || agent.Length > LongestAgent || agent.Contains('\0', StringComparison.Ordinal));

    static ProblemHttpResult NoAgent() => Problem.Invalid("agent", $"agent must be an agent's id of at most {LongestAgent} characters, or absent for all.");
}

using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Memento.Catalog;

/// <summary>Which version agents are to get.</summary>
/// <param name="Version">One of the skill's versions, older or newer than the current one.</param>
/// <param name="Reason">Why; at most 2,000 characters.</param>
public sealed record RollBackRequest(string? Version, string? Reason);

/// <summary>Gives agents another version of a skill. No version is deleted; agents who are pinned to one keep it.</summary>
public static class RollBackSkill
{
    /// <summary>POST: agents get the version that is named.</summary>
    internal static Task<IResult> Handle(string workspace, string name, RollBackRequest body, [AsParameters] Deciding on, CancellationToken cancellation) =>
        ChangeSkill.HandleAsync(
            workspace, name, body.Reason, on,
            async (skill, word) =>
            {
                var version = body.Version is null ? null : await on.Session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, body.Version), cancellation);
                return Decide(workspace, skill, body.Version, version, word);
            },
            cancellation, mustHaveSeen: true);

    /// <summary>Pure.</summary>
    internal static Change Decide(string workspace, Skill skill, string? asked, SkillVersion? version, Word word)
    {
        if (string.IsNullOrWhiteSpace(asked)) return Change.Refused(Problem.Invalid("version", "version is required: which version are agents to get?"));
        if (version is null) return Change.Refused(Problem.Invalid("version", $"There is no version {asked} of the skill {skill.Name}."));
        if (skill.Retired is not null) return Change.Refused(Problem.Conflict("The skill is retired: restore it first."));
        if (skill.CurrentVersion == version.Version) return Change.Refused(Problem.Conflict($"Version {version.Version} is the current one."));
        var next = skill.RolledBackTo(version);
        return Change.To(next, SkillEvent.Of(SkillEventKind.RolledBack, skill.AsForAll(), next, word), new SkillRolledBack
        {
            WorkspaceId = workspace, SkillName = skill.Name, Version = next.CurrentVersion, FromVersion = skill.CurrentVersion, Revision = next.Revision,
            Reason = word.Reason, RolledBackBy = word.By, RolledBackAt = word.At,
        });
    }
}

using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Memento.Catalog;

/// <summary>Why.</summary>
/// <param name="Reason">At most 2,000 characters.</param>
public sealed record DecisionReason(string? Reason);

/// <summary>Takes a skill away from all agents, also from those who are pinned to a version, and gives it back.</summary>
public static class RetireSkill
{
    /// <summary>POST: agents do not get the skill any more.</summary>
    internal static Task<IResult> Retire(string workspace, string name, DecisionReason body, [AsParameters] Deciding on, CancellationToken cancellation) =>
        ChangeSkill.HandleAsync(workspace, name, body.Reason, on, (skill, word) => Task.FromResult(Retired(workspace, skill, word)), cancellation);

    /// <summary>POST: agents get a retired skill again.</summary>
    internal static Task<IResult> Restore(string workspace, string name, DecisionReason body, [AsParameters] Deciding on, CancellationToken cancellation) =>
        ChangeSkill.HandleAsync(workspace, name, body.Reason, on, (skill, word) => Task.FromResult(Restored(workspace, skill, word)), cancellation);

    /// <summary>Pure.</summary>
    internal static Change Retired(string workspace, Skill skill, Word word)
    {
        if (skill.Retired is { } retired) return Change.Refused(Problem.Conflict($"The skill was retired by {retired.By}: {retired.Reason}"));
        var next = skill.Retire(word);
        return Change.To(next, SkillEvent.Of(SkillEventKind.Retired, skill.AsForAll(), next, word), new SkillRetired
        {
            WorkspaceId = workspace, SkillName = skill.Name, Version = skill.CurrentVersion, Revision = next.Revision, Reason = word.Reason,
            RetiredBy = word.By, RetiredAt = word.At,
        });
    }

    /// <summary>Pure.</summary>
    internal static Change Restored(string workspace, Skill skill, Word word)
    {
        if (skill.Retired is null) return Change.Refused(Problem.Conflict("The skill is not retired."));
        var next = skill.Restore();
        return Change.To(next, SkillEvent.Of(SkillEventKind.Restored, skill.AsForAll(), next, word), new SkillRestored
        {
            WorkspaceId = workspace, SkillName = skill.Name, Version = skill.CurrentVersion, Revision = next.Revision, Reason = word.Reason,
            RestoredBy = word.By, RestoredAt = word.At,
        });
    }
}

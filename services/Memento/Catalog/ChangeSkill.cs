using System.Security.Claims;
using AutoDev.Embeddings;
using AutoDev.Memento.Search;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Catalog;

/// <summary>Whoever decides on a skill, and with what.</summary>
sealed record Deciding(IDocumentSession Session, IPublishEndpoint Bus, Meanings Meanings, TimeProvider Clock, ClaimsPrincipal Caller, HttpContext Http);

/// <summary>What a decision makes of a skill, and what everybody hears of it; or why it cannot be.</summary>
sealed record Change(Skill? Next, SkillEvent? Event, object? Message, IResult? Refusal)
{
    public static Change To(Skill next, SkillEvent what, object? message = null) => new(next, what, message, null);

    public static Change Refused(IResult why) => new(null, null, null, why);
}

/// <summary>
/// An operator's decision on a skill: on what they saw, one after the other on all instances, with its event in the skill's history and its entry in
/// the audit log.
/// </summary>
static class ChangeSkill
{
    public static async Task<IResult> HandleAsync(
        string workspace, string name, string? reason, Deciding on, Func<Skill, Word, Task<Change>> decide, CancellationToken cancellation,
        bool mustHaveSeen = false)
    {
        if (mustHaveSeen && on.Http.Request.Headers.IfMatch.Count == 0)
        {
            return Problem.Of(
                StatusCodes.Status428PreconditionRequired, "precondition-required", "Say what you have seen", "Send the skill's ETag as If-Match.");
        }

        if (Reason.Fault(reason, isRequired: true) is { } fault) return Problem.Invalid("reason", fault);
        var word = new Word(on.Caller.Actor(), reason!.Trim(), on.Clock.GetUtcNow());

        await on.Session.LockAsync(PublishSkill.LockOf(name), cancellation);
        if (await on.Session.LoadAsync<Skill>(name, cancellation) is not { } skill) return GetSkill.NotFound(name);
        if (on.Http.Request.Headers.IfMatch.Count > 0 && !IsSeen(on.Http.Request, skill))
            return Problem.Changed($"The skill is now at {skill.CurrentVersion}, revision {skill.Revision}: load it again and decide on what it is now.");
        var change = await decide(skill, word);
        if (change.Refusal is { } refusal) return refusal;

        await CarryOutAsync(workspace, skill, change, word, on.Session, on.Meanings, on.Bus, cancellation);
        await on.Session.SaveChangesAsync(cancellation);
        return await GetSkill.AnswerAsync(change.Next!, null, on.Session, on.Http, cancellation);
    }

    /// <summary>
    /// Stores what was decided on a skill and says it, for the caller to commit, whose is the skill's lock. With what another service asks for, as with what a
    /// person decides.
    /// </summary>
    public static async Task CarryOutAsync(
        string workspace, Skill skill, Change change, Word word, IDocumentSession session, Meanings meanings, IPublishEndpoint bus, CancellationToken cancellation)
    {
        var (next, what) = (change.Next!, change.Event!);
        session.Store(next);
        session.Insert(what);
        if (SkillIndexTable.TextOf(next) != SkillIndexTable.TextOf(skill)) await session.IndexAsync(next, meanings, cancellation);
        if (change.Message is not null) await bus.Publish(change.Message, cancellation);
        await bus.SayDecisionAsync(
            workspace, word.By, $"skill_{what.Kind}", $"skill:{skill.Name}", word.Reason, SkillAsDecided.Of(skill), SkillAsDecided.Of(next), word.At, cancellation);
    }

    static bool IsSeen(HttpRequest request, Skill skill) =>
        request.GetTypedHeaders().IfMatch.Any(seen => seen.Compare(GetSkill.ETag(skill), useStrongComparison: true));
}

/// <summary>What of a skill a decision changes, for the audit log.</summary>
sealed record SkillAsDecided(string CurrentVersion, double Share, int Revision, bool Retired, IReadOnlyList<PinAsDecided> Pins)
{
    public static SkillAsDecided Of(Skill s) => new(
        s.CurrentVersion, s.Canary?.Share ?? 1, s.Revision, s.Retired is not null, [.. s.Pins.Select(p => new PinAsDecided(p.AgentId, p.Version))]);
}

/// <summary>Who keeps which version.</summary>
sealed record PinAsDecided(string? AgentId, string Version);

using System.Globalization;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using AutoDev.Memento.Mcp;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Memento.Catalog;

/// <summary>One skill: its history, its versions, its code.</summary>
public static class GetSkill
{
    /// <summary>Names the version of a source.</summary>
    public const string VersionHeader = "X-Skill-Version";

    /// <summary>Names the function to call in a source.</summary>
    public const string FunctionHeader = "X-Skill-Function";

    /// <summary>GET: the skill as an <c>agent</c> gets it, with its history. The ETag is what a decision names. 410 to agents where it is retired.</summary>
    public static async Task<IResult> Handle(string name, string? agent, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return NotFound(name);
        return skill.Retired is not null && http.User.IsInRole(Roles.Agent) ? Gone(skill) : await AnswerAsync(skill, agent, session, http, cancellation);
    }

    /// <summary>GET: one version with its source. 410 to agents where the skill is retired.</summary>
    public static async Task<IResult> Version(string name, string version, IDocumentSession session, ClaimsPrincipal caller, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is { Retired: not null } skill && caller.IsInRole(Roles.Agent)) return Gone(skill);
        return await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version), cancellation) is { } found
            ? TypedResults.Ok(new VersionView(
                found.SkillName, found.Version, found.ParentVersion, found.FunctionName, found.Parameters, found.Description, found.Source, found.CandidateId,
                found.AgentId, found.PublishedBy, found.PublishedAt, found.MutationId, found.Change, SkillTool.InputSchema(found)))
            : NoVersion(name, version);
    }

    /// <summary>
    /// GET: the Python source of the version that the <c>agent</c> is pinned to, else of the current one; or of <c>version</c>. 304 for a caller that has it
    /// (<c>If-None-Match</c>), 410 where the skill is retired.
    /// </summary>
    public static async Task<IResult> Source(
        string name, string? version, string? agent, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return NotFound(name);
        if (skill.Retired is not null) return Gone(skill);
        if (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version ?? skill.VersionFor(agent)), cancellation) is not { } found)
            return Problem.NotFound($"There is no version {version} of the skill {name}.");
        http.Response.Headers[VersionHeader] = found.Version;
        http.Response.Headers[FunctionHeader] = found.FunctionName;
        return TypedResults.Bytes(
            Encoding.UTF8.GetBytes(found.Source), "text/x-python; charset=utf-8", entityTag: new EntityTagHeaderValue($"\"{found.Version}\""));
    }

    /// <summary>The skill as an agent gets it, with its ETag.</summary>
    internal static async Task<IResult> AnswerAsync(Skill skill, string? agent, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        var version = (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(skill.Name, skill.VersionFor(agent)), cancellation))!;
        http.Response.Headers.ETag = ETag(skill).ToString();
        return TypedResults.Ok(new SkillView(
            skill.Name, skill.CurrentVersion, version.Description, skill.TaskDescription, version.FunctionName, version.Parameters,
            [.. skill.Versions.Reverse()], skill.PublishedAt, version.Version, skill.Revision, skill.Retired, skill.Pins, skill.Canary));
    }

    /// <summary>What a decision on this state of the skill names in <c>If-Match</c>.</summary>
    internal static EntityTagHeaderValue ETag(Skill skill) => new(string.Create(CultureInfo.InvariantCulture, $"\"{skill.Revision}\""));

    /// <summary>404.</summary>
    internal static ProblemHttpResult NotFound(string name) => Problem.NotFound($"There is no skill {name} in this workspace.");

    /// <summary>404.</summary>
    internal static ProblemHttpResult NoVersion(string name, string version) =>
        Problem.NotFound($"There is no version {version} of a skill {name} in this workspace.");

    static ProblemHttpResult Gone(Skill skill) =>
        Problem.Of(StatusCodes.Status410Gone, "skill-retired", "The skill is retired", $"The skill {skill.Name} was retired: {skill.Retired!.Reason}");
}

/// <summary>A skill with its history, newest version first.</summary>
/// <param name="Name">The skill.</param>
/// <param name="CurrentVersion">The version that agents get who are pinned to no other.</param>
/// <param name="Description">What the version does.</param>
/// <param name="TaskDescription">The task that it was learned for.</param>
/// <param name="FunctionName">The function to call.</param>
/// <param name="Parameters">Its parameters, in order.</param>
/// <param name="Versions">All there are, newest first.</param>
/// <param name="PublishedAt">When the current version was published.</param>
/// <param name="Version">The version that the agent gets who was named, and that is described here.</param>
/// <param name="Revision">The number in the ETag.</param>
/// <param name="Retired">Since when, by whom and why agents do not get it any more.</param>
/// <param name="Pins">Who keeps which version; without an agent: all that have no pin of their own.</param>
/// <param name="Canary">While the current version is on trial: the share of the agents that get it, and what the others get.</param>
public sealed record SkillView(
    string Name, string CurrentVersion, string Description, string TaskDescription, string FunctionName, IReadOnlyList<string> Parameters,
    IReadOnlyList<VersionEntry> Versions, DateTimeOffset PublishedAt, string Version, int Revision, Retirement? Retired, IReadOnlyList<Pin> Pins,
    Canary? Canary);

/// <summary>
/// A version with its source; of a mutation also which, and what it changed, in words. <paramref name="InputSchema"/> is a JSON Schema of the arguments, as the
/// sandbox read them from the signature.
/// </summary>
public sealed record VersionView(
    string SkillName, string Version, string? ParentVersion, string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source,
    Guid CandidateId, string AgentId, string PublishedBy, DateTimeOffset PublishedAt, Guid? MutationId, string? Change,
    JsonElement InputSchema);

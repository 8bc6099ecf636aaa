using System.Text;
using AutoDev.ServiceDefaults.Http;
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

    /// <summary>GET: the skill with its history.</summary>
    public static async Task<IResult> Handle(string name, IDocumentSession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return NotFound(name);
        var current = (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, skill.CurrentVersion), cancellation))!;
        return TypedResults.Ok(new SkillView(
            skill.Name, skill.CurrentVersion, skill.Description, skill.TaskDescription, current.FunctionName, current.Parameters, [.. skill.Versions.Reverse()], skill.PublishedAt));
    }

    /// <summary>GET: one version with its source.</summary>
    public static async Task<IResult> Version(string name, string version, IDocumentSession session, CancellationToken cancellation) =>
        await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version), cancellation) is { } found
            ? TypedResults.Ok(new VersionView(
                found.SkillName, found.Version, found.ParentVersion, found.FunctionName, found.Parameters, found.Description, found.Source, found.CandidateId, found.AgentId,
                found.PublishedBy, found.PublishedAt))
            : Problem.NotFound($"There is no version {version} of a skill {name} in this workspace.");

    /// <summary>GET: the Python source of the current version, or of <c>version</c>. 304 for a caller that has it (<c>If-None-Match</c>).</summary>
    public static async Task<IResult> Source(string name, string? version, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return NotFound(name);
        if (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version ?? skill.CurrentVersion), cancellation) is not { } found)
            return Problem.NotFound($"There is no version {version} of the skill {name}.");
        http.Response.Headers[VersionHeader] = found.Version;
        http.Response.Headers[FunctionHeader] = found.FunctionName;
        return TypedResults.Bytes(Encoding.UTF8.GetBytes(found.Source), "text/x-python; charset=utf-8", entityTag: new EntityTagHeaderValue($"\"{found.Version}\""));
    }

    static ProblemHttpResult NotFound(string name) => Problem.NotFound($"There is no skill {name} in this workspace.");
}

/// <summary>A skill with its history, newest version first.</summary>
public sealed record SkillView(
    string Name, string CurrentVersion, string Description, string TaskDescription, string FunctionName, IReadOnlyList<string> Parameters,
    IReadOnlyList<VersionEntry> Versions, DateTimeOffset PublishedAt);

/// <summary>A version with its source.</summary>
public sealed record VersionView(
    string SkillName, string Version, string? ParentVersion, string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source, Guid CandidateId,
    string AgentId, string PublishedBy, DateTimeOffset PublishedAt);

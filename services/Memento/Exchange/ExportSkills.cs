using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Memento.Exchange;

/// <summary>Skills as a ZIP archive that pip installs, that agents read as Agent Skills, and that another workspace can import.</summary>
public static class ExportSkills
{
    /// <summary>The archive's SHA-256, as RFC 9530 writes it.</summary>
    public const string DigestHeader = "Repr-Digest";

    const string IndexFile = "index.json";
    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// GET: one skill as a folder in a ZIP, of its current version or of <c>version</c>. The same version is the same bytes; 304 for a caller that has them.
    /// </summary>
    public static async Task<IResult> One(
        string workspace, string name, string? version, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return Problem.NotFound($"There is no skill {name} in this workspace.");
        var wanted = version ?? skill.CurrentVersion;
        if (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, wanted), cancellation) is not { } found)
            return Problem.NotFound($"There is no version {wanted} of the skill {name}.");
        var candidate = await session.LoadAsync<SkillCandidate>(found.CandidateId, cancellation);
        var (folder, files) = FolderOf(workspace, skill, found, candidate);
        return Answer(files, $"{folder}-{found.Version}.zip", http);
    }

    /// <summary>GET: several skills, a folder each, and an index; those of <c>names</c> (separated by commas), or all.</summary>
    public static async Task<IResult> Several(string workspace, string? names, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        var asked = (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var wanted = asked.Distinct(StringComparer.Ordinal).ToArray();
        if (names is not null && wanted.Length == 0) return Problem.Invalid("names", "names must name a skill, or be left out for all.");
        if (wanted.Length > ReadSkills.Most) return TooLarge($"{wanted.Length:N0} skills are asked for");
        var skills = wanted.Length > 0
            ? await session.LoadManyAsync<Skill>(cancellation, wanted)
            : await session.Query<Skill>().OrderBy(s => s.Name).Take(ReadSkills.Most + 1).ToListAsync(cancellation);
        if (wanted.Except(skills.Select(s => s.Name), StringComparer.Ordinal).FirstOrDefault() is { } missing)
            return Problem.NotFound($"There is no skill {missing} in this workspace.");
        if (skills.Count == 0) return Problem.NotFound("There is no skill in this workspace yet.");
        if (skills.Count > ReadSkills.Most) return TooLarge($"The workspace has more than {ReadSkills.Most} skills");

        var files = new List<ArchiveFile>();
        var index = new List<object>();
        var size = 0L;
        foreach (var skill in skills.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            // One after the other, so that no more than fits is ever in memory.
            var version = (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(skill.Name, skill.CurrentVersion), cancellation))!;
            var (folder, its) = FolderOf(workspace, skill, version, await session.LoadAsync<SkillCandidate>(version.CandidateId, cancellation));
            size += its.Sum(f => (long)f.Bytes.Length);
            if (size > UntrustedZip.MostUnpacked) return TooLarge($"They are larger than {UntrustedZip.MostUnpacked / 1024 / 1024} MiB");
            files.AddRange(its);
            index.Add(new { Skill = skill.Name, version.Version, skill.Description, Folder = folder, Package = PackageName.Of(skill.Name) });
        }

        var listed = JsonSerializer.Serialize(new { Format = Provenance.CurrentFormat, Workspace = workspace, Skills = index }, Json);
        files.Add(new(IndexFile, Encoding.UTF8.GetBytes(listed + "\n")));
        return Answer(files, $"{workspace}-skills.zip", http);
    }

    static (string Folder, IEnumerable<ArchiveFile> Files) FolderOf(string workspace, Skill skill, SkillVersion version, SkillCandidate? candidate)
    {
        var folder = PackageName.Folder(PackageName.Of(skill.Name));
        return (folder, SkillPackage.Of(workspace, skill, version, candidate).Select(f => f.Below(folder)).ToList());
    }

    static IResult Answer(IEnumerable<ArchiveFile> files, string fileName, HttpContext http)
    {
        var archive = ArchiveFile.Zip(files);
        if (archive.Length > UntrustedZip.MostBytes) return TooLarge($"The archive would be larger than {UntrustedZip.MostBytes / 1024 / 1024} MiB");
        var sum = SkillPackage.Sha256(archive);
        http.Response.Headers[DigestHeader] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(sum))}:";
        return TypedResults.Bytes(archive, "application/zip", fileName, entityTag: new EntityTagHeaderValue($"\"{sum}\""));
    }

    // What is exported can be imported: the bounds are the same.
    static ProblemHttpResult TooLarge(string what) => Problem.Of(
        StatusCodes.Status422UnprocessableEntity, "export-too-large", "That is more than one archive holds",
        $"{what}. Name at most {ReadSkills.Most} skills, or fewer that are large, with names=a,b.");
}

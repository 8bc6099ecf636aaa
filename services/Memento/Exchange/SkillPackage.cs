using System.Security.Cryptography;
using System.Text;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;

namespace AutoDev.Memento.Exchange;

/// <summary>
/// A version of a skill as a folder that is both a Python package, which pip installs with nothing from the network, and a folder of Agent Skills. The examples
/// by which it was proven are its tests. The same version is always the same files.
/// </summary>
static class SkillPackage
{
    /// <summary>Where the examples are.</summary>
    public const string ExamplesFile = "tests/examples.json";

    const int MostExamples = 200;
    const int MostExampleCharacters = 1024 * 1024;
    const int LongestLine = 500;

    static readonly byte[] Backend = Resource("skill_build.py");
    static readonly byte[] Test = Resource("test_examples.py");

    /// <summary>Pure: the files, paths from the folder.</summary>
    public static IReadOnlyList<ArchiveFile> Of(string workspace, Skill skill, SkillVersion version, SkillCandidate? candidate)
    {
        var package = PackageName.Of(skill.Name);
        var known = candidate is null ? [] : candidate.Analysis.Seen.Concat(candidate.Analysis.HeldOut).ToList();
        var examples = Fitting(known);
        List<ArchiveFile> files =
        [
            new("SKILL.md", Utf8(SkillMd(package, skill, version, examples))),
            new("build_backend/skill_build.py", Backend),
            new("pyproject.toml", Utf8(PyProject(package, version))),
            new(ModuleOf(package), Utf8(version.Source)),
            new($"src/{package}/py.typed", []),
            new("tests/__init__.py", []),
            new(ExamplesFile, Utf8(Examples.ToJson(examples))),
            new("tests/test_examples.py", Test),
        ];
        var provenance = new Provenance
        {
            Format = Provenance.CurrentFormat, Workspace = workspace, Skill = skill.Name, Version = version.Version, ParentVersion = version.ParentVersion,
            Package = package, Function = version.FunctionName, Description = version.Description, TaskDescription = skill.TaskDescription,
            CandidateId = version.CandidateId, AgentId = version.AgentId.Length == 0 ? null : version.AgentId, ApprovedBy = version.PublishedBy,
            PublishedAt = version.PublishedAt, Generator = candidate?.Generated?.Generator, Examples = examples.Count,
            ExamplesLeftOut = known.Count - examples.Count, SourceSha256 = Sha256(Utf8(version.Source)),
            Files = files.ToDictionary(f => f.Path, f => Sha256(f.Bytes), StringComparer.Ordinal),
        };
        return [.. files, new(Provenance.File, Utf8(provenance.ToJson()))];
    }

    /// <summary>The file with the skill's code.</summary>
    public static string ModuleOf(string package) => $"src/{package}/__init__.py";

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    static List<Example> Fitting(List<Example> examples)
    {
        var left = MostExampleCharacters;
        return [.. examples.Take(MostExamples).TakeWhile(e => (left -= e.InputJson.Length + e.ExpectedJson.Length) >= 0)];
    }

    static string PyProject(string package, SkillVersion version) =>
        $"""
        [build-system]
        requires = []
        build-backend = "skill_build"
        backend-path = ["build_backend"]

        [project]
        name = "{PackageName.Distribution(package)}"
        version = "{version.Version}"
        description = {Quoted(version.Description, LongestLine)}
        requires-python = ">=3.11"
        classifiers = ["Private :: Do Not Upload", "Typing :: Typed"]

        """;

    static string SkillMd(string package, Skill skill, SkillVersion version, List<Example> examples) =>
        $"""
        ---
        name: {PackageName.Folder(package)}
        description: {Quoted($"{Line(version.Description, LongestLine).TrimEnd('.')}. Use it for this task: {Line(skill.TaskDescription, LongestLine)}", 1024)}
        compatibility: Python 3.11 or later; no other package and no network
        metadata:
          version: "{version.Version}"
        ---

        # {PackageName.Folder(package)}

        Call the function; do not rewrite it.

        ```python
        from {package} import {version.FunctionName}

        {version.FunctionName}({string.Join(", ", version.Parameters)})
        ```

        Install it with `pip install .` in this folder, or put `src` on the path. `python -m unittest` then proves it on the examples in `{ExamplesFile}`
        ({examples.Count} of them). Its code is `{ModuleOf(package)}`, and where it comes from is in `{Provenance.File}`.

        """;

    // The same in TOML, YAML and JSON.
    static string Quoted(string text, int longest)
    {
        var escaped = Line(text, longest).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    static string Line(string text, int longest)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > longest) break;
            if (!Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune)) line.Append(rune.Value is 0xFFFE or 0xFFFF or 0xFEFF ? "?" : rune.ToString());
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }

        return line.ToString().Trim() is { Length: > 0 } said ? said : "A skill without a description";
    }

    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    static byte[] Resource(string name)
    {
        using var stream = typeof(SkillPackage).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

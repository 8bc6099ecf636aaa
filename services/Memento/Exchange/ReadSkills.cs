using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Persistence;
using static AutoDev.Memento.Exchange.ArchiveRefusedException;

namespace AutoDev.Memento.Exchange;

/// <summary>
/// Finds the skills in an archive's files. Pure, and nothing of them is run: not the code, not the tests, not what builds the package. What was exported here
/// is held against its own checksums; of what others made, a folder is taken in which exactly one public function is found.
/// </summary>
static partial class ReadSkills
{
    /// <summary>Most skills in one archive.</summary>
    public const int Most = 100;

    const int LongestSource = 256 * 1024; // the sandbox's own
    const int LongestProvenance = 64 * 1024;
    const int LongestWords = 1000;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    static readonly string[] Marks = [Provenance.File, AgentSkill.File, "pyproject.toml", "setup.py", "setup.cfg"];

    // They are no part of what is skilled.
    static readonly HashSet<string> Beside =
        new(StringComparer.OrdinalIgnoreCase) { "test", "tests", "testing", "docs", "examples", "build_backend", "build", "dist", "node_modules" };

    /// <exception cref="ArchiveRefusedException">There is none, or one that cannot be taken.</exception>
    public static IReadOnlyList<ImportedSkill> Of(IReadOnlyList<ArchiveFile> all)
    {
        var files = all.Where(f => !f.Path.Split('/').Any(p => p is "__MACOSX" or "__pycache__" || (p[0] == '.' && p.Length > 1))).ToList();
        var marks = files.Where(f => Marks.Contains(NameOf(f.Path), StringComparer.Ordinal));
        var marked = marks.Select(f => FolderOf(f.Path)).Distinct(StringComparer.Ordinal).ToList();
        var folders = marked.Where(folder => !marked.Any(other => other != folder && IsIn(folder, other))).Order(StringComparer.Ordinal).ToList();
        if (folders.Count == 0) throw Unfit(null, $"There is no skill in it: no folder has one of {string.Join(", ", Marks)}.");
        if (folders.Count > Most) throw TooLarge(null, $"It has {folders.Count:N0} skills; at most {Most} are taken at once.");

        IEnumerable<ArchiveFile> Within(string folder) => files.Where(f => IsIn(f.Path, folder)).Select(f => f with { Path = f.Path[Start(folder)..] });
        var skills = folders.Select(folder => OfFolder(folder, [.. Within(folder)])).ToList();
        return skills.GroupBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw Unfit(twice.Last().Folder, $"It is called {twice.Key} like {twice.First().Folder}.")
            : skills;
    }

    static ImportedSkill OfFolder(string folder, IReadOnlyList<ArchiveFile> files) =>
        files.FirstOrDefault(f => f.Path == Provenance.File) is { } provenance && IsOurs(provenance) ? Ours(folder, provenance, files) : Others(folder, files);

    // A file of the same name that somebody else's tool wrote says nothing here.
    static bool IsOurs(ArchiveFile provenance) =>
        provenance.Bytes.Length <= LongestProvenance && JsonEquality.TryParse(Encoding.UTF8.GetString(provenance.Bytes), out var json)
        && json.ValueKind == JsonValueKind.Object && json.TryGetProperty("format", out var format)
        && format.ValueKind == JsonValueKind.String && JsonEquality.TextOf(format).StartsWith("autodev-skill/", StringComparison.Ordinal);

    static ImportedSkill Ours(string folder, ArchiveFile file, IReadOnlyList<ArchiveFile> files)
    {
        string Entry(string path) => folder.Length == 0 ? path : $"{folder}/{path}";
        var claimed = Read(Entry(file.Path), file);
        if (claimed.Format != Provenance.CurrentFormat)
            throw Unfit(Entry(file.Path), $"It is of the form {claimed.Format}; {Provenance.CurrentFormat} is known here.");
        var others = files.Where(f => f.Path != Provenance.File).ToDictionary(f => f.Path, StringComparer.Ordinal);
        foreach (var (path, sum) in claimed.Files ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (!others.TryGetValue(path, out var there)) throw Unfit(Entry(path), "It is missing: the provenance names it.");
            if (SkillPackage.Sha256(there.Bytes) != sum) throw Unfit(Entry(path), "Its checksum is wrong: it was changed after the export.");
        }

        if (others.Keys.FirstOrDefault(path => claimed.Files?.ContainsKey(path) != true) is { } added)
            throw Unfit(Entry(added), "The provenance does not name it: it was added after the export.");
        var module = SkillPackage.ModuleOf(claimed.Package);
        if (!others.TryGetValue(module, out var code)) throw Unfit(Entry(module), "It is missing: it is the skill's code.");
        if (SkillPackage.Sha256(code.Bytes) != claimed.SourceSha256) throw Unfit(Entry(module), "Its checksum is not the source's.");
        var source = SourceOf(Entry(module), code);
        var examples = ExamplesOf(folder, others.Values);
        if (examples.Count != claimed.Examples)
            throw Unfit(Entry(SkillPackage.ExamplesFile), $"It has {examples.Count} examples and the provenance says {claimed.Examples}.");
        return new()
        {
            Kind = OriginKind.AutoDev, Folder = folder, Name = NameFor(Entry(file.Path), claimed.Skill), Source = source,
            Function = PythonSource.Functions(source).FirstOrDefault(f => f.Name == claimed.Function)
                ?? throw Unfit(Entry(module), $"It does not define the function {Words(claimed.Function, "")} at its top level."),
            Description = Words(claimed.Description, claimed.Skill), TaskDescription = Words(claimed.TaskDescription, claimed.Skill), Examples = examples,
            Claimed = claimed with { Files = null }, Notes = NotesOn(examples, []),
        };
    }

    static ImportedSkill Others(string folder, IReadOnlyList<ArchiveFile> files)
    {
        var python = files.Where(f => f.Path.EndsWith(".py", StringComparison.Ordinal) && !IsBeside(f.Path)).ToList();
        var found = new List<(ArchiveFile File, string Source, PythonFunction Function)>();
        foreach (var file in python.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            var source = SourceOf(At(folder, file.Path), file);
            found.AddRange(PythonSource.Functions(source).Where(f => f.Name[0] != '_').Select(f => (file, source, f)));
        }

        if (found.Count == 0) throw Unfit(At(folder, ""), "No public function is at the top level of any of its Python files.");
        if (found.Count > 1)
        {
            var some = string.Join(", ", found.Take(5).Select(f => $"{f.Function.Name} in {f.File.Path}")) + (found.Count > 5 ? ", …" : "");
            throw Unfit(At(folder, ""), $"It has {found.Count} public functions, and which of them is the skill nobody says: {some}.");
        }

        var (code, text, function) = found[0];
        var skillMd = files.FirstOrDefault(f => f.Path == AgentSkill.File) is { } md
            ? AgentSkill.Of(At(folder, md.Path), TextOf(At(folder, md.Path), md))
            : null;
        var examples = ExamplesOf(folder, files);
        var description = Words(skillMd?.Description, function.Name);
        var leftOut = python.Count > 1 ? $", and {python.Count - 1} more Python files were not" : "";
        return new()
        {
            Kind = skillMd is null ? OriginKind.PythonPackage : OriginKind.AgentSkill, Folder = folder,
            Name = NameFor(At(folder, code.Path), skillMd?.Name.Replace('-', '_') ?? function.Name),
            Source = text, Function = function, Description = description, TaskDescription = description, Examples = examples,
            Notes = NotesOn(examples, [$"The code is {code.Path}; nothing else of the folder was taken{leftOut}."]),
        };
    }

    static List<string> NotesOn(IReadOnlyList<Example> examples, IEnumerable<string> more) =>
    [
        examples.Count == 0
            ? "The archive has no examples: nothing shows that it does what it should but your own tests of it."
            : "The examples came with the code, and whoever made it chose them: none is kept back.",
        .. more,
    ];

    static Provenance Read(string entry, ArchiveFile file)
    {
        var json = TextOf(entry, file);
        if (PortableJson.Problem(json, JsonValueKind.Object) is { } problem) throw Unfit(entry, $"It is no portable JSON object: {problem}.");
        try
        {
            return Provenance.Of(json);
        }
        catch (JsonException e)
        {
            throw Unfit(entry, $"It is not of the form {Provenance.CurrentFormat}: {e.Message}");
        }
    }

    static IReadOnlyList<Example> ExamplesOf(string folder, IEnumerable<ArchiveFile> files) =>
        files.FirstOrDefault(f => f.Path is SkillPackage.ExamplesFile or "examples.json") is { } file
            ? Examples.Read(At(folder, file.Path), TextOf(At(folder, file.Path), file))
            : [];

    static string SourceOf(string entry, ArchiveFile file)
    {
        if (file.Bytes.Length > LongestSource) throw TooLarge(entry, $"The source is longer than {LongestSource / 1024} KiB.");
        return TextOf(entry, file).TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
    }

    static string TextOf(string entry, ArchiveFile file)
    {
        try
        {
            var text = Utf8.GetString(file.Bytes);
            return text.Contains('\0', StringComparison.Ordinal) ? throw Unfit(entry, "It has a NUL character.") : text;
        }
        catch (DecoderFallbackException)
        {
            throw Unfit(entry, "It is not UTF-8.");
        }
    }

    static string NameFor(string entry, string name) =>
        SkillName.IsUsable(name) ? name : throw Unfit(
            entry,
            $"A skill cannot be called {Words(name, "nothing")}: its name is a Python name in lower case, not taken, of at most {SkillName.Longest} characters.");

    static string Words(string? text, string instead)
    {
        var line = string.Join(' ', (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        line = string.Concat(line.Where(c => !char.IsControl(c)));
        return line.Length == 0 ? instead : line.Length > LongestWords ? line[..LongestWords] + "…" : line;
    }

    static bool IsBeside(string path) =>
        path.Split('/')[..^1].Any(Beside.Contains) || NameOf(path) is "setup.py" or "conftest.py" || TestFile().IsMatch(NameOf(path));

    static string At(string folder, string path) => folder.Length > 0 ? $"{folder}/{path}" : path.Length > 0 ? path : "/";

    static bool IsIn(string path, string folder) => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal);

    static int Start(string folder) => folder.Length == 0 ? 0 : folder.Length + 1;

    static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    static string FolderOf(string path) => path.LastIndexOf('/') is var at and > 0 ? path[..at] : "";

    [GeneratedRegex(@"^(test_.*|.*_test)\.py\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TestFile();
}

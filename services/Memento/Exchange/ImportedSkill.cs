using System.Security.Cryptography;
using System.Text;
using AutoDev.Memento.Candidates;

namespace AutoDev.Memento.Exchange;

/// <summary>A skill as an archive has it: code that nobody here wrote, and what is claimed of it.</summary>
sealed record ImportedSkill
{
    /// <summary>See <see cref="OriginKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its folder in the archive; empty for the archive itself.</summary>
    public required string Folder { get; init; }

    /// <summary>What it is to be called in the catalog.</summary>
    public required string Name { get; init; }

    public required PythonFunction Function { get; init; }

    public required string Source { get; init; }

    public required string Description { get; init; }

    public required string TaskDescription { get; init; }

    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>What the archive says of where it comes from.</summary>
    public Provenance? Claimed { get; init; }

    /// <summary>What a reviewer should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Of all that makes it this skill and no other, however it is packed.</summary>
    public string ContentSha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\0', [Name, Function.Name, Description, TaskDescription, Source, .. Examples.SelectMany(e => new[] { e.InputJson, e.ExpectedJson })]))));
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.Memento.Exchange;

/// <summary>Where an exported skill comes from, as its <c>provenance.json</c> says. In an archive that comes in, all of it is a claim.</summary>
sealed record Provenance
{
    /// <summary>The archive's form. Another form is another word.</summary>
    public const string CurrentFormat = "autodev-skill/1";

    public const string File = "provenance.json";

    public required string Format { get; init; }

    public required string Workspace { get; init; }

    public required string Skill { get; init; }

    public required string Version { get; init; }

    public string? ParentVersion { get; init; }

    /// <summary>The package to import.</summary>
    public required string Package { get; init; }

    /// <summary>The function to call.</summary>
    public required string Function { get; init; }

    public required string Description { get; init; }

    /// <summary>The task that it was learned for.</summary>
    public required string TaskDescription { get; init; }

    public Guid? CandidateId { get; init; }

    /// <summary>The agent whose failures it was learned from; absent where it was imported itself.</summary>
    public string? AgentId { get; init; }

    public required string ApprovedBy { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>What wrote it: <c>by-example</c>, a model's name, or <c>import</c>.</summary>
    public string? Generator { get; init; }

    /// <summary>How many examples are in it.</summary>
    public required int Examples { get; init; }

    /// <summary>How many are not, since they are too long for an archive.</summary>
    public int ExamplesLeftOut { get; init; }

    public required string SourceSha256 { get; init; }

    /// <summary>SHA-256 of every other file of the folder, by its path.</summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <exception cref="JsonException">It is not of this form.</exception>
    public static Provenance Of(string json) => JsonSerializer.Deserialize<Provenance>(json, Json) ?? throw new JsonException("it is null");
}

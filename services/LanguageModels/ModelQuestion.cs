using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using Microsoft.Extensions.AI;

namespace AutoDev.LanguageModels;

/// <summary>One question to a workspace's model.</summary>
public sealed record ModelQuestion
{
    /// <summary>The tenant, whose cap it counts against.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Whom to ask.</summary>
    public required ModelProvider Model { get; init; }

    /// <summary>On what ground.</summary>
    public required Capability Capability { get; init; }

    /// <summary>On whose behalf.</summary>
    public required string AgentId { get; init; }

    /// <summary>For what: <c>candidate:{id}</c> or <c>experiment:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What is said to the model.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The JSON schema of the answer. Providers are held to it where they can be; the answer is to be checked all the same.</summary>
    public required JsonElement Schema { get; init; }

    // Providers put words of their own around a question, and more where it has a schema.
    const int OwnWords = 1000;

    /// <summary>The most tokens that it can be: none is shorter than a byte.</summary>
    internal long MostTokens() => Messages.Sum(m => Encoding.UTF8.GetByteCount(m.Text)) + Encoding.UTF8.GetByteCount(Schema.GetRawText()) + OwnWords;
}

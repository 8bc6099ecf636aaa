using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Activities;

/// <summary>One thing that happened in a workspace, in words. What was recorded once stays as it is.</summary>
public sealed record ActivityEntry
{
    /// <summary>Made of the message's name and the domain's own ids, so that the same fact said twice is one entry.</summary>
    public required string Id { get; init; }

    /// <summary>When it happened, by the message's own account.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The feed is ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(At, Id);

    /// <summary>The service that said it.</summary>
    public required string Service { get; init; }

    /// <summary>The message, such as <c>SkillCandidateApproved</c>.</summary>
    public required string Message { get; init; }

    /// <summary>What a person reads. May hold hostile text: shown as text only.</summary>
    public required string Words { get; init; }

    public required Tone Tone { get; init; }

    /// <summary>
    /// What it is about: <c>episode:{id}</c>, <c>pattern:{id}</c>, <c>candidate:{id}</c>, <c>run:{id}</c>, <c>skill:{name}@{version}</c>. Two entries with a subject in
    /// common belong to the same loop.
    /// </summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    public string? AgentId { get; init; }

    /// <summary>The bus's conversation, where the message came with one.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The W3C trace id.</summary>
    public string? TraceId { get; init; }
}

/// <summary>How an entry is meant. Always told in words too.</summary>
public enum Tone
{
    Neutral,
    Good,
    Bad,
    Attention,
}

using System.Text.Json;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Ids are given by those who ask; only together with these they are one's own.</summary>
readonly record struct RequestKey(string WorkspaceId, string Kind, Guid Id);

/// <summary>A request that waits for its turn or runs. It is gone, source and inputs with it, when it is answered.</summary>
sealed record QueuedRequest
{
    /// <summary>Its number in the queue.</summary>
    public long Number { get; init; }

    /// <summary>The request's own id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who runs it: the name of an <see cref="IRequestKind"/>.</summary>
    public required string Kind { get; init; }

    public required string WorkspaceId { get; init; }

    public required string RequestedBy { get; init; }

    public required Guid SubjectId { get; init; }

    public required string FunctionName { get; init; }

    /// <summary>How many inputs there are.</summary>
    public required int Inputs { get; init; }

    /// <summary>The request itself, as JSON.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Goes on in the answer.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The trace that asked.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When it was written down.</summary>
    public DateTimeOffset QueuedAt { get; init; }

    /// <summary>When an instance took it.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How many instances died while they ran it.</summary>
    public int Losses { get; init; }

    /// <summary>How often an engine refused it.</summary>
    public int Refusals { get; init; }

    /// <summary>When an engine refused it first.</summary>
    public DateTimeOffset? RefusedAt { get; init; }

    public RequestKey Key => new(WorkspaceId, Kind, Id);

    public T Read<T>() => JsonSerializer.Deserialize<T>(Body)!;
}

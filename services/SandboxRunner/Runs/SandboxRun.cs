using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>One run and its answer. The source and the inputs are not kept: they belong to the service that asked.</summary>
public sealed record SandboxRun
{
    /// <summary>The request's <c>RunId</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The service that asked, by its word.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>What was run.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>The function that was called.</summary>
    public required string FunctionName { get; init; }

    /// <summary>How many inputs there were.</summary>
    public required int Inputs { get; init; }

    /// <summary>The answer's status.</summary>
    public required string Status { get; init; }

    /// <summary>When the request came; not known of older runs.</summary>
    public DateTimeOffset? QueuedAt { get; init; }

    /// <summary>When its last try began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>What was answered, and is answered again to a repeated request.</summary>
    public required SandboxRunCompleted Answer { get; init; }

    /// <summary>The record of a request and its answer.</summary>
    public static SandboxRun Of(RunInSandbox request, SandboxRunCompleted answer, DateTimeOffset queuedAt, DateTimeOffset startedAt) => new()
    {
        Id = request.RunId, RequestedBy = request.RequestedBy, SubjectId = request.SubjectId,
        FunctionName = HostileText.Short(request.FunctionName), Inputs = request.Inputs.Count,
        Status = answer.Status, QueuedAt = queuedAt, StartedAt = startedAt, CompletedAt = answer.CompletedAt, Answer = answer,
    };
}

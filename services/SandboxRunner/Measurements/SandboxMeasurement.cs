using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.SandboxRunner.Measurements;

/// <summary>A paired measurement's answer, which is answered again to a repeated request. The sources and inputs are not kept.</summary>
sealed record SandboxMeasurement
{
    /// <summary>The request's <c>MeasurementId</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>What was answered.</summary>
    public required SandboxMeasured Answer { get; init; }

    /// <summary>The record of an answer.</summary>
    public static SandboxMeasurement Of(SandboxMeasured answer) => new() { Id = answer.MeasurementId, CompletedAt = answer.CompletedAt, Answer = answer };
}

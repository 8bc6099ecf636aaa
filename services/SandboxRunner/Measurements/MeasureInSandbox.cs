using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using AutoDev.SandboxRunner.Runs;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Measurements;

/// <summary>Writes a measurement down, to be made in its turn, and answers one that was answered before.</summary>
sealed class MeasureInSandboxConsumer(IDocumentSession session, RequestQueue queue, IOptions<SandboxOptions> options, TimeProvider clock) : IConsumer<MeasureInSandbox>
{
    public async Task Consume(ConsumeContext<MeasureInSandbox> context)
    {
        var request = context.Message;
        if (string.IsNullOrWhiteSpace(request.WorkspaceId) || request.MeasurementId == Guid.Empty)
            throw new InvalidMessageException("A measurement needs a workspace and an id");
        if (request is { Original: null } or { FunctionName: null } or { Variants: null } or { Inputs: null } || request.Variants.Contains(null) || request.Inputs.Contains(null))
            throw new InvalidMessageException("A measurement needs an original, variants, a function's name and inputs");
        if (await session.LoadAsync<SandboxMeasurement>(request.MeasurementId, context.CancellationToken) is { } known)
        {
            await context.Publish(known.Answer);
            return;
        }

        if (Problem(request, RunLimits.Of(request.Limits, options.Value)) is { } problem)
        {
            var answer = MeasurementKind.NotMeasured(request, "invalid_request", problem, clock.GetUtcNow());
            session.Insert(SandboxMeasurement.Of(answer));
            await context.Publish(answer);
            return;
        }

        queue.Enqueue(session, MeasurementKind.Queued(request, context.ConversationId));
    }

    const int MostVariants = 8;

    /// <summary>Pure: what is wrong with a request; <c>null</c> if it can be measured.</summary>
    internal static string? Problem(MeasureInSandbox request, RunLimits limits)
    {
        if (request.Variants.Count is 0 or > MostVariants) return $"There must be 1 to {MostVariants} variants, not {request.Variants.Count}";
        if (request.Inputs.Count == 0) return "There must be at least one input";
        if (request.BudgetSeconds is { } budget && !(budget is > 0 and <= 300)) return "The budget must be above 0 and at most 300 seconds";
        if (request.TargetWidth is { } width && !(width is > 0 and <= 1)) return "The target width must be above 0 and at most 1";
        if (request.Confidence is { } confidence && !(confidence is >= 0.5 and <= 0.999)) return "The confidence must be from 0.5 to 0.999";
        return request.Variants.Prepend(request.Original).Select(source => RunRequest.Find(source, request.FunctionName, request.Inputs, limits)?.What)
            .FirstOrDefault(wrong => wrong is not null);
    }
}

/// <summary>As with runs.</summary>
sealed class MeasureInSandboxDefinition : ConsumerDefinition<MeasureInSandboxConsumer>
{
    const int AtOnce = 8;

    public MeasureInSandboxDefinition() => ConcurrentMessageLimit = AtOnce;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<MeasureInSandboxConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.PrefetchCount = AtOnce;
}

using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Writes a request down, to be run in its turn, and answers one that was answered before.</summary>
sealed class RunInSandboxConsumer(IDocumentSession session, RequestQueue queue, IOptions<SandboxOptions> options, TimeProvider clock) : IConsumer<RunInSandbox>
{
    public async Task Consume(ConsumeContext<RunInSandbox> context)
    {
        var request = context.Message;
        if (string.IsNullOrWhiteSpace(request.WorkspaceId) || request.RunId == Guid.Empty)
            throw new InvalidMessageException("A run needs a workspace and an id");
        if (request.Source is null || request.FunctionName is null || request.Inputs is null || request.Inputs.Contains(null))
            throw new InvalidMessageException("A run needs a source, a function's name and inputs");
        if (await session.LoadAsync<SandboxRun>(request.RunId, context.CancellationToken) is { } known)
        {
            await context.Publish(known.Answer);
            return;
        }

        if (RunRequest.Problem(request, RunLimits.Of(request.Limits, options.Value)) is { } problem)
        {
            var now = clock.GetUtcNow();
            var answer = Verdict.NotRun(request, "invalid_request", problem, now);
            session.Insert(SandboxRun.Of(request, answer, now, now));
            await context.Publish(answer);
            return;
        }

        queue.Enqueue(session, RunKind.Queued(request, context.ConversationId));
    }
}

/// <summary>Writing down is quick, and what is written down is shared fairly; in the broker's queue it is not.</summary>
sealed class RunInSandboxDefinition : ConsumerDefinition<RunInSandboxConsumer>
{
    const int AtOnce = 32;

    public RunInSandboxDefinition() => ConcurrentMessageLimit = AtOnce;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<RunInSandboxConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.PrefetchCount = AtOnce; // a request may have 16 MiB
}

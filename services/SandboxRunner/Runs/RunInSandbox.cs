using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Runs a request once and answers it as often as it is asked.</summary>
sealed class RunInSandboxConsumer(
    ISandboxEngine engine, IDocumentSession session, IOptions<SandboxOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime,
    ILogger<RunInSandboxConsumer> logger) : IConsumer<RunInSandbox>
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

        var startedAt = clock.GetUtcNow();
        var limits = RunLimits.Of(request.Limits, options.Value);
        var answer = RunRequest.Problem(request, limits) is { } problem
            ? Verdict.NotRun(request, "invalid_request", problem, clock.GetUtcNow())
            : await Run(request, limits, context.CancellationToken);

        // Inserted, not upserted: of two requests with one id that run at once the second fails here and then finds the first one's answer.
        session.Insert(SandboxRun.Of(request, answer, startedAt));
        await context.Publish(answer);
        RunMetrics.Record(answer, startedAt);
        logger.LogInformation("Run {Run} for {RequestedBy} {Status} in {Elapsed} ms", request.RunId, request.RequestedBy, answer.Status,
            (long)(answer.CompletedAt - startedAt).TotalMilliseconds);
    }

    async Task<SandboxRunCompleted> Run(RunInSandbox request, RunLimits limits, CancellationToken cancellation)
    {
        // A service that stops does not wait for code that may take minutes; the request stays in the queue.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        var job = new SandboxJob(request.RunId, request.WorkspaceId, request.Source, request.FunctionName, request.Inputs, limits);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var outcome = await engine.RunAsync(job, progress: null, stopping.Token);
                return Verdict.Of(request, outcome, limits, clock.GetUtcNow());
            }
            catch (SandboxUnavailableException e) when (attempt < options.Value.UnavailableRetries)
            {
                var pause = TimeSpan.FromSeconds(options.Value.UnavailablePauseSeconds * (1 << attempt));
                logger.LogWarning("Run {Run} waits {Pause} for the sandbox: {Reason}", request.RunId, pause, e.Message);
                await Task.Delay(pause, clock, stopping.Token);
            }
            catch (SandboxUnavailableException e)
            {
                logger.LogError("Run {Run} ends without a sandbox: {Reason}", request.RunId, e.Message);
                return Verdict.NotRun(request, "sandbox_unavailable", e.Message, clock.GetUtcNow());
            }
        }
    }
}

/// <summary>As many runs at once as the machine has processors, or as the setting says; the rest waits in the queue for whichever instance is free.</summary>
sealed class RunInSandboxDefinition : ConsumerDefinition<RunInSandboxConsumer>
{
    readonly int _concurrency;

    public RunInSandboxDefinition(IOptions<SandboxOptions> options)
    {
        _concurrency = options.Value.Concurrency is > 0 and var set ? set : Environment.ProcessorCount;
        ConcurrentMessageLimit = _concurrency;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<RunInSandboxConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.PrefetchCount = _concurrency;
}

/// <summary>What a request must be.</summary>
static partial class RunRequest
{
    const int MaxSourceBytes = 256 << 10;
    const int MaxInputs = 1000;
    const int MaxInputBytes = 16 << 20;

    /// <summary>What is wrong with a request; <c>null</c> if it can run.</summary>
    public static string? Problem(RunInSandbox request, RunLimits limits)
    {
        if (Encoding.UTF8.GetByteCount(request.Source) > MaxSourceBytes) return $"The source is larger than {MaxSourceBytes >> 10} KiB";
        if (!PythonName().IsMatch(request.FunctionName)) return "The function's name is not a Python name";
        if (request.Inputs.Count > MaxInputs) return $"There are {request.Inputs.Count} inputs; {MaxInputs} are the most";
        if (request.Inputs.Sum(input => (long)input.Length) > MaxInputBytes) return $"The inputs are larger than {MaxInputBytes >> 20} MiB together";
        for (var i = 0; i < request.Inputs.Count; i++)
            if (PortableJson.Problem(request.Inputs[i], JsonValueKind.Object) is { } wrong) return $"Input {i + 1} is not a JSON object: {wrong}";
        if (!(limits.TimeoutSeconds > 0)) return "The timeout must be above 0 seconds";
        if (limits.MemoryMb < RunLimits.LeastMemoryMb) return $"The memory must be at least {RunLimits.LeastMemoryMb} MiB";
        if (!(limits.Cpus >= 0.05)) return "The processors must be at least 0.05";
        if (limits.Pids < RunLimits.LeastPids) return $"The processes must be at least {RunLimits.LeastPids}";
        return limits.OutputBytes < 0 ? "The output cannot be less than 0 bytes" : null;
    }

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_]{0,99}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PythonName();
}

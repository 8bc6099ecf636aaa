using AutoDev.SandboxRunner.Engine;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Persistence;
using JasperFx;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;
using System.Diagnostics;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Brings one request that this instance owns to its end: answered, or given back.</summary>
sealed class RequestRunner(
    IServiceProvider services, IEnumerable<IRequestKind> kinds, RequestQueue queue, InstancePresence presence, EngineWatch engine, LiveRequests live,
    IOptions<SandboxOptions> options, TimeProvider clock, ILogger<RequestRunner> logger)
{
    const int MostLosses = 3;

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan DatabasePause = TimeSpan.FromSeconds(1);

    /// <summary>Ends when the request is answered or waits again.</summary>
    /// <param name="request">The request.</param>
    /// <param name="over">Called when it needs the engine no longer.</param>
    /// <param name="stop">The service stops.</param>
    public async Task RunAsync(QueuedRequest request, Action over, CancellationToken stop)
    {
        var begun = clock.GetTimestamp();
        QueueMetrics.Started(request);
        using var running = live.Begin(request, stop);
        using var activity = Telemetry.ContinueTrace(request.TraceParent, $"sandbox {request.Kind}", ActivityKind.Consumer);
        activity?.SetTag("autodev.sandbox.inputs", request.Inputs).SetTag("autodev.sandbox.queue.wait", (request.StartedAt - request.QueuedAt).TotalSeconds);
        try
        {
            var answered = await TryAsync(request, running);
            over();
            if (answered is not null) await AnswerAsync(request, answered, begun, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // A service that stops does not wait for code that may take minutes.
            await queue.ReleaseAsync(request.Number, presence.Key);
        }
        catch (OperationCanceledException)
        {
            logger.LogInformation("Run {Run} was cancelled", request.Id);
            await queue.ReleaseAsync(request.Number, presence.Key); // whoever cancelled it has removed it; should that not be so, it waits again
        }
    }

    /// <summary>Answers a request without running it.</summary>
    public Task EndUnavailableAsync(QueuedRequest request, string reason, CancellationToken stop)
    {
        logger.LogError("Run {Run} ends without a sandbox: {Reason}", request.Id, reason);
        return AnswerAsync(request, KindOf(request).Unavailable(request, reason), clock.GetTimestamp(), stop);
    }

    async Task<Answered?> TryAsync(QueuedRequest request, LiveRequest running)
    {
        if (request.Losses >= MostLosses)
            return KindOf(request).Unavailable(request, $"{request.Losses} instances of the service came to an end while they ran it");
        try
        {
            return await KindOf(request).RunAsync(request, running, running.Cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (e is not SandboxUnavailableException) logger.LogError(e, "Run {Run} failed", request.Id);
            QueueMetrics.RefusedOne();
            var reason = e is SandboxUnavailableException ? e.Message : $"The sandbox failed: {e.GetType().Name}";
            if (request.RefusedAt is { } first && request.StartedAt - first >= TimeSpan.FromSeconds(options.Value.UnavailableSeconds))
            {
                logger.LogError("Run {Run} ends without a sandbox: {Reason}", request.Id, reason);
                return KindOf(request).Unavailable(request, reason);
            }

            var pause = PauseAfter(request.Refusals, options.Value);
            logger.LogWarning("Run {Run} waits {Pause} for the sandbox: {Reason}", request.Id, pause, reason);
            await queue.RefuseAsync(request.Number, presence.Key, pause);
            await engine.CheckAsync(running.Cancellation);
            return null;
        }
    }

    /// <summary>Pure: each pause is twice as long as the one before, up to half a minute.</summary>
    internal static TimeSpan PauseAfter(int refusals, SandboxOptions options)
    {
        var pause = TimeSpan.FromSeconds(options.UnavailablePauseSeconds * (1L << Math.Min(refusals, 20)));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>What is kept and said and the end of waiting commit together. A database that is away is waited for: the result exists only here.</summary>
    async Task AnswerAsync(QueuedRequest request, Answered answered, long begun, CancellationToken stop)
    {
        Activity.Current?.SetTag("autodev.sandbox.status", answered.Status);
        if (answered.Status == "sandbox_unavailable") Activity.Current?.SetStatus(ActivityStatusCode.Error, answered.Status);
        for (var storable = true; ;)
        {
            try
            {
                await CommitAsync(request, answered);
                var elapsed = clock.GetElapsedTime(begun);
                QueueMetrics.Ended(request, answered.Status, elapsed);
                logger.LogInformation(
                    "Run {Run} for {RequestedBy} {Status} in {Elapsed} ms", request.Id, request.RequestedBy, answered.Status, (long)elapsed.TotalMilliseconds);
                return;
            }
            catch (DocumentAlreadyExistsException)
            {
                logger.LogInformation("Run {Run} was answered before", request.Id);
                await RemoveAsync(request);
                return;
            }
            catch (Exception e) when ((e as NpgsqlException ?? e.InnerException as NpgsqlException) is { IsTransient: true })
            {
                logger.LogWarning("The answer to run {Run} waits for the database: {Reason}", request.Id, e.Message);
                await Task.Delay(DatabasePause, clock, stop);
            }
            catch (Exception e) when (storable && e is not OperationCanceledException)
            {
                logger.LogError(e, "The answer to run {Run} cannot be stored", request.Id);
                answered = KindOf(request).Unavailable(request, "The answer cannot be stored");
                storable = false;
            }
        }
    }

    async Task CommitAsync(QueuedRequest request, Answered answered)
    {
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = request.WorkspaceId;
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        session.InsertObjects([answered.Document]);
        queue.Remove(session, request.Number);
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(
            answered.Message, answered.Message.GetType(),
            Pipe.Execute<PublishContext>(context => context.ConversationId = request.ConversationId ?? context.ConversationId));
        await session.SaveChangesAsync();
    }

    async Task RemoveAsync(QueuedRequest request)
    {
        await using var session = services.GetRequiredService<IDocumentStore>().LightweightSession(request.WorkspaceId);
        queue.Remove(session, request.Number);
        await session.SaveChangesAsync();
    }

    IRequestKind KindOf(QueuedRequest request) => kinds.First(kind => kind.Name == request.Kind);
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using AutoDev.Contracts.Ingest;
using AutoDev.ServiceDefaults.Messaging;
using RabbitMQ.Client;

namespace AutoDev.Loop.Tests.Faults;

static class PlainJson
{
    public static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <summary>Sends as a good agent does: with confirms, and the same message again for as long as it is in doubt.</summary>
sealed class GoodAgent(Fleet fleet, Plan plan, Progress progress, int perSecond) : IAsyncDisposable
{
    const int Workers = 24;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Tick = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim _connecting = new(1);
    readonly ConcurrentDictionary<HttpStatusCode, int> _answers = new();
    IConnection? _connection;
    IChannel? _channel;
    int _again;

    /// <summary>Sends that were in doubt and done again.</summary>
    public int SentAgain => _again;

    /// <summary>Answers over HTTP that were no success.</summary>
    public IReadOnlyDictionary<HttpStatusCode, int> Answers => _answers;

    /// <summary>Sends the whole plan at its pace; what waits for a step of its task comes as soon as it may.</summary>
    public async Task SendAllAsync(CancellationToken cancellation)
    {
        var due = Channel.CreateBounded<Func<Task>>(Workers);
        var workers = Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            await foreach (var send in due.Reader.ReadAllAsync(cancellation)) await send();
        }, cancellation)).ToList();

        var poisons = new Queue<Poison>(plan.Poisons);
        var waiting = new LinkedList<Report>();
        var stream = plan.Stream.GetEnumerator();
        var more = stream.MoveNext();
        using var pace = new PeriodicTimer(Tick);
        while (more || waiting.Count > 0)
        {
            var budget = Math.Max(1, (int)(perSecond * Tick.TotalSeconds));
            for (var node = waiting.First; node is not null && budget > 0;)
            {
                var (report, next) = (node.Value, node.Next);
                if (progress.Has(report.Task!, report.After!.Value))
                {
                    waiting.Remove(node);
                    await due.Writer.WriteAsync(() => SendAsync(report, cancellation), cancellation);
                    budget--;
                }

                node = next;
            }

            for (; more && budget > 0; more = stream.MoveNext())
            {
                var report = stream.Current;
                if (report.After is { } step && !progress.Has(report.Task!, step))
                {
                    waiting.AddLast(report);
                    continue;
                }

                await due.Writer.WriteAsync(() => SendAsync(report, cancellation), cancellation);
                budget--;
                if (poisons.Count > 0 && progress.Sent > plan.Stream.Count * (plan.Poisons.Count - poisons.Count + 1) / (plan.Poisons.Count + 2))
                {
                    var poison = poisons.Dequeue();
                    await due.Writer.WriteAsync(() => PublishAsync(poison.RoutingKey, poison.Body, cancellation), cancellation);
                }
            }

            if (workers.Find(w => w.IsFaulted) is { } failed) await failed;
            await pace.WaitForNextTickAsync(cancellation);
        }

        foreach (var poison in poisons) await due.Writer.WriteAsync(() => PublishAsync(poison.RoutingKey, poison.Body, cancellation), cancellation);
        due.Writer.Complete();
        await Task.WhenAll(workers);
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        _connecting.Dispose();
    }

    async Task SendAsync(Report report, CancellationToken cancellation)
    {
        var body = report.Body is FitnessSignalReport { Subject: "" } signal ? signal with { Subject = $"candidate:{progress.CandidateOf(report.Task!)}" } : report.Body;
        if (report.OverHttp) await PostAsync(report, body, cancellation);
        else await PublishAsync(RoutingKey(body), JsonSerializer.SerializeToUtf8Bytes(body, PlainJson.Options), cancellation);
        progress.CountSent();
    }

    async Task PostAsync(Report report, object body, CancellationToken cancellation)
    {
        var (service, path) = body switch
        {
            EpisodeReport => ("reflection", "episodes"),
            SkillExecutionReport => ("reflection", "executions"),
            _ => ("fitness", "signals"),
        };
        while (true)
        {
            try
            {
                var (status, answer, _) = await fleet.AskAsync(HttpMethod.Post, service, $"workspaces/{report.Workspace}/{path}", body);
                if (status < HttpStatusCode.BadRequest) return;
                _answers.AddOrUpdate(status, 1, (_, count) => count + 1);
                if (status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict && path == "signals")
                    throw new InvalidOperationException($"{service} refused {report.Id}: {status} {answer}");
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
            {
                // in doubt: the same again
            }

            Interlocked.Increment(ref _again);
            await Task.Delay(Tick, cancellation);
        }
    }

    async Task PublishAsync(string routingKey, byte[] body, CancellationToken cancellation)
    {
        // One id however often it is sent; half of the agents set none, and the bytes say that it is the same.
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json" };
        if (body.Length % 2 == 0) properties.MessageId = new Guid(System.Security.Cryptography.SHA256.HashData(body).AsSpan(16)).ToString();
        while (true)
        {
            IChannel? channel = null;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(Patience);
                channel = await ChannelAsync(limit.Token);
                await channel.BasicPublishAsync(Bus.IngestExchange, routingKey, mandatory: true, properties, body, limit.Token);
                return;
            }
            catch (Exception) when (!cancellation.IsCancellationRequested)
            {
                if (channel is not null && ReferenceEquals(channel, _channel)) await DisconnectAsync();
            }

            Interlocked.Increment(ref _again);
            await Task.Delay(Tick * 4, cancellation);
        }
    }

    async Task<IChannel> ChannelAsync(CancellationToken cancellation)
    {
        if (_channel is { IsOpen: true } open) return open;
        await _connecting.WaitAsync(cancellation);
        try
        {
            if (_channel is { IsOpen: true } meanwhile) return meanwhile;
            _connection = await new ConnectionFactory { Uri = fleet.ThroughLink(fleet.Agents), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancellation);
            return _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellation);
        }
        finally
        {
            _connecting.Release();
        }
    }

    async Task DisconnectAsync()
    {
        var connection = Interlocked.Exchange(ref _connection, null);
        _channel = null;
        if (connection is null) return;
        try
        {
            await connection.AbortAsync();
            await connection.DisposeAsync();
        }
        catch (Exception e) when (e is RabbitMQ.Client.Exceptions.AlreadyClosedException or IOException or ObjectDisposedException)
        {
            // it was broken already
        }
    }

    static string RoutingKey(object body) => body switch
    {
        EpisodeReport { Outcome: "success" } => "episode.succeeded",
        EpisodeReport => "episode.failed",
        SkillExecutionReport => "skill.executed",
        _ => "fitness.signal",
    };
}

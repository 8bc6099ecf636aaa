using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AutoDev.Loop.Bench;

/// <summary>Hears what the services say, by a queue of its own that ends with it, and says what agents and external systems say.</summary>
sealed class Heard : IAsyncDisposable
{
    static readonly string[] Messages =
    [
        "Reflection:FailurePatternDetected", "Reflection:SkillExecuted", "Memento:SkillCandidateProposed", "Memento:SkillCandidateGenerationFailed", "Memento:SkillCandidateValidated",
        "Memento:SkillCandidateValidationFailed", "Memento:SkillPublished", "Evolver:MutationCompleted", "Evolver:ExperimentEnded", "Fitness:FitnessScored",
    ];

    readonly IConnection _listening, _sending;
    readonly IChannel _ear, _mouth;
    readonly ConcurrentDictionary<string, TaskCompletionSource<Event>> _events = new(StringComparer.Ordinal);
    long _reports;

    Heard(IConnection listening, IChannel ear, IConnection sending, IChannel mouth) => (_listening, _ear, _sending, _mouth) = (listening, ear, sending, mouth);

    /// <summary>Reports that the broker has confirmed.</summary>
    public long Reports => Interlocked.Read(ref _reports);

    public static async Task<Heard> StartAsync(Uri broker, Uri asAgent)
    {
        var listening = await new ConnectionFactory { Uri = broker, ClientProvidedName = "bench loop: ear" }.CreateConnectionAsync();
        var ear = await listening.CreateChannelAsync();
        var sending = await new ConnectionFactory { Uri = asAgent, ClientProvidedName = "bench loop: mouth" }.CreateConnectionAsync();
        var mouth = await sending.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var heard = new Heard(listening, ear, sending, mouth);
        var queue = (await ear.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true)).QueueName;
        foreach (var message in Messages) await ear.QueueBindAsync(queue, $"AutoDev.Contracts.{message}", "");
        var consumer = new AsyncEventingBasicConsumer(ear);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            heard.Hear(Stopwatch.GetTimestamp(), delivery.Body);
            return Task.CompletedTask;
        };
        await ear.BasicConsumeAsync(queue, autoAck: true, consumer);
        return heard;
    }

    /// <summary>The event of this key, whenever it comes or came.</summary>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public async Task<Event> WaitAsync(string key, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await _events.GetOrAdd(key, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(patience, cancellation);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no {key[..key.IndexOf(' ', StringComparison.Ordinal)]}", e);
        }
        finally
        {
            _events.TryRemove(key, out _);
        }
    }

    /// <summary>Publishes plain JSON as an agent does; returns on the broker's confirm.</summary>
    public async Task SayAsync(string routingKey, object report, CancellationToken cancellation)
    {
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json" };
        await _mouth.BasicPublishAsync("autodev.ingest", routingKey, mandatory: true, properties, JsonSerializer.SerializeToUtf8Bytes(report), cancellation);
        Interlocked.Increment(ref _reports);
    }

    public async ValueTask DisposeAsync()
    {
        await _ear.DisposeAsync();
        await _mouth.DisposeAsync();
        await _listening.DisposeAsync();
        await _sending.DisposeAsync();
    }

    void Hear(long at, ReadOnlyMemory<byte> body)
    {
        using var envelope = JsonDocument.Parse(body);
        var (type, message) = (envelope.RootElement.GetProperty("messageType")[0].GetString()!, envelope.RootElement.GetProperty("message"));
        string Text(string property) => message.GetProperty(property).GetString()!;
        var key = type[(type.LastIndexOf(':') + 1)..] switch
        {
            "FailurePatternDetected" => $"pattern {Text("agentId")}",
            "SkillCandidateProposed" or "SkillCandidateGenerationFailed" => $"candidate {Text("patternId")} {Text("skillName")}",
            "SkillCandidateValidated" or "SkillCandidateValidationFailed" => $"proof {Text("candidateId")}",
            "SkillPublished" => message.TryGetProperty("mutationId", out var mutation) && mutation.ValueKind == JsonValueKind.String ? $"version {mutation.GetString()}" : $"version {Text("candidateId")}",
            "SkillExecuted" => $"execution {Text("executionId")}",
            "FitnessScored" => $"score {Text("workspaceId")} {Text("subject")}",
            "MutationCompleted" or "ExperimentEnded" => $"mutation {Text("workspaceId")} {Text("skillName")}",
            _ => "",
        };
        if (key.StartsWith("candidate ", StringComparison.Ordinal) && !key.Contains(Guid.Empty.ToString(), StringComparison.Ordinal)) key = key[..key.LastIndexOf(' ')];

        // What nobody may wait for is not kept: executions and scores are many.
        var waits = key.StartsWith("execution ", StringComparison.Ordinal) || key.StartsWith("score ", StringComparison.Ordinal)
            ? _events.GetValueOrDefault(key)
            : _events.GetOrAdd(key, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        waits?.TrySetResult(new(at, type, message.Clone()));
    }
}

/// <summary>Something that a service said.</summary>
/// <param name="At">When it was heard here.</param>
/// <param name="Type">Its urn.</param>
/// <param name="Message">What it says.</param>
sealed record Event(long At, string Type, JsonElement Message)
{
    public string Text(string property) => Message.GetProperty(property).GetString()!;

    public bool Is(string name) => Type.EndsWith($":{name}", StringComparison.Ordinal);
}

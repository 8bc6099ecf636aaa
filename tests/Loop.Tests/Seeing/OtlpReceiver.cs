using System.Collections.Concurrent;
using AutoDev.Loop.Tests.Seeing.Otlp;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoDev.Loop.Tests.Seeing;

/// <summary>A span as a service sent it.</summary>
public sealed record ReceivedSpan(
    string Service, string TraceId, string Id, string ParentId, string Name, int Kind, int Status, IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<(string TraceId, string SpanId)> Links);

/// <summary>Takes what the services export over OTLP, as a collector would.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    readonly WebApplication _server;
    readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    readonly ConcurrentDictionary<string, bool> _tracesOfLogs = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> _found = new(StringComparer.Ordinal);
    readonly ConcurrentBag<string> _unwanted = [];
    readonly ConcurrentDictionary<Recording, bool> _recordings = new();

    OtlpReceiver(WebApplication server) => _server = server;

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Address => _server.Urls.First();

    /// <summary>Everything that came so far.</summary>
    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary>Traces to which lines of the log belong.</summary>
    public ICollection<string> TracesOfLogs => _tracesOfLogs.Keys;

    /// <summary>Which of <see cref="MustNotCome"/> came all the same, and in what.</summary>
    public ICollection<string> Found => _found.Keys;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var receiver = new OtlpReceiver(builder.Build());
        receiver._server.Urls.Add("http://127.0.0.1:0");
        receiver._server.MapPost("/v1/{signal}", receiver.TakeAsync);
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>A text that no span, no figure and no line of a log may have.</summary>
    public void MustNotCome(string text) => _unwanted.Add(text);

    /// <summary>Keeps all that comes, until it is disposed of.</summary>
    public Recording Record()
    {
        var recording = new Recording(ended => _recordings.TryRemove(ended, out _));
        _recordings[recording] = true;
        return recording;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task TakeAsync(string signal, HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var bytes = body.ToArray();
        foreach (var recording in _recordings.Keys) recording.Keep(signal, bytes);
        foreach (var text in _unwanted.Where(text => bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0)) _found[$"{text} in {signal}"] = true;
        if (signal == "traces") Take(TracesData.Parser.ParseFrom(bytes));
        if (signal == "logs") Take(LogsData.Parser.ParseFrom(bytes));
    }

    void Take(TracesData data)
    {
        foreach (var (service, span) in data.ResourceSpans.SelectMany(r => r.ScopeSpans.SelectMany(s => s.Spans), (r, span) => (ServiceOf(r.Resource), span)))
        {
            _spans.Enqueue(new(
                service, Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), span.Name, span.Kind, span.Status?.Code ?? 0,
                span.Attributes.ToDictionary(a => a.Key, a => TextOf(a.Value), StringComparer.Ordinal), [.. span.Links.Select(l => (Hex(l.TraceId), Hex(l.SpanId)))]));
        }
    }

    void Take(LogsData data)
    {
        foreach (var line in data.ResourceLogs.SelectMany(r => r.ScopeLogs).SelectMany(s => s.LogRecords).Where(l => !l.TraceId.IsEmpty)) _tracesOfLogs[Hex(line.TraceId)] = true;
    }

    static string ServiceOf(Resource resource) => TextOf(resource.Attributes.First(a => a.Key == "service.name").Value);

    static string TextOf(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        _ => "",
    };

    static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}

/// <summary>What came in a while, byte for byte.</summary>
public sealed class Recording(Action<Recording> end) : IDisposable
{
    readonly ConcurrentQueue<(string Signal, byte[] Bytes)> _all = new();

    /// <summary>In which of traces, metrics and logs the text is.</summary>
    public IEnumerable<string> SignalsWith(string text)
    {
        var wanted = System.Text.Encoding.UTF8.GetBytes(text);
        return _all.Where(part => part.Bytes.AsSpan().IndexOf(wanted) >= 0).Select(part => part.Signal).Distinct(StringComparer.Ordinal);
    }

    public void Dispose() => end(this);

    internal void Keep(string signal, byte[] bytes) => _all.Enqueue((signal, bytes));
}

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Contracts.Governance;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoDev.Testing;

/// <summary>One request as it arrived.</summary>
public sealed record Asked(string Path, string? Key, JsonElement Body, string Text)
{
    /// <summary>What stands above the conversation.</summary>
    public string System => Body.TryGetProperty("system", out var own) ? own[0].GetProperty("text").GetString()! : Content("system");

    /// <summary>What the user says.</summary>
    public string User => Content("user");

    string Content(string role)
    {
        var content = Body.GetProperty("messages").EnumerateArray().Single(m => m.GetProperty("role").GetString() == role).GetProperty("content");
        return content.ValueKind == JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!;
    }
}

/// <summary>
/// A provider's server on this machine. It speaks the provider's protocol, as its documents describe it, and holds the client to it; what it answers is the test's.
/// </summary>
public sealed class StandInModel : IAsyncDisposable
{
    /// <summary>The key that it wants.</summary>
    public const string Key = "sk-stand-in-0123456789-not-to-be-seen";
    /// <summary>The model's name.</summary>
    public const string Name = "stand-in-1";

    /// <summary>The file that holds the key, as an installation's does.</summary>
    public static string KeyFile { get; } = WriteKey();

    static readonly Dictionary<string, string> Paths = new(StringComparer.Ordinal)
    {
        ["openai"] = "/v1", ["anthropic"] = "", ["deepseek"] = "/v1", ["gemini"] = "/v1beta/openai", ["ollama"] = "/v1", ["compatible"] = "/some/where/v1",
    };

    readonly ConcurrentQueue<Asked> _requests = new();
    readonly ConcurrentQueue<string> _violations = new();
    readonly WebApplication _server = Silent();
    readonly string _provider;
    readonly Answer[] _script;

    /// <summary>How one request is answered.</summary>
    public delegate Task Answer(StandInModel model, HttpContext http);

    StandInModel(string provider, Answer[] script) => (_provider, _script) = (provider, script);

    /// <summary>All six kinds.</summary>
    public static IEnumerable<string> Providers => Paths.Keys;

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<Asked> Requests => [.. _requests];

    /// <summary>What the client did that the provider would not take.</summary>
    public IReadOnlyList<string> Violations => [.. _violations];

    /// <summary>Whether a key is asked for; a model of one's own asks for none.</summary>
    public bool WantsKey => _provider != "ollama";

    /// <summary>The setting that leads here.</summary>
    public ModelProvider Setting => new()
    {
        Provider = _provider, Model = Name, Endpoint = _server.Urls.Single() + Paths[_provider], Secret = WantsKey ? "stand-in" : null,
    };

    /// <summary>Starts one. It answers by the script, whose last line it repeats.</summary>
    public static async Task<StandInModel> StartAsync(string provider, params Answer[] script)
    {
        var model = new StandInModel(provider, script);
        model._server.Urls.Add("http://127.0.0.1:0");
        model._server.MapPost("/{**path}", model.AnswerAsync);
        await model._server.StartAsync();
        return model;
    }

    /// <summary>A module, in the form that is asked for.</summary>
    public static Answer Writes(string source, string description = "Does the task.") => Says(JsonSerializer.Serialize(new { source, description }));

    /// <summary>Any text; <paramref name="finish"/> is OpenAI's word for why it ends there.</summary>
    public static Answer Says(string text, string finish = "stop") => (model, http) => http.Response.WriteAsJsonAsync(model.Message(text, finish), Cancellation(http));

    /// <summary>No, in the provider's way.</summary>
    public static Answer Refuses() => (model, http) => http.Response.WriteAsJsonAsync(model.Message(null, "content_filter"), Cancellation(http));

    /// <summary>An error, in the provider's way; it quotes the key, as some do.</summary>
    public static Answer Fails(int status, string? retryAfter = null, string? says = null) => async (model, http) =>
    {
        http.Response.StatusCode = status;
        if (retryAfter is not null) http.Response.Headers.RetryAfter = retryAfter;
        var message = says ?? $"Not with the key {Key}.";
        await http.Response.WriteAsJsonAsync(
            model._provider == "anthropic"
                ? new JsonObject { ["type"] = "error", ["error"] = new JsonObject { ["type"] = "some_error", ["message"] = message } }
                : new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = "some_error", ["code"] = null } },
            Cancellation(http));
    };

    /// <summary>What no client can read.</summary>
    public static Answer Babbles() => (_, http) =>
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync("<html>out of order</html>", Cancellation(http));
    };

    /// <summary>An answer whose end never comes.</summary>
    public static Answer BreaksOff() => async (_, http) =>
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = 100_000;
        await http.Response.WriteAsync("""{"id": "x", """, Cancellation(http));
        await http.Response.Body.FlushAsync(Cancellation(http));
        http.Abort();
    };

    /// <summary>No answer, until the client's patience ends.</summary>
    public static Answer Ponders(ImpatientClock clock) => async (_, http) =>
    {
        clock.Expire();
        var gone = new TaskCompletionSource();
        await using var heard = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    };

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(Cancellation(http));
        var key = http.Request.Headers.Authorization.ToString() is { Length: > 0 } bearer ? bearer.Replace("Bearer ", "", StringComparison.Ordinal) : null;
        var asked = new Asked(http.Request.Path, key, JsonElement.Parse(text), text);
        _requests.Enqueue(asked);
        foreach (var violation in _provider == "anthropic" ? OfAnthropic(asked, http) : OfOpenAI(asked)) _violations.Enqueue(violation);
        if (key != (WantsKey ? Key : null)) _violations.Enqueue("The key is not the one.");
        if (asked.Body.GetProperty("model").GetString() != Name) _violations.Enqueue("There is no such model.");
        await _script[Math.Min(_requests.Count, _script.Length) - 1](this, http);
    }

    IEnumerable<string> OfOpenAI(Asked asked)
    {
        if (asked.Path != $"{Paths[_provider]}/chat/completions") yield return $"{asked.Path} is no address.";
        var (knows, ignores) = _provider == "openai" ? ("max_completion_tokens", "max_tokens") : ("max_tokens", "max_completion_tokens");
        if (!asked.Body.TryGetProperty(knows, out var most) || most.GetInt32() <= 0 || asked.Body.TryGetProperty(ignores, out _)) yield return $"{knows} is the limit here.";
        if (!asked.Body.TryGetProperty("response_format", out var format)) yield break;
        var (type, wanted) = (format.GetProperty("type").GetString(), _provider == "deepseek" ? "json_object" : "json_schema");
        if (type != wanted) yield return $"This response_format type is unavailable now: {type}";
        if (type == "json_schema" && !(format.GetProperty("json_schema").GetProperty("strict").GetBoolean() && IsStrict(format.GetProperty("json_schema").GetProperty("schema"))))
            yield return "The schema is not strict.";
        if (type == "json_object" && !asked.Text.Contains("JSON", StringComparison.Ordinal)) yield return "The prompt must say JSON.";
    }

    static IEnumerable<string> OfAnthropic(Asked asked, HttpContext http)
    {
        if (asked.Path != "/v1/messages") yield return $"{asked.Path} is no address.";
        if (http.Request.Headers["anthropic-version"].Count != 1) yield return "anthropic-version: header is required";
        if (asked.Body.GetProperty("max_tokens").GetInt32() <= 0) yield return "max_tokens: field required";
        if (asked.Body.GetProperty("messages").EnumerateArray().Any(m => m.GetProperty("role").GetString() is not ("user" or "assistant"))) yield return "role: unexpected";
        if (!asked.Body.TryGetProperty("output_config", out var config)) yield break;
        var format = config.GetProperty("format");
        if (format.GetProperty("type").GetString() != "json_schema" || !IsStrict(format.GetProperty("schema"))) yield return "output_config.format: invalid";
    }

    static string WriteKey()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "stand-in.key");
        File.WriteAllText(file, Key + "\n");
        return file;
    }

    static WebApplication Silent()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder.Build();
    }

    static bool IsStrict(JsonElement schema) => schema.GetProperty("additionalProperties").ValueKind == JsonValueKind.False
        && schema.GetProperty("required").GetArrayLength() == schema.GetProperty("properties").EnumerateObject().Count();

    JsonObject Message(string? text, string finish) => _provider == "anthropic"
        ? new()
        {
            ["id"] = "msg_1", ["type"] = "message", ["role"] = "assistant", ["model"] = Name,
            ["content"] = text is null ? new JsonArray() : new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
            ["stop_reason"] = finish switch { "stop" => "end_turn", "length" => "max_tokens", _ => "refusal" }, ["stop_sequence"] = null,
            ["usage"] = new JsonObject { ["input_tokens"] = 1000, ["output_tokens"] = 500 },
        }
        : new()
        {
            ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["created"] = 1, ["model"] = Name,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0, ["finish_reason"] = text is null && _provider == "openai" ? "stop" : finish,
                ["message"] = text is null && _provider == "openai"
                    ? new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = "I cannot help with that." }
                    : new JsonObject { ["role"] = "assistant", ["content"] = text ?? "" },
            }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 1000, ["completion_tokens"] = 500, ["total_tokens"] = 1500 },
        };

    static CancellationToken Cancellation(HttpContext http) => http.RequestAborted;
}

/// <summary>For whom a pause has passed as soon as it begins. The given limit ends when the test says so, and a longer one never, however slow the machine is.</summary>
public sealed class ImpatientClock(TimeSpan limit) : TimeProvider
{
    readonly ConcurrentQueue<TimeSpan> _pauses = new();
    readonly ConcurrentDictionary<Held, bool> _limits = new();

    TimeSpan Limit { get; } = limit;

    /// <summary>The pauses that were made, in order.</summary>
    public IReadOnlyList<TimeSpan> Pauses => [.. _pauses];

    /// <summary>Whatever runs against the limit is over it.</summary>
    public void Expire()
    {
        foreach (var held in _limits.Keys) held.Fire();
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Held(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class Held(ImpatientClock clock, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock._limits.TryRemove(this, out _);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            if (dueTime == clock.Limit) return clock._limits.TryAdd(this, true);
            if (dueTime > clock.Limit) return true;
            clock._pauses.Enqueue(dueTime);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return true;
        }

        public void Fire()
        {
            if (clock._limits.TryRemove(this, out _)) callback(state);
        }

        public void Dispose() => clock._limits.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

}

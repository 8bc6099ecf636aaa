using System.Net;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Gating.Spend;
using AutoDev.ServiceDefaults.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Registry;
using Polly.Retry;
using Polly.Timeout;

namespace AutoDev.LanguageModels;

/// <summary>
/// Asks the language model that a workspace has chosen, within the workspace's cap. Every request is reserved and settled by itself, repetitions too: one that broke
/// off may have cost all that it could, and the next must fit beside it.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    static readonly TimeSpan LooksBack = TimeSpan.FromMinutes(5);
    static readonly TimeSpan StaysAway = TimeSpan.FromMinutes(1);
    const int FailuresBeforeItStaysAway = 8;

    readonly ModelMeter _meter;
    readonly ChatClients _clients;
    readonly LanguageModelOptions _options;
    readonly TimeProvider _clock;
    readonly ResiliencePipeline _limited;

    // A provider that is down for one address and key may serve others.
    readonly ResiliencePipelineRegistry<(Uri Endpoint, string? Secret)> _patient = new();

    /// <summary>By the installation's settings.</summary>
    public LanguageModel(ModelMeter meter, IOptions<LanguageModelOptions> options, TimeProvider clock)
    {
        (_meter, _clients, _options, _clock) = (meter, new(options, clock), options.Value, clock);
        _limited = new ResiliencePipelineBuilder { TimeProvider = clock }.AddTimeout(_options.Timeout).Build();
    }

    /// <summary>Why the model cannot be asked as things are, in words; <c>null</c> where nothing is known to be in the way.</summary>
    public string? Problem(string workspace, WorkspaceSettings settings) => settings.ModelProvider is not { } model ? "No model is chosen."
        : ModelAccess.Of(workspace, model, _options).Problem is { } problem ? problem
        : settings.ModelPrices?.ContainsKey(model.Model) != true ? $"{model.Model} has no price in model_prices: give it one, 0 where it costs nothing."
        : null;

    /// <summary>Asks. What goes wrong with the provider or the cap is a reply with the reason; other exceptions are this service's own trouble.</summary>
    public async Task<ModelReply> AskAsync(ModelQuestion question, CancellationToken cancellation)
    {
        var (access, problem) = ModelAccess.Of(question.WorkspaceId, question.Model, _options);
        if (access is null) return ModelReply.Nothing(problem!);
        try
        {
            var key = await access.KeyAsync(question.Model.Secret!, cancellation);
            using var client = _clients.Client(access, question.Model.Model, key);
            try
            {
                return await PatientlyAsync(question, access, client, question.Schema, cancellation);
            }
            catch (ModelRefusedException e) when (e.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
            {
                // Most likely it is the schema that this model does not know; it is told the form in words as well.
                return await PatientlyAsync(question, access, client, schema: null, cancellation);
            }
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && Why(e, question.Model, access) is { } why)
        {
            return ModelReply.Nothing(why);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _clients.Dispose();
        _patient.Dispose();
    }

    Task<ModelReply> PatientlyAsync(ModelQuestion question, ModelAccess access, IChatClient client, JsonElement? schema, CancellationToken cancellation) =>
        _patient.GetOrAddPipeline((access.Endpoint, question.Model.Secret), BePatient)
            .ExecuteAsync(async token => await OnceAsync(question, access, client, schema, token), cancellation).AsTask();

    async Task<ModelReply> OnceAsync(ModelQuestion question, ModelAccess access, IChatClient client, JsonElement? schema, CancellationToken cancellation)
    {
        var call = new ModelCall(
            Guid.NewGuid(), question.Capability, question.AgentId, question.Subject, question.Model.Model, question.MostTokens(), _options.MaxOutputTokens);
        var (decision, response) = await _meter.AskAsync(
            question.WorkspaceId, call,
            token => ModelTelemetry.WatchAsync(question.Model, () => _limited.ExecuteAsync(async t => await CallAsync(question, access, client, schema, t), token).AsTask()),
            cancellation);
        return decision.IsAllowed
            ? ModelReply.Of(response!, _options.MaxOutputTokens) with { Tokens = UsageOf(response!.Usage) is { } usage ? usage.InputTokens + usage.OutputTokens : 0 }
            : ModelReply.Nothing($"{decision.Reason}: {decision.Detail}");
    }

    async Task<(ChatResponse Answer, TokenUsage? Usage)> CallAsync(
        ModelQuestion question, ModelAccess access, IChatClient client, JsonElement? schema, CancellationToken cancellation)
    {
        try
        {
            var response = await client.GetResponseAsync(question.Messages, ChatClients.Options(access.Provider, _options.MaxOutputTokens, schema), cancellation);
            return (response, UsageOf(response.Usage));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // The clients wrap what the transport says, each in an exception of its own; what else they throw is about an answer that they cannot read.
            for (var cause = e; cause is not null; cause = cause.InnerException)
            {
                if (cause is HttpRequestException) ExceptionDispatchInfo.Throw(cause);
            }

            throw new UnreadableAnswerException(e);
        }
    }

    /// <summary>Pure: as the provider says. Some count the thinking in the total only.</summary>
    internal static TokenUsage? UsageOf(UsageDetails? said) => said is { InputTokenCount: >= 0 and { } read, OutputTokenCount: >= 0 and { } written }
        ? new(read, Math.Max(written, (said.TotalTokenCount ?? 0) - read))
        : null;

    void BePatient(ResiliencePipelineBuilder builder)
    {
        builder.TimeProvider = _clock;
        builder.AddTimeout(_options.Patience);
        builder.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Math.Max(1, _options.Retries),
            Delay = _options.Pause,
            MaxDelay = _options.LongestPause,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = args => ValueTask.FromResult(
                _options.Retries > 0 && IsPassing(args.Outcome.Exception) && !(WaitFor(args.Outcome.Exception) > _options.LongestPause)),
            DelayGenerator = args => ValueTask.FromResult(WaitFor(args.Outcome.Exception)),
        });
        builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 1,
            MinimumThroughput = FailuresBeforeItStaysAway,
            SamplingDuration = LooksBack,
            BreakDuration = StaysAway,
            ShouldHandle = args => ValueTask.FromResult(IsPassing(args.Outcome.Exception) && args.Outcome.Exception is not ModelRefusedException { StatusCode: HttpStatusCode.TooManyRequests }),
        });
    }

    static TimeSpan? WaitFor(Exception? e) => (e as ModelRefusedException)?.RetryAfter;

    /// <summary>Pure: whether the same request may well succeed later.</summary>
    internal static bool IsPassing(Exception? e) => e switch
    {
        ModelRefusedException { StatusCode: { } status } => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        HttpRequestException http => !IsPrivate(e) && http.HttpRequestError != HttpRequestError.ConfigurationLimitExceeded,
        TimeoutRejectedException => true,
        _ => false,
    };

    /// <summary>Pure: what a person should read of it; <c>null</c> where it is nothing of the provider's.</summary>
    static string? Why(Exception e, ModelProvider model, ModelAccess access)
    {
        var who = access.Endpoint.Host;
        return e switch
        {
            NoKeyException => e.Message,
            ModelRefusedException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } refused =>
                $"{who} refuses {(model.Secret is { } secret ? $"the key of the secret {secret}" : "to answer without a key")} ({(int)refused.StatusCode!}).",
            ModelRefusedException { StatusCode: HttpStatusCode.NotFound } refused => $"{who} does not know {model.Model}, or nothing answers at that address (404){Said(refused)}",
            ModelRefusedException { StatusCode: HttpStatusCode.TooManyRequests } refused => $"{who} had too many requests (429){Wait(refused)}{Said(refused)}",
            ModelRefusedException { StatusCode: >= HttpStatusCode.InternalServerError } refused => $"{who} is overloaded or out of order ({(int)refused.StatusCode!}){Said(refused)}",
            ModelRefusedException refused => $"{who} does not take the request ({(int)refused.StatusCode!}){Said(refused)}",
            HttpRequestException when IsPrivate(e) => e.GetBaseException().Message,
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } =>
                $"{who} cannot be reached.",
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"{who} answers without end.",
            HttpRequestException => $"{who} broke off in the middle of its answer.",
            TimeoutRejectedException late => $"{who} did not answer within {late.Timeout.TotalSeconds:0.#} seconds.",
            BrokenCircuitException => $"{who} failed again and again; it is left alone for a minute.",
            UnreadableAnswerException => $"What {who} answers is not what {model.Provider} is said to speak.",
            _ => null,
        };
    }

    static bool IsPrivate(Exception e) => e is PrivateAddressException || e.InnerException is PrivateAddressException;

    static string Wait(ModelRefusedException e) => e.RetryAfter is { } wait ? $"; it asks to wait for {wait.TotalSeconds:0} seconds" : "";

    static string Said(ModelRefusedException e) => e.Said is { } said ? $": {said}" : ".";

    sealed class UnreadableAnswerException(Exception inner) : Exception(inner.Message, inner);
}

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Anthropic;
using AutoDev.ServiceDefaults.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;

namespace AutoDev.LanguageModels;

/// <summary>The providers' own clients, one made a question; the connections below them are shared. Retries and timeouts are the caller's.</summary>
sealed class ChatClients(IOptions<LanguageModelOptions> options, TimeProvider clock) : IDisposable
{
    readonly SocketsHttpHandler _network = PublicAddress.Handler(options.Value.AllowPrivate, "Models:AllowPrivate");

    /// <summary>The client of this model, with this key.</summary>
    public IChatClient Client(ModelAccess access, string model, string? key)
    {
        var http = new HttpClient(new ModelTransport(key, clock, _network), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        return access.Provider.IsAnthropic
            ? new AnthropicClient
            {
                ApiKey = ModelTransport.Placeholder, BaseUrl = access.Endpoint.ToString(), HttpClient = http, MaxRetries = 0, Timeout = Timeout.InfiniteTimeSpan,
            }.AsIChatClient(model, options.Value.MaxOutputTokens)
            : new ChatClient(model, new ApiKeyCredential(ModelTransport.Placeholder), new OpenAIClientOptions
            {
                Endpoint = access.Endpoint, Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(0),
                NetworkTimeout = Timeout.InfiniteTimeSpan,
            }).AsIChatClient();
    }

    /// <summary>How the answer shall be: not longer than this, and of this form where there is one.</summary>
    public static ChatOptions Options(Provider provider, int maxOutputTokens, JsonElement? schema)
    {
        var asked = new ChatOptions();
        if (schema is { } form)
        {
            asked.ResponseFormat = provider.Structure == Structure.Schema
                ? Microsoft.Extensions.AI.ChatResponseFormat.ForJsonSchema(form, "answer") : Microsoft.Extensions.AI.ChatResponseFormat.Json;
            asked.AdditionalProperties = new() { ["strict"] = true };
        }

        if (provider.IsAnthropic || provider.KnowsMaxCompletionTokens)
        {
            asked.MaxOutputTokens = maxOutputTokens;
            return asked;
        }

        asked.RawRepresentationFactory = _ =>
        {
            var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // the client itself has no other way to say it as all but OpenAI understand it
            raw.Patch.Set("$.max_tokens"u8, maxOutputTokens);
#pragma warning restore SCME0001
            return raw;
        };
        return asked;
    }

    public void Dispose() => _network.Dispose();
}

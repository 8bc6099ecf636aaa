using System.Diagnostics;
using System.Diagnostics.Metrics;
using AutoDev.Contracts.Governance;
using AutoDev.Gating.Spend;
using AutoDev.ServiceDefaults;

namespace AutoDev.LanguageModels;

/// <summary>
/// One request to a model as a span and in figures, by OpenTelemetry's conventions for generative AI. What is asked and answered is in neither. The instruments live as
/// long as the process: those of the providers' libraries end with each client, and with them their counts.
/// </summary>
static class ModelTelemetry
{
    static readonly Meter Meter = new(Telemetry.Source.Name);

    static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "One request to a language model; error.type where it failed",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    static readonly Histogram<long> Tokens = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens that one request took, as the provider says",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    public static async Task<(T Answer, TokenUsage? Usage)> WatchAsync<T>(ModelProvider model, Func<Task<(T Answer, TokenUsage? Usage)>> ask)
    {
        TagList tags = [new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", model.Provider), new("gen_ai.request.model", model.Model)];
        using var activity = Telemetry.Source.StartActivity($"chat {model.Model}", ActivityKind.Client, default(ActivityContext), tags);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var (answer, usage) = await ask();
            Duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, tags);
            if (usage is null) return (answer, usage);
            activity?.SetTag("gen_ai.usage.input_tokens", usage.InputTokens).SetTag("gen_ai.usage.output_tokens", usage.OutputTokens);
            Tokens.Record(usage.InputTokens, [.. tags, new("gen_ai.token.type", "input")]);
            Tokens.Record(usage.OutputTokens, [.. tags, new("gen_ai.token.type", "output")]);
            return (answer, usage);
        }
        catch (Exception e)
        {
            // Its message may have the provider's words, and these what was asked.
            activity?.SetTag("error.type", e.GetType().Name).SetStatus(ActivityStatusCode.Error);
            Duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, [.. tags, new("error.type", e.GetType().Name)]);
            throw;
        }
    }
}

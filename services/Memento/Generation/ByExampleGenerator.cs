using System.Diagnostics;
using System.Text.Json;
using AutoDev.Synthesis;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Generation;

/// <summary>Searches for a program that gives every example's answer. Offline, the same for the same examples, and silent rather than wrong.</summary>
sealed class ByExampleGenerator(IOptions<GenerationOptions> options) : ISkillGenerator
{
    // The search keeps its own budget and says what it ran out of; the caller's end comes after it.
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(200);

    public string Name => "by-example";

    public Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation) => Task.Run(() => Search(request, cancellation), cancellation);

    GenerationResult Search(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.Examples.Count == 0)
            return GenerationResult.Nothing("No episode has both an input and an expected output; the by-example generator needs one at least.");

        var started = Stopwatch.GetTimestamp();
        var examples = request.Examples.Select(e => Synthesis.Example.Parse(e.InputJson, e.ExpectedJson)).ToList();
        var budget = options.Value.TimeBudget - Margin;
        var goal = new SynthesisRequest(request.FunctionName, request.TaskDescription, examples, budget > Margin ? budget : options.Value.TimeBudget);
        return ByExampleSynthesizer.Synthesize(goal, cancellation) switch
        {
            Found found => GenerationResult.Found(new()
            {
                Generator = Name,
                FunctionName = request.FunctionName,
                Parameters = Parameters(request.Examples),
                Source = found.Source,
                Description = request.TaskDescription,
                Program = found.Program,
                Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            }),
            NotFound none => GenerationResult.Nothing(none.Reason),
            var other => throw new InvalidOperationException($"The search answered with a {other.GetType().Name}"),
        };
    }

    static List<string> Parameters(IEnumerable<Candidates.Example> examples) =>
        [.. examples.SelectMany(e => JsonElement.Parse(e.InputJson).EnumerateObject().Select(m => m.Name)).Distinct(StringComparer.Ordinal)];
}

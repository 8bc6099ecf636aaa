using System.Diagnostics;
using System.Text.Json;
using AutoDev.Synthesis;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Generation;

/// <summary>Searches for a program that gives every example's answer. Offline, the same for the same examples, and silent rather than wrong.</summary>
sealed class ByExampleGenerator(IOptions<GenerationOptions> options, ILogger<ByExampleGenerator> logger) : ISkillGenerator, IDisposable
{
    /// <summary>Its name.</summary>
    public const string Word = "by-example";

    // The search keeps its own budget and says what it ran out of; the caller's end comes after it.
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(200);

    // A search keeps a processor busy and its time budget is wall time: more of them at once than half the processors would find less.
    readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    public async Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.Examples.Count == 0)
            return GenerationResult.Nothing("No episode has both an input and an expected output; the by-example generator needs one at least.");

        await _turns.WaitAsync(cancellation);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(options.Value.TimeBudget);
        try
        {
            return await Task.Run(() => Search(request, limited.Token), limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return GenerationResult.Nothing($"No program was found within {options.Value.TimeBudget.TotalSeconds:0.#} seconds.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A search that stumbles over one pattern would stumble again: the candidate ends with the reason instead of hanging in between.
            logger.LogError(e, "The search failed on candidate {Candidate}", request.Requester.CandidateId);
            return GenerationResult.Nothing($"The generator failed: {e.Message}");
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    GenerationResult Search(GenerationRequest request, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var examples = request.Examples.Select(e => Synthesis.Example.Parse(e.InputJson, e.ExpectedJson)).ToList();
        var budget = options.Value.TimeBudget - Margin;
        var goal = new SynthesisRequest(request.FunctionName, request.TaskDescription, examples, budget > Margin ? budget : options.Value.TimeBudget);
        return ByExampleSynthesizer.Synthesize(goal, cancellation) switch
        {
            Found found => GenerationResult.Found(new()
            {
                Generator = Word,
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

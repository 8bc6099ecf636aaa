using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AutoDev.Embeddings;

/// <summary>What texts mean, by the configured model. Where it does not answer, texts are compared by their words until it does.</summary>
/// <param name="model">Directions come from it.</param>
/// <param name="name">Directions of models of another name are not comparable.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Hears of a model that does not answer.</param>
public sealed class Meanings(IEmbeddingGenerator<string, Embedding<float>> model, string name, TimeProvider clock, ILogger<Meanings> logger)
{
    const int MostCached = 20_000, LongestText = 8_000;

    /// <summary>Texts wait for the model no longer than this.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>After a fault it is left alone for so long.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<string, float[]> _known = new(StringComparer.Ordinal);
    long _pausedUntil;

    /// <summary>The model's name. What it said is kept under it: directions of another model are not comparable.</summary>
    public string Model => name;

    /// <summary>A direction of length one for each text, in their order; empty where the model did not answer.</summary>
    public async Task<IReadOnlyList<float[]>> OfAsync(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        var asked = texts.Where(t => !_known.ContainsKey(t)).Distinct(StringComparer.Ordinal).ToList();
        var found = texts.Where(_known.ContainsKey).Distinct(StringComparer.Ordinal).ToDictionary(t => t, t => _known.GetValueOrDefault(t) ?? [], StringComparer.Ordinal);
        if (asked.Count > 0)
        {
            if (_known.Count > MostCached) _known.Clear();
            foreach (var (text, direction) in asked.Zip(await Ask(asked, cancellation))) found[text] = _known[text] = direction;
        }

        return [.. texts.Select(t => found.GetValueOrDefault(t) ?? [])];
    }

    async Task<IEnumerable<float[]>> Ask(List<string> texts, CancellationToken cancellation)
    {
        if (clock.GetUtcNow().Ticks < Interlocked.Read(ref _pausedUntil)) return [];
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            var answer = await model.GenerateAsync(texts.Select(t => t.Length > LongestText ? t[..LongestText] : t), cancellationToken: either.Token).WaitAsync(either.Token);
            if (answer.Count == texts.Count) return answer.Select(a => a.Vector.ToArray());
            throw new InvalidDataException($"{answer.Count} embeddings came for {texts.Count} texts.");
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _pausedUntil, (clock.GetUtcNow() + Pause).Ticks);
            logger.LogWarning("Embedding model {Model} is left alone for {Pause}, and texts are compared by their words: {Reason}", name, Pause,
                patience.IsCancellationRequested ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message);
            return [];
        }
    }
}

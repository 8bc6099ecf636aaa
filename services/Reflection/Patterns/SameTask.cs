using System.Numerics.Tensors;
using AutoDev.Embeddings;
using AutoDev.Reflection.Phrasings;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// Decides whether a failure is of the same task as others of its agent: by the rare words that both descriptions have, by what they mean, and by the errors as second
/// evidence. How alike is enough is judged against how alike the agent's other tasks are. Wrong merges cost most, so that doubt separates.
/// The constants were found by measurement (deploy/autodev eval patterns), none by taste: docs/same-task.md.
/// </summary>
static class SameTask
{
    /// <summary>Of more patterns only the nearest are worth a look.</summary>
    public const int LookedAt = 64;

    const double SharedWords = 0.406, Meant = 0.5;

    /// <summary>How alike a failure and a pattern must be where the agent's other patterns are as unlike as unrelated texts are.</summary>
    const double Threshold = 0.458;

    /// <summary>By how much more, where the others are more alike on average, and where they differ in that more.</summary>
    const double PerBackground = 0.339, PerSpread = 0.125;

    /// <summary>By how much more for each doubling: of many phrasings some are alike by chance, and of long texts all.</summary>
    const double PerDoubledPhrasings = 0.02, FewPhrasings = 25, PerDoubledWords = 0.038, FewWords = 5.911;

    /// <summary>The background of an agent without patterns, and how many patterns it takes to outweigh it.</summary>
    const double BackgroundMean = 0.298, BackgroundSpread = 0.212, BackgroundWeight = 4.653;

    /// <summary>How much it speaks for a pattern that the next one is less alike.</summary>
    const double PerLead = 0.396;

    /// <summary>For errors that are wholly alike; those less alike than <see cref="ErrorsOfAnyTwo"/> speak against it.</summary>
    const double ErrorEvidence = 0.177, ErrorsOfAnyTwo = 0.402;

    /// <summary>A pattern is as near as its nearest phrasing by this share, and as all of them on average by the rest.</summary>
    const double Nearest = 0.124;

    /// <summary>How many texts must be seen until their words' rarity counts as much as what is known of English.</summary>
    const double PriorTexts = 2.875;

    const double RarityPower = 1.283;

    /// <summary>How much of what all of the agent's phrasings mean is taken out of each, and how many it takes until half of that is.</summary>
    const double CommonShare = 1.796, CommonTexts = 6.894;

    /// <summary>A text counts as known to the model where no more than this share of it is in words that the model has only pieces of.</summary>
    const double WhollyKnown = 0.85;

    /// <summary>Pure: the pattern that this failure is one of, or <c>null</c> where it begins a new one.</summary>
    /// <param name="patterns">Those it may be one of, with how their failures were put.</param>
    /// <param name="failure">As it was put.</param>
    /// <param name="usual">Among all that the agent has.</param>
    public static FailurePattern? Find(IEnumerable<(FailurePattern Pattern, IReadOnlyList<Remembered> Phrasings)> patterns, Remembered failure, Usual usual)
    {
        var agent = new Agent(usual, failure);
        var put = agent.Weigh(failure);
        var scores = patterns.Where(p => p.Phrasings.Count > 0).Select(p => (p.Pattern, Score: Score(put, p.Phrasings, agent)))
            .OrderByDescending(s => s.Score).ThenByDescending(s => s.Pattern.LastFailureAt).ToList();
        if (scores.Count == 0) return null;
        var threshold = ThresholdAmong([.. scores.Skip(1).Select(s => s.Score)])
            + (PerDoubledPhrasings * Doublings(usual.Count, FewPhrasings)) + (PerDoubledWords * Doublings(failure.Text.Words.Count, FewWords));
        var lead = scores[0].Score - (scores.Count > 1 ? scores[1].Score : BackgroundMean);
        return scores[0].Score + (PerLead * lead) >= threshold ? scores[0].Pattern : null;
    }

    static double Doublings(double count, double of) => Math.Max(0, Math.Log2(count / of));

    static double Score(Weighed put, IReadOnlyList<Remembered> phrasings, Agent agent)
    {
        var each = phrasings.Select(p => Similarity(put, agent.Weigh(p))).ToList();
        return (Nearest * each.Max()) + ((1 - Nearest) * each.Average());
    }

    /// <summary>About 0 (nothing in common) to 1. Where the model does not know the words, those that both have stand for the meaning.</summary>
    static double Similarity(Weighed left, Weighed right)
    {
        var shared = Shared(left, right);
        var known = left.Direction.Length == right.Direction.Length ? left.Known * right.Known : 0;
        var meant = known > 0 ? (known * Math.Max(0, TensorPrimitives.Dot<float>(left.Direction, right.Direction))) + ((1 - known) * shared) : shared;
        var score = (SharedWords * shared) + (Meant * meant);
        if (left.Of.Error is not { } one || right.Of.Error is not { } other) return score;
        double both = one.Words.Count(other.Words.Contains);
        return score + (ErrorEvidence * ((both / Math.Max(1, one.Words.Count + other.Words.Count - both)) - ErrorsOfAnyTwo));
    }

    /// <summary>
    /// The share of both texts' weight that the other has too, slips of the pen included (Mihalcea, Corley and Strapparava 2006, with the letters as similarity of words).
    /// </summary>
    static double Shared(Weighed left, Weighed right)
    {
        var (inLeft, total) = (0.0, left.Total + right.Total);
        Span<double> best = stackalloc double[right.Weights.Length];
        best.Clear();
        for (var i = 0; i < left.Weights.Length; i++)
        {
            var most = 0.0;
            for (var j = 0; j < best.Length; j++)
            {
                var alike = left.Of.Text.Words[i].Alike(right.Of.Text.Words[j]);
                most = Math.Max(most, alike);
                best[j] = Math.Max(best[j], alike);
            }

            inLeft += left.Weights[i] * most;
        }

        return total == 0 ? 0 : (inLeft + TensorPrimitives.Dot<double>(best, right.Weights)) / total;
    }

    /// <summary>Where everything that an agent does is much alike, being alike says less (adaptive score normalisation, as in speaker verification).</summary>
    static double ThresholdAmong(IReadOnlyList<double> others)
    {
        var weight = others.Count + BackgroundWeight;
        var mean = (others.Sum() + (BackgroundWeight * BackgroundMean)) / weight;
        var square = (others.Sum(s => s * s) + (BackgroundWeight * ((BackgroundMean * BackgroundMean) + (BackgroundSpread * BackgroundSpread)))) / weight;
        var spread = Math.Sqrt(Math.Max(0, square - (mean * mean)));
        return Threshold + (PerBackground * (mean - BackgroundMean)) + (PerSpread * (spread - BackgroundSpread));
    }

    /// <summary>A phrasing with the weight of each of its words among the agent's, and the direction of what sets it apart from them.</summary>
    sealed record Weighed(Remembered Of, double[] Weights, double Total, double Known, float[] Direction);

    /// <summary>How rare each word is: from English, and more and more from the tasks that are there, this failure's included (inverse document frequency with a prior).</summary>
    sealed class Agent(Usual usual, Remembered failure)
    {
        readonly HashSet<TaskWord> _own = [.. failure.Text.Words];
        readonly Dictionary<TaskWord, double> _rarity = [];
        readonly Dictionary<Remembered, Weighed> _weighed = new(ReferenceEqualityComparer.Instance);
        readonly float[] _common = CommonOf(usual);

        public Weighed Weigh(Remembered phrasing)
        {
            if (_weighed.TryGetValue(phrasing, out var known)) return known;
            var text = phrasing.Text;
            var weights = new double[text.Words.Count];
            var unknown = 0.0;
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = Math.Pow(RarityOf(text.Words[i]), RarityPower) * text.Counts[i];
                if (!text.Words[i].IsKnown) unknown += weights[i];
            }

            var total = weights.Sum();
            var share = phrasing.Meaning.Length == 0 || total == 0 ? 0 : 1 - (Math.Max(0, (unknown / total) - WhollyKnown) / (1 - WhollyKnown));
            return _weighed[phrasing] = new(phrasing, weights, total, share, DirectionOf(phrasing.Meaning));
        }

        double RarityOf(TaskWord word) => _rarity.TryGetValue(word, out var known)
            ? known
            : _rarity[word] = Math.Max(0, -Math.Log((usual.PatternsWith(word).Count + (_own.Contains(word) ? 1 : 0) + (PriorTexts * word.Prior)) / (usual.Count + 1 + PriorTexts)));

        float[] DirectionOf(float[] meaning)
        {
            if (meaning.Length == 0 || meaning.Length != _common.Length) return meaning;
            var apart = new float[meaning.Length];
            TensorPrimitives.Subtract(meaning, _common, apart);
            if (TensorPrimitives.Norm<float>(apart) is var length and > 0) TensorPrimitives.Divide(apart, length, apart);
            return apart;
        }

        static float[] CommonOf(Usual usual)
        {
            var middle = usual.Middle();
            TensorPrimitives.Multiply(middle, (float)(CommonShare * usual.Count / (usual.Count + CommonTexts)), middle);
            return middle;
        }
    }
}

namespace AutoDev.Embeddings;

/// <summary>How frequent English words are: the sentence model's vocabulary (BERT's) lists its words by how often they stood in English texts.</summary>
static class EnglishWords
{
    const string First = "the";
    const int RankOfLetters = 300;

    static readonly Lazy<Dictionary<string, int>> Ranks = new(Load);

    /// <summary>A word's place among all by frequency, from 1; <c>null</c> for a word that the model knows only in pieces, or that is none.</summary>
    public static int? RankOf(string word) => word switch
    {
        "a" => 5,
        "i" => 12,
        { Length: 1 } => RankOfLetters,
        _ => Ranks.Value.TryGetValue(word, out var rank) ? rank : null,
    };

    static Dictionary<string, int> Load()
    {
        using var reader = new StreamReader(SentenceModel.OpenVocabulary());
        var (ranks, rank) = (new Dictionary<string, int>(StringComparer.Ordinal), 0);
        while (reader.ReadLine() is { } word)
        {
            if (rank == 0 && word != First) continue; // before it: signs and single letters
            rank++;
            if (!word.StartsWith("##", StringComparison.Ordinal)) ranks[word] = rank;
        }

        return ranks;
    }
}

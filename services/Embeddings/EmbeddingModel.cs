using System.ClientModel;
using System.Numerics.Tensors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenAI;

namespace AutoDev.Embeddings;

/// <summary>Which model tells what texts mean: the one that comes with the service, or any behind OpenAI's protocol.</summary>
public static class EmbeddingModel
{
    /// <summary>
    /// Settings: <c>Embeddings:Model</c> and <c>Embeddings:Endpoint</c> (OpenAI's where it is absent), <c>Embeddings:ApiKey</c> where the endpoint wants one. Without a
    /// model: all-MiniLM-L6-v2, in the process.
    /// </summary>
    /// <exception cref="InvalidOperationException">An endpoint without a model, or one that is no address.</exception>
    public static void AddMeanings(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Embeddings");
        var (endpoint, model) = (settings["Endpoint"], settings["Model"]);
        if (endpoint is not null && model is null) throw new InvalidOperationException("Embeddings:Endpoint is set, Embeddings:Model is not: name the model to ask there.");
        if (endpoint is not null && !Uri.TryCreate(endpoint, UriKind.Absolute, out _)) throw new InvalidOperationException($"Embeddings:Endpoint is no address: {endpoint}");
        builder.Services.AddSingleton(services => model is null
            ? Of(new SentenceModel(), SentenceModel.Name, services)
            : Of(new CentredModel(Remote(model, endpoint, settings["ApiKey"])), model, services));
    }

    static Meanings Of(IEmbeddingGenerator<string, Embedding<float>> model, string name, IServiceProvider services) =>
        new(model, name, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<Meanings>>());

    static IEmbeddingGenerator<string, Embedding<float>> Remote(string model, string? endpoint, string? key)
    {
        var options = new OpenAIClientOptions();
        if (endpoint is not null) options.Endpoint = new(endpoint);
        return new OpenAIClient(new ApiKeyCredential(key ?? "none"), options).GetEmbeddingClient(model).AsIEmbeddingGenerator();
    }
}

/// <summary>
/// Directions from the middle of unrelated requests: many models put all texts into one corner (Ethayarajh 2019), where even those that have nothing in common look
/// alike, and what is alike enough was measured with one that does not.
/// </summary>
sealed class CentredModel(IEmbeddingGenerator<string, Embedding<float>> model) : DelegatingEmbeddingGenerator<string, Embedding<float>>(model)
{
    static readonly string[] Unrelated =
    [
        "Book a flight to Lisbon", "Extract the invoice number from a letter", "What is the weather tomorrow?", "Write a function that sorts a list", "Cancel my order",
        "Translate the contract into French", "How do I reset my password?", "Set an alarm for six", "Summarise the minutes of the meeting", "Find the cheapest hotel in Porto",
        "Why was my card declined?", "Deploy the new version to the cluster", "Play some music", "Count the rows of the table", "Who won the match yesterday?",
        "Convert miles to kilometres", "Reply to the customer's complaint", "Draw a chart of last year's sales", "Renew the insurance of the car", "List the open pull requests",
    ];

    float[]? _middle;

    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        _middle ??= MiddleOf(await base.GenerateAsync(Unrelated, options, cancellationToken));
        var found = await base.GenerateAsync(values, options, cancellationToken);
        return [.. found.Select(one => new Embedding<float>(Centred(Unit(one.Vector.Span))))];
    }

    float[] Centred(float[] direction)
    {
        TensorPrimitives.Subtract(direction, _middle, direction);
        return Unit(direction);
    }

    static float[] MiddleOf(GeneratedEmbeddings<Embedding<float>> found)
    {
        var middle = new float[found[0].Vector.Length];
        foreach (var one in found) TensorPrimitives.Add(middle, Unit(one.Vector.Span), middle);
        TensorPrimitives.Divide(middle, found.Count, middle);
        return middle;
    }

    static float[] Unit(ReadOnlySpan<float> vector)
    {
        var unit = vector.ToArray();
        if (TensorPrimitives.Norm(vector) is var length and > 0) TensorPrimitives.Divide(unit, length, unit);
        return unit;
    }
}

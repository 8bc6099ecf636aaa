using System.Numerics.Tensors;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AutoDev.Embeddings.Tests;

/// <summary>The model in the process, one behind OpenAI's protocol, and one that does not answer.</summary>
public sealed class MeaningsTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Texts_that_mean_much_the_same_point_much_the_same_way()
    {
        using var model = new SentenceModel();
        var (asked, alike, other) = (model.DirectionOf("why was my card declined"), model.DirectionOf("My payment was refused at the store"), model.DirectionOf("Translate the contract into French"));
        Assert.Equal(1, TensorPrimitives.Norm<float>(asked), 4);
        Assert.True(TensorPrimitives.Dot<float>(asked, alike) > TensorPrimitives.Dot<float>(asked, other) + 0.3f);
    }

    [Theory]
    [InlineData("")]
    [InlineData("数据导出失败")]
    [InlineData("\0\uFFFD")]
    public void Any_text_has_a_direction(string text)
    {
        using var model = new SentenceModel();
        Assert.Equal(1, TensorPrimitives.Norm<float>(model.DirectionOf(text)), 4);
        Assert.Equal(1, TensorPrimitives.Norm<float>(model.DirectionOf(string.Concat(Enumerable.Repeat(text + " word", 5000)))), 4);
    }

    [Fact]
    public async Task A_text_is_asked_for_once()
    {
        var model = new FakeModel();
        var meanings = Of(model);
        Assert.Equal([1, 2], (await meanings.OfAsync(["a", "bb", "a"], Cancellation)).Take(2).Select(m => m[0]));
        await meanings.OfAsync(["bb"], Cancellation);
        Assert.Equal(["a", "bb"], model.Asked);
    }

    [Fact]
    public async Task A_model_that_fails_is_left_alone_for_half_a_minute_and_texts_have_no_meaning_meanwhile()
    {
        var (model, clock) = (new FakeModel { Fault = new HttpRequestException("refused") }, new FakeTimeProvider());
        var meanings = Of(model, clock);
        Assert.Empty((await meanings.OfAsync(["a"], Cancellation))[0]);
        model.Fault = null;
        Assert.Empty((await meanings.OfAsync(["a"], Cancellation))[0]);
        Assert.Empty(model.Asked);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Single((await meanings.OfAsync(["a"], Cancellation))[0]);
    }

    [Fact]
    public async Task A_model_that_does_not_answer_is_waited_for_ten_seconds()
    {
        var (model, clock) = (new FakeModel { IsSilent = true }, new FakeTimeProvider());
        var waiting = Of(model, clock).OfAsync(["a"], Cancellation);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty((await waiting)[0]);
    }

    [Fact]
    public async Task A_model_behind_OpenAIs_protocol_is_asked_with_the_key_and_its_directions_are_centred()
    {
        var keys = new List<string?>();
        await using var server = await ServerAsync(async context =>
        {
            keys.Add(context.Request.Headers.Authorization);
            var body = (await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body))!;
            Assert.Equal("their-model", body.GetProperty("model").GetString());

            // Every text in one corner, as such models do it.
            var data = body.GetProperty("input").EnumerateArray().Select((text, index) => new { @object = "embedding", index, embedding = Base64([10, text.GetString()!.Length % 7, text.GetString()!.Length % 5]) });
            await context.Response.WriteAsJsonAsync(new { @object = "list", model = "their-model", data, usage = new { prompt_tokens = 1, total_tokens = 1 } });
        });
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Embeddings:Endpoint"] = $"{server.Urls.First()}/v1";
        builder.Configuration["Embeddings:Model"] = "their-model";
        builder.Configuration["Embeddings:ApiKey"] = "their-key";
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddMeanings();
        await using var app = builder.Build();

        var meanings = app.Services.GetRequiredService<Meanings>();
        var found = await meanings.OfAsync(["a text", "another text"], Cancellation);

        Assert.Equal("their-model", meanings.Model);
        Assert.All(keys, k => Assert.Equal("Bearer their-key", k));
        Assert.Equal(2, keys.Count); // once for the middle
        Assert.All(found, f => Assert.Equal(1, TensorPrimitives.Norm<float>(f), 3));
        Assert.All(found, f => Assert.True(Math.Abs(f[0]) < 0.5));
    }

    [Fact]
    public void An_endpoint_without_a_model_is_a_mistake_that_is_said_at_start()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Embeddings:Endpoint"] = "http://localhost:1";
        Assert.Contains("Embeddings:Model", Assert.Throws<InvalidOperationException>(builder.AddMeanings).Message, StringComparison.Ordinal);
        builder.Configuration["Embeddings:Model"] = "m";
        builder.Configuration["Embeddings:Endpoint"] = "somewhere";
        Assert.Contains("somewhere", Assert.Throws<InvalidOperationException>(builder.AddMeanings).Message, StringComparison.Ordinal);
    }

    static string Base64(float[] vector) => Convert.ToBase64String([.. vector.SelectMany(BitConverter.GetBytes)]);

    static async Task<WebApplication> ServerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        var server = builder.Build();
        server.MapPost("/v1/embeddings", answer);
        await server.StartAsync(Cancellation);
        return server;
    }

    static Meanings Of(FakeModel model, TimeProvider? clock = null) => new(model, "fake", clock ?? TimeProvider.System, NullLogger<Meanings>.Instance);

    sealed class FakeModel : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Exception? Fault { get; set; }

        public bool IsSilent { get; init; }

        public List<string> Asked { get; } = [];

        public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (Fault is not null) throw Fault;
            if (IsSilent) await Task.Delay(Timeout.Infinite, cancellationToken);
            Asked.AddRange(values);
            return [.. values.Select(v => new Embedding<float>(new float[] { v.Length }))];
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}

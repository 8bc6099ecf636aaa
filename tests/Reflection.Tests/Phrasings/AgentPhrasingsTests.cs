using AutoDev.Embeddings;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Persistence;
using Xunit;

namespace AutoDev.Reflection.Tests.Phrasings;

public sealed class AgentPhrasingsTests
{
    static readonly SentenceModel Model = new();
    static readonly Place<string> Agent = new("w", "ada");

    [Fact]
    public void Among_thousands_the_pattern_is_near_whose_words_or_meaning_are_alike()
    {
        var phrasings = Thousands();
        var (meaning, words) = (Guid.NewGuid(), Guid.NewGuid());
        phrasings.Put(Filed("Why was my card declined at the shop?", meaning), 3001);
        phrasings.Put(new(Agent, words, new(new("Reconcile zorbling quenchlets", null), [])), 3002);

        Assert.Contains(meaning, phrasings.NearestPatterns(Remember("The store's terminal refused my payment"), 16));
        Assert.Contains(words, phrasings.NearestPatterns(new(new("Please do the zorbling of quenchlets", null), []), 16));
        Assert.Equal(16, phrasings.NearestPatterns(Remember("Sort the list of numbers"), 16).Count);
    }

    [Fact]
    public void What_is_filed_anew_is_where_it_was_filed_last()
    {
        var phrasings = new AgentPhrasings { Since = default };
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        phrasings.Put(Filed("Book a flight to Lisbon", first), 1);
        phrasings.Put(Filed("Book a flight to Lisbon", second), 5);

        Assert.Equal((1, 5L, 1), (phrasings.Count, phrasings.ReadUpTo, phrasings.Usual.Count));
        Assert.Equal([second], phrasings.NearestPatterns(Remember("Book a flight to Porto"), 16));
        Assert.Equal([second], phrasings.Usual.PatternsWith(TaskWord.Of("flight")));
    }

    [Fact]
    public void Usual_is_what_many_patterns_have_not_what_one_has_often()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        var usual = Usual.Of([(Remember("cancel my order"), one), (Remember("cancel the order"), one), (Remember("please cancel an order"), one), (Remember("play a song"), other)]);
        Assert.Equal(2, usual.Count);
        Assert.Single(usual.PatternsWith(TaskWord.Of("order")));
        Assert.Empty(usual.PatternsWith(TaskWord.Of("flight")));
    }

    static AgentPhrasings Thousands()
    {
        string[] verbs = ["sort", "rotate", "merge", "split", "count", "reverse", "filter", "shuffle", "flatten", "index", "pair", "sum"];
        string[] nouns = ["list", "matrix", "tree", "string", "dictionary", "heap", "graph", "tuple", "queue", "stack", "table", "cube"];
        var (random, phrasings) = (new Random(1), new AgentPhrasings { Since = default });
        for (var i = 1; i <= 3000; i++)
        {
            var direction = new float[384];
            for (var d = 0; d < direction.Length; d++) direction[d] = (float)(random.NextDouble() - 0.5);
            phrasings.Put(new(Agent, Guid.NewGuid(), new(new($"{verbs[random.Next(12)]} the {nouns[random.Next(12)]} of {nouns[random.Next(12)]} {(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676))}", null), direction)), i);
        }

        return phrasings;
    }

    static FiledPhrasing Filed(string task, Guid pattern) => new(Agent, pattern, Remember(task));

    static Remembered Remember(string task) => new(new(task, null), Model.DirectionOf(task));
}

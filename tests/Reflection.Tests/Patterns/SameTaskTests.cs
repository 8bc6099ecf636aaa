using AutoDev.Embeddings;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

public sealed class SameTaskTests
{
    static readonly SentenceModel Model = new();
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Extract the invoice ID from customer e-mails", "Extract the invoice ID from a customer's e-mail")]
    [InlineData("Extract the invoice ID from customer e-mails", "please extract invoice ids from the customers' e-mails")]
    [InlineData("Book a flight to Lisbon on 2026-03-04", "Book a flight to Lisbon on 2027-11-30")]
    [InlineData("Summarise ticket 4711", "Summarise ticket 815")]
    [InlineData("Extract the invoice number from the letter", "Extract the invioce number from the letter")]
    [InlineData("Translate this sentence into Spanish", "translate the phrase into Spanish please")]
    public void These_are_the_same_task(string one, string other) => Assert.NotNull(Find(one, other));

    [Theory]
    [InlineData("Extract the invoice ID from customer e-mails", "Translate the contract into French")]
    [InlineData("Extract the invoice ID from customer e-mails", "Archive the newsletter of last week")]
    [InlineData("Book a flight to Lisbon", "Cancel the hotel in Porto")]
    [InlineData("the of in", "Translate the contract")]
    [InlineData("Write a function to sort a list of tuples", "Write a function to find the perimeter of a square")]
    public void These_are_different_tasks(string one, string other) => Assert.Null(Find(one, other));

    [Fact]
    public void The_error_tips_the_scales()
    {
        const string one = "Parse the delivery report of the warehouse", other = "Parse the delivery note of the supplier";
        Assert.NotNull(Find(one, other, "ValueError: no date in line 4", "Traceback\nValueError: no date in line 17"));
        Assert.Null(Find(one, other, "ValueError: no date in line 4", "Traceback\nTimeout: the warehouse did not answer"));
    }

    [Fact]
    public void What_an_agents_tasks_have_in_common_does_not_tell_them_apart()
    {
        var others = Enumerable.Range(0, 12).Select(i => Pattern($"Write a function to {Verbs[i]} a {Nouns[i]} of numbers")).ToList();
        Assert.Null(Find(others, Phrasing.Of("Write a function to encrypt a message of numbers", null)));
        Assert.Equal(others[3].Id, Find(others, Phrasing.Of($"Write a function that will {Verbs[3]} the {Nouns[3]} of numbers", null))?.Id);
    }

    [Theory]
    [InlineData("Traceback (most recent call last):\n  File \"/srv/app.py\", line 3\nKeyError: 'a'\nDuring handling:\nValueError: b", "KeyError: 'a' ValueError: b")]
    [InlineData("ValueError: no date in line 17.5 of 'a4.txt'", "ValueError: no date in line # of 'a#.txt'")]
    [InlineData("requests.exceptions.ConnectTimeout: http://10.0.0.7:80/x", "requests.exceptions.ConnectTimeout:  ")]
    [InlineData("first\nit just failed", "it just failed")]
    [InlineData("Error: order deadbeef0123 is gone", "Error: order   is gone")]
    [InlineData("  ", null)]
    [InlineData(null, null)]
    public void Of_an_error_the_lines_that_name_it_count_without_places_and_ids(string? trace, string? signature) => Assert.Equal(signature, Phrasing.SignatureOf(trace));

    [Fact]
    public void The_most_similar_of_several_patterns_is_the_one()
    {
        var near = Pattern("Extract the invoice ID from customer e-mails");
        var far = Pattern("Extract the order ID from customer letters");
        Assert.Equal(near.Id, Find([far, near], new("Extract the invoice ID from e-mails of customers", null))?.Id);
    }

    [Fact]
    public void A_text_of_any_kind_is_matched()
    {
        foreach (var text in new[] { "", " ", "###", "数据导出失败", new string('x', 20_000), string.Concat(Enumerable.Range(0, 3000).Select(i => $"w{(char)('a' + (i % 26))}{i} ")) })
            Assert.Equal("", Find([Pattern("Extract the invoice ID")], new(text, null))?.TaskDescription ?? "");
    }

    static string[] Verbs => ["sort", "rotate", "merge", "split", "count", "reverse", "filter", "shuffle", "flatten", "index", "pair", "sum"];

    static string[] Nouns => ["list", "matrix", "tree", "string", "dictionary", "heap", "graph", "tuple", "queue", "stack", "table", "cube"];

    static FailurePattern? Find(string one, string other, string? oneError = null, string? otherError = null) =>
        Find([Pattern(one, oneError)], Phrasing.Of(other, otherError));

    static FailurePattern? Find(IReadOnlyList<FailurePattern> patterns, Phrasing failure)
    {
        var known = patterns.Select(p => (p, (IReadOnlyList<Remembered>)[.. p.Phrasings.Select(Remember)])).ToList();
        return SameTask.Find(known, Remember(failure), Usual.Of(known.SelectMany(p => p.Item2.Select(q => (q, p.p.Id)))));
    }

    static Remembered Remember(Phrasing phrasing) => new(phrasing, Model.DirectionOf(phrasing.Task));

    static FailurePattern Pattern(string task, string? error = null) => FailurePattern.Begin(Guid.NewGuid(), "w", new Episode
    {
        Id = "e", AgentId = "ada", TaskDescription = task, Outcome = Outcome.Failure, RecordedAt = Now, ErrorTrace = error,
    });
}

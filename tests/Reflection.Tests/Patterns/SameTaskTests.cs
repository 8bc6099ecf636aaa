using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

public sealed class SameTaskTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Extract the invoice ID from customer e-mails", "Extract the invoice ID from a customer's e-mail")]
    [InlineData("Extract the invoice ID from customer e-mails", "please extract invoice ids from the customers' e-mails")]
    [InlineData("Book a flight to Lisbon on 2026-03-04", "Book a flight to Lisbon on 2027-11-30")]
    [InlineData("Summarise ticket 4711", "Summarise ticket 815")]
    public void These_are_the_same_task(string one, string other) => Assert.NotNull(Find(one, other));

    [Theory]
    [InlineData("Extract the invoice ID from customer e-mails", "Translate the contract into French")]
    [InlineData("Extract the invoice ID from customer e-mails", "Archive the newsletter of last week")]
    [InlineData("Book a flight to Lisbon", "Cancel the hotel in Porto")]
    [InlineData("the of in", "Translate the contract")]
    public void These_are_different_tasks(string one, string other) => Assert.Null(Find(one, other));

    [Fact]
    public void The_kind_of_error_tips_the_scales()
    {
        const string one = "Parse the delivery report of the warehouse", other = "Parse the delivery report of supplier";
        Assert.NotNull(Find(one, other, "ValueError: bad date", "Traceback\nValueError: another date"));
        Assert.True(
            SameTask.Similarity(SameTask.Words(one), "ValueError", SameTask.Words(other), "TimeoutError")
            < SameTask.Similarity(SameTask.Words(one), "ValueError", SameTask.Words(other), "ValueError"));
    }

    [Theory]
    [InlineData("Traceback (most recent call last):\n  KeyError: 'a'\nDuring handling:\nValueError: b", "ValueError")]
    [InlineData("requests.exceptions.ConnectTimeout: x", "ConnectTimeout")]
    [InlineData("it just failed", null)]
    [InlineData(null, null)]
    public void The_last_exception_counts(string? trace, string? kind) => Assert.Equal(kind, SameTask.ErrorKind(trace));

    [Fact]
    public void The_most_similar_of_several_patterns_is_the_one()
    {
        var near = Pattern("Extract the invoice ID from customer e-mails");
        var far = Pattern("Extract the order ID from customer letters");
        Assert.Equal(near.Id, SameTask.Find([far, near], new("Extract the invoice ID from e-mails of customers", null))?.Id);
    }

    static FailurePattern? Find(string one, string other, string? oneError = null, string? otherError = null) =>
        SameTask.Find([Pattern(one, oneError)], Phrasing.Of(other, otherError));

    static FailurePattern Pattern(string task, string? error = null) => FailurePattern.Begin(Guid.NewGuid(), "w", new Episode
    {
        Id = "e", AgentId = "ada", TaskDescription = task, Outcome = Outcome.Failure, RecordedAt = Now, ErrorTrace = error,
    });
}

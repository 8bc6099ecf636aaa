using AutoDev.Fitness.Scores;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class SubjectTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Guid Id = Guid.Parse("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000");

    [Theory]
    [InlineData("candidate:0190AAAA-bbbb-7ccc-8ddd-eeeeffff0000", "candidate:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")]
    [InlineData("mutation:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "mutation:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")]
    [InlineData("skill:extract_invoice_id@1.0.0", "skill:extract_invoice_id@1.0.0")]
    [InlineData("skill:größe@12.0.3", "skill:größe@12.0.3")]
    [InlineData("skill:a@1.0", null)]
    [InlineData("skill:a@1.0.0\n", null)]
    [InlineData("skill:a b@1.0.0", null)]
    [InlineData("skill:a/b@1.0.0", null)]
    [InlineData("skill:a\0@1.0.0", null)]
    [InlineData("skill:@1.0.0", null)]
    [InlineData("agent:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", null)]
    [InlineData("candidate:0190aaaabbbb7ccc8dddeeeeffff0000", null)]
    [InlineData("candidate:", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void One_subject_has_one_name(string? text, string? id) => Assert.Equal(id, SubjectId.Parse(text));

    [Fact]
    public void The_history_says_what_moved_the_score_and_when()
    {
        var subject = new Subject { Id = SubjectId.Candidate(Id) }
            .Heard(null, Now)
            .Count([Ours("no_syntax_error"), Ours("execution_success")], Now)
            .Count([Signal.OfCandidate(Id, "approved", Now, Now.AddHours(1), "ann: fine")], Now.AddHours(1));

        Assert.Equal([(Now, 0.5, "moderate"), (Now.AddHours(1), 1.0, "excellent")], subject.History.Select(h => (h.At, h.Score, h.Label)));
        Assert.Equal(["A person approved it (ann: fine)"], subject.History[1].Because);
    }

    [Fact]
    public void A_signal_that_was_counted_changes_nothing_and_is_no_news()
    {
        var subject = new Subject { Id = SubjectId.Candidate(Id) }.Heard(null, Now).Count([Ours("approved")], Now);
        Assert.Same(subject, subject.Count([Ours("approved")], Now.AddDays(1)));
    }

    [Fact]
    public void Nothing_is_said_of_a_subject_whose_owner_has_not_spoken()
    {
        var unheard = new Subject { Id = "skill:a@1.0.0" };
        var waiting = unheard.Count([Signal.FromOutside("x", "invoice_created", null, Now, Now)], Now);
        Assert.Equal("waiting", waiting.Status);
        Assert.False(waiting.IsNewsAfter(unheard));

        var heard = waiting.Heard(null, Now);
        Assert.Equal(("evaluated", 0.4), (heard.Status, heard.Score.Value));
        Assert.True(heard.IsNewsAfter(waiting));
    }

    [Fact]
    public void A_subject_that_nothing_is_known_of_yet_is_no_news() =>
        Assert.False(new Subject { Id = "skill:a@1.0.0" }.Heard(null, Now).IsNewsAfter(new Subject { Id = "skill:a@1.0.0" }));

    [Fact]
    public void No_sender_can_take_the_place_of_a_signal_of_ours()
    {
        var forged = Signal.FromOutside(Ours("approved").Id, "email_bounce", null, Now.AddDays(-9), Now);
        var subject = new Subject { Id = SubjectId.Candidate(Id) }.Count([forged], Now).Count([Ours("approved")], Now);
        Assert.Equal(0.2, subject.Score.Value);
    }

    [Fact]
    public void Asking_for_an_evaluation_twice_changes_nothing_the_second_time()
    {
        var evaluated = new Subject { Id = SubjectId.Candidate(Id) }.Heard(null, Now).Count([Ours("approved")], Now).Evaluate("ann", Now);
        Assert.Equal("evaluated", evaluated.Status);
        Assert.Same(evaluated, evaluated.Evaluate("bob", Now.AddDays(1)));
    }

    static Signal Ours(string name) => Signal.OfCandidate(Id, name, Now, Now);
}

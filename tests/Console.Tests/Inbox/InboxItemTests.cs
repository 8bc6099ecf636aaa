using AutoDev.OperatorConsole.Inbox;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

public sealed class InboxItemTests
{
    static readonly Said Said = Said.In("w");

    [Theory]
    [InlineData("approved", false)]
    [InlineData("rejected", false)]
    [InlineData(null, true)]
    public void Every_order_of_the_messages_and_every_repetition_ends_in_the_same_item(string? decision, bool waits)
    {
        Func<InboxItem, InboxItem>[] messages =
        [
            i => i.With(Said.Proposed()),
            i => i.With(Said.Validated()),
            i => i.With(Said.Restated()),
            i => decision switch { "approved" => i.With(Said.Approved()), "rejected" => i.With(Said.Rejected()), _ => i },
            i => i.With(Said.Scored(0.5, signals: 1)),
            i => i.With(Said.Scored(0.9, signals: 2)),
        ];
        var items = Orders(messages).Select(order => order.Concat(order).Aggregate(New(), (item, message) => message(item))).Distinct().ToList();

        var item = Assert.Single(items);
        Assert.Equal(waits, item.IsWaiting);
        Assert.Equal(decision, item.Ended);
        Assert.Equal(0.9, item.Score);
        Assert.Equal((2, 3), (item.HeldOutPassed, item.HeldOutTotal));
    }

    [Fact]
    public void Only_a_validated_candidate_waits()
    {
        Assert.False(New().With(Said.Proposed()).IsWaiting);
        Assert.True(New().With(Said.Validated()).IsWaiting);
    }

    [Theory]
    [InlineData("candidate:11111111-1111-1111-1111-111111111111", InboxKind.Candidate)]
    [InlineData("mutation:11111111-1111-1111-1111-111111111111", InboxKind.Mutation)]
    [InlineData("skill:extract@1.0.0", null)]
    [InlineData("candidate:nonsense", null)]
    public void A_score_moves_the_item_that_it_is_about(string subject, InboxKind? kind) => Assert.Equal(kind, InboxSubject.Read(subject)?.Kind);

    [Theory]
    [InlineData("approved", false)]
    [InlineData("rejected", false)]
    [InlineData(null, true)]
    public void A_mutation_waits_from_its_proof_to_its_decision_in_whatever_order_they_are_heard(string? decision, bool waits)
    {
        Func<InboxItem, InboxItem>[] messages =
        [
            i => i.With(Said.Completed()),
            i => i.With(Said.MutationRestated()),
            i => decision switch { "approved" => i.With(Said.MutationApproved()), "rejected" => i.With(Said.MutationRejected()), _ => i },
            i => i.With(Said.Scored(0.5, signals: 3) with { Revision = 1 }),
            i => i.With(Said.Scored(0.9, signals: 2) with { Revision = 2 }),
        ];
        var items = Orders(messages).Select(order => order.Concat(order).Aggregate(new InboxItem { Id = Said.Candidate }, (item, message) =>
            message(item))).Distinct().ToList();

        var item = Assert.Single(items);
        Assert.Equal((waits, decision, InboxKind.Mutation), (item.IsWaiting, item.Ended, item.Kind));
        Assert.Equal((0.9, 1.8), (item.Score, item.Speedup));
        Assert.Equal($"/w/a%20b/mutations/{Said.Candidate}", item.Address("a b"));
    }

    [Fact]
    public void What_was_lost_is_known_again_by_what_is_said_again_and_nothing_that_is_decided_comes_back()
    {
        Assert.Equal(New().With(Said.Proposed()).With(Said.Validated()), New().With(Said.Restated()) with { WaitingSince = Said.Validated().ValidatedAt });
        Assert.False(New().With(Said.Restated() with { ValidatedAt = null }).IsWaiting);
        Assert.False(New().With(Said.Approved()).With(Said.Restated()).IsWaiting);
        Assert.Equal(New().With(Said.Completed()), New().With(Said.MutationRestated()) with { WaitingSince = Said.Completed().CompletedAt });
        Assert.Equal(0.25m, New().With(Said.Restated() with { Cost = 0.25m }).With(Said.Restated()).Cost);
    }

    [Fact]
    public void A_mutation_that_did_not_win_waits_for_nobody() =>
        Assert.Equal(("failed", false), (New().With(Said.Completed() with { Passed = false }).Ended,
            New().With(Said.Completed() with { Passed = false }).IsWaiting));

    [Theory]
    [InlineData(false, true, true, "Auto-Dev is off")]
    [InlineData(true, false, true, "new skills are switched off")]
    [InlineData(true, true, false, "no agent has reported a failure")]
    [InlineData(true, true, true, "every candidate is decided")]
    public void An_empty_inbox_says_why(bool enabled, bool memento, bool hasFailures, string why) =>
        Assert.Contains(why, NothingWaits.Diagnose(new() { Enabled = enabled, MementoSkills = memento }, hasFailures).Why, StringComparison.Ordinal);

    static InboxItem New() => new() { Id = Said.Candidate };

    static IEnumerable<Func<InboxItem, InboxItem>[]> Orders(Func<InboxItem, InboxItem>[] all) => all.Length == 0
        ? [[]]
        : all.SelectMany((first, i) => Orders([.. all.Where((_, j) => j != i)]).Select(rest => (Func<InboxItem, InboxItem>[])[first, .. rest]));
}

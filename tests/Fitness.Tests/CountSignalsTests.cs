using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.Fitness.Scores;
using Xunit;
using static AutoDev.Fitness.Tests.FitnessFixture;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class CountSignalsTests(FitnessFixture fitness)
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_validated_candidate_has_half_the_score_and_hears_it_once()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Validated(workspace, id), 0.5, signals: 2, "pending");
    }

    [Fact]
    public async Task A_candidate_that_failed_validation_keeps_what_it_did_and_why_it_failed()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        var failed = Failed(workspace, id, syntaxError: false, success: false);
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), failed, 0.2, signals: 2, "pending");
        Assert.Contains(await fitness.SignalsAsync(workspace, SubjectId.Candidate(id)), s =>
            s.Reason.Contains("3 of 4 inputs raised", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_candidate_that_does_not_parse_has_no_score()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Failed(workspace, id, syntaxError: true, success: false), 0, signals: 2, "pending");
    }

    [Fact]
    public async Task An_approval_adds_half()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Approved(workspace, id), 0.5, signals: 1, "pending");
    }

    [Fact]
    public async Task A_rejection_takes_half()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Validated(workspace, id), 0.5, signals: 2, "pending");
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Rejected(workspace, id), 0, signals: 3, "pending");
    }

    [Fact]
    public async Task An_external_signal_evaluates_a_candidate()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), Validated(workspace, id), 0.5, signals: 2, "pending");
        await TellTwiceAsync(workspace, SubjectId.Candidate(id), External(workspace, SubjectId.Candidate(id), "invoice_created"), 0.9, signals: 3, "evaluated");
    }

    [Fact]
    public async Task A_signal_for_an_unknown_skill_waits_for_it()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        var said = await fitness.ListenAsync<FitnessScored>();
        await fitness.PublishTwiceAsync(External(workspace, "skill:extract@1.0.0", "invoice_created"));
        await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s is { Status: "waiting", SignalCount: 1 });

        await fitness.PublishTwiceAsync(Published(workspace, id));
        var scored = await said.WaitAsync(s => s.WorkspaceId == workspace);
        Assert.Equal(("skill:extract@1.0.0", 0.4, "evaluated", 1), (scored.Subject, scored.Score, scored.Status, scored.SignalCount));
    }

    [Fact]
    public async Task A_skill_has_its_candidates_signals_whichever_message_comes_first()
    {
        var said = await fitness.ListenAsync<FitnessScored>();
        foreach (var order in new[] { new[] { 0, 1, 2, 3 }, [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2] })
        {
            var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
            Func<Task>[] tell =
            [
                () => fitness.PublishTwiceAsync(Validated(workspace, id)),
                () => fitness.PublishTwiceAsync(Approved(workspace, id)),
                () => fitness.PublishTwiceAsync(Published(workspace, id)),
                () => fitness.PublishTwiceAsync(External(workspace, "skill:extract@1.0.0", "email_bounce")),
            ];
            foreach (var i in order) await tell[i]();

            var skill = await said.WaitAsync(s => s.WorkspaceId == workspace && s is { Subject: "skill:extract@1.0.0", SignalCount: 4 });
            Assert.Equal((0.7, "good", "evaluated"), (skill.Score, skill.Label, skill.Status));
            var candidate = await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s.SignalCount == 3);
            Assert.Equal((1.0, "pending"), (candidate.Score.Value, candidate.Status));
        }
    }

    [Fact]
    public async Task Forty_signals_at_once_all_count()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await fitness.PublishAsync(Published(workspace, id));
        await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(i => new[]
        {
            fitness.PublishTwiceAsync(External(workspace, SubjectId.Candidate(id), "conversion_value", 20, $"c{i}")),
            fitness.PublishTwiceAsync(External(workspace, "skill:extract@1.0.0", "conversion_value", 10, $"s{i}")),
        }));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s is { SignalCount: 20, Score.Value: 0.4 });
        await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s is { SignalCount: 40, Score.Value: 0.6 });
    }

    [Fact]
    public async Task Corrections_and_retractions_give_one_score_in_any_order_and_number()
    {
        foreach (var order in new[] { new[] { 0, 1, 2, 3, 4 }, [4, 3, 2, 1, 0], [3, 1, 0, 4, 2], [2, 3, 4, 0, 1] })
        {
            var workspace = await fitness.WorkspaceAsync();
            const string skill = "skill:extract@1.0.0";
            FitnessSignalReceived[] history =
            [
                External(workspace, skill, "conversion_value", 300, "a"), External(workspace, skill, "conversion_value", 100, "b", replaces: "a"),
                External(workspace, skill, "crm_conversion", null, "c"), External(workspace, skill, "retraction", null, "d", retracts: "c"),
                External(workspace, skill, "invoice_created", null, "e"),
            ];
            foreach (var i in order) await fitness.PublishTwiceAsync(history[i]);
            foreach (var i in order) await fitness.PublishAsync(history[i]); // once more, as other messages
            await fitness.PublishAsync(Published(workspace, Guid.CreateVersion7()));

            await fitness.SubjectAsync(workspace, skill, s => s is { IsKnown: true, SignalCount: 2, ExternalCount: 2, Sum: 0.5m, Score.Value: 0.5 });
            var signals = await fitness.SignalsAsync(workspace, skill);
            Assert.Equal(["external:a by external:b", "external:b by ", "external:c by external:d", "external:d by ", "external:e by "],
                signals.Select(s => $"{s.Key} by {s.VoidedBy}").Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task The_same_candidate_id_in_another_workspace_is_another_candidate()
    {
        var (one, two, id) = (await fitness.WorkspaceAsync(), await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await fitness.PublishAsync(Validated(one, id));
        await fitness.PublishAsync(Approved(two, id));
        await fitness.SubjectAsync(one, SubjectId.Candidate(id), s => s.SignalCount == 2);
        await fitness.SubjectAsync(two, SubjectId.Candidate(id), s => s.SignalCount == 1);
    }

    [Fact]
    public async Task A_late_signal_is_told_in_the_conversation_of_its_candidate()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        var said = await fitness.ListenAsync<FitnessScored>();
        await fitness.PublishAsync(Validated(workspace, id));
        var first = await said.ContextAsync(s => s.WorkspaceId == workspace);
        await fitness.PublishAsync(External(workspace, SubjectId.Candidate(id), "invoice_created"));
        var late = await said.ContextAsync(s => s.WorkspaceId == workspace && s.SignalCount == 3);
        Assert.NotNull(first.ConversationId);
        Assert.Equal(first.ConversationId, late.ConversationId);
        Assert.InRange(late.Message.Revision, first.Message.Revision + 1, int.MaxValue);
    }

    /// <summary>Redelivers the message, and says the same once more under a new message id: it counts once and is said once.</summary>
    async Task<Subject> TellTwiceAsync<T>(string workspace, string id, T message, double score, int signals, string status)
        where T : class
    {
        var said = await fitness.ListenAsync<FitnessScored>();
        var before = said.Messages.Count(s => s.WorkspaceId == workspace);
        await fitness.PublishTwiceAsync(message);
        await said.WaitAsync(s => s.WorkspaceId == workspace && s.SignalCount == signals);
        await fitness.PublishTwiceAsync(message);

        // Published after the repetitions: when it was heard, they were consumed.
        var marker = Guid.CreateVersion7();
        await fitness.PublishAsync(Validated(workspace, marker));
        await said.WaitAsync(s => s.WorkspaceId == workspace && s.Subject == SubjectId.Candidate(marker));

        var subject = await fitness.SubjectAsync(workspace, id, s => s.SignalCount == signals);
        Assert.Equal((score, status), (subject.Score.Value, subject.Status));
        Assert.Equal(before + 2, said.Messages.Count(s => s.WorkspaceId == workspace));
        return subject;
    }

    static SkillCandidateValidationFailed Failed(string workspace, Guid id, bool syntaxError, bool success) => new()
    {
        WorkspaceId = workspace, CandidateId = id, PatternId = id, AgentId = "a", SkillName = "extract", Reason = "3 of 4 inputs raised",
        SyntaxError = syntaxError, ExecutionSuccess = success, FailedAt = Now,
    };

    static SkillCandidateRejected Rejected(string workspace, Guid id) => new()
    {
        WorkspaceId = workspace, CandidateId = id, PatternId = id, AgentId = "a", SkillName = "extract", RejectedBy = "ann", Reason = "no", RejectedAt = Now,
    };
}

using System.Diagnostics;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Activities;

/// <summary>
/// Writes down what was said on the bus. An entry's id is made of the domain's own ids, and what was recorded once stays: the order of messages and their
/// repetition change nothing.
/// </summary>
sealed class RecordActivityConsumer(IDocumentSession session, TimeProvider clock) :
    IConsumer<EpisodeFailed>, IConsumer<EpisodeSucceeded>, IConsumer<EpisodeFeedbackGiven>, IConsumer<FailurePatternDetected>,
    IConsumer<SkillCandidateProposed>, IConsumer<SkillCandidateValidated>, IConsumer<SkillCandidateValidationFailed>, IConsumer<SkillCandidateGenerationFailed>,
    IConsumer<SkillCandidateApproved>, IConsumer<SkillCandidateRejected>, IConsumer<SkillCandidateRefused>, IConsumer<SkillPublished>,
    IConsumer<SkillRolledBack>, IConsumer<SkillRetired>, IConsumer<SkillRestored>,
    IConsumer<SkillVersionConfirmed>, IConsumer<ExperimentStarted>, IConsumer<ExperimentEnded>, IConsumer<MutationProposed>, IConsumer<MutationCompleted>,
    IConsumer<MutationApproved>, IConsumer<MutationRejected>, IConsumer<MutationNotPublished>, IConsumer<MutationRolledBack>,
    IConsumer<SandboxRunCompleted>, IConsumer<FitnessScored>, IConsumer<FitnessDropped>,
    IConsumer<GateRefused>, IConsumer<AgentMaturityChanged>, IConsumer<CapabilityUnlocked>, IConsumer<WorkspaceSettingsChanged>
{
    const string UseOfSkill = "mcp";

    public Task Consume(ConsumeContext<EpisodeFailed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<EpisodeSucceeded> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<EpisodeFeedbackGiven> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<FailurePatternDetected> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateProposed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidated> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) => Record(context, Describe.Of(context.Message));

    // The only message without a time of its own; the envelope's may come from a foreign id and be absurd.
    public Task Consume(ConsumeContext<SkillCandidateRefused> context) => Record(context, Describe.Of(context.Message, clock.GetUtcNow()));

    public Task Consume(ConsumeContext<SkillPublished> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillRolledBack> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillRetired> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillRestored> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<SkillVersionConfirmed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<ExperimentStarted> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<ExperimentEnded> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationProposed> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationCompleted> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationApproved> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationRejected> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationNotPublished> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<MutationRolledBack> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<FitnessDropped> context) => Record(context, Describe.Of(context.Message));

    // An agent's use of a skill is no step of a loop, and there are thousands of them.
    public Task Consume(ConsumeContext<SandboxRunCompleted> context) =>
        context.Message.RequestedBy == UseOfSkill ? Task.CompletedTask : Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<FitnessScored> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<GateRefused> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<AgentMaturityChanged> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<CapabilityUnlocked> context) => Record(context, Describe.Of(context.Message));

    public Task Consume(ConsumeContext<WorkspaceSettingsChanged> context) => Record(context, Describe.Of(context.Message));

    async Task Record(ConsumeContext context, ActivityEntry entry)
    {
        if (await session.LoadAsync<ActivityEntry>(entry.Id, context.CancellationToken) is not null) return;
        session.Store(entry with { ConversationId = context.ConversationId, TraceId = Activity.Current?.TraceId.ToString() });
    }
}

using AutoDev.Contracts.Evolver;
using AutoDev.Fitness.Variants;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>
/// What became of a mutation: whether it parses and runs well, and what a person said. A rule's promotion is no person's approval, and has no weight. What
/// was measured against the parent is kept apart from the score.
/// </summary>
sealed class CountMutationConsumer(IDocumentSession session, TimeProvider clock)
    : IConsumer<MutationCompleted>, IConsumer<MutationApproved>, IConsumer<MutationRejected>
{
    const string Rule = "system:";

    public Task Consume(ConsumeContext<MutationCompleted> context) => Count(
        context, context.Message.MutationId, Decide(context.Message), s => s.Of(context.Message.SkillName, Efficiency.Of(context.Message)));

    public Task Consume(ConsumeContext<MutationApproved> context) => Count(
        context, context.Message.MutationId, [Decide(context.Message)], s => s.Of(context.Message.SkillName, measured: null));

    public Task Consume(ConsumeContext<MutationRejected> context) => Count(
        context, context.Message.MutationId, [Decide(context.Message)], s => s.Of(context.Message.SkillName, measured: null));

    public static IReadOnlyList<Signal> Decide(MutationCompleted said) =>
    [
        Signal.OfMutation(said.MutationId, said.SyntaxError ? "syntax_error" : "no_syntax_error", said.CompletedAt, said.SyntaxError ? said.Detail : null),
        Signal.OfMutation(
            said.MutationId, said.ExecutionSuccess ? "execution_success" : "execution_failure", said.CompletedAt, said.ExecutionSuccess ? null : said.Detail),
    ];

    public static Signal Decide(MutationApproved said) => Signal.OfMutation(
        said.MutationId, said.ApprovedBy.StartsWith(Rule, StringComparison.Ordinal) ? "auto_promoted" : "approved", said.ApprovedAt,
        said.Reason is null ? said.ApprovedBy : $"{said.ApprovedBy}: {said.Reason}", said.ApprovedBy);

    public static Signal Decide(MutationRejected said) =>
        Signal.OfMutation(said.MutationId, "rejected", said.RejectedAt, $"{said.RejectedBy}: {said.Reason}", said.RejectedBy);

    Task Count(ConsumeContext context, Guid mutation, IReadOnlyList<Signal> signals, Func<Subject, Subject> learn) =>
        session.CountAsync(context, SubjectId.Mutation(mutation), signals, isFromOwner: true, clock.GetUtcNow(), learn);
}

using AutoDev.Contracts.Reflection;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Outcomes;

/// <summary>Keeps how well it went, once, in whatever order the news of executions, episodes and versions come.</summary>
sealed class RecordOutcomeConsumer(IDocumentSession session) :
    IConsumer<SkillExecuted>, IConsumer<EpisodeSucceeded>, IConsumer<EpisodeFailed>, IConsumer<EpisodeFeedbackGiven>
{
    public Task Consume(ConsumeContext<SkillExecuted> context) => Keep([Outcome.Of(context.Message)]);

    public Task Consume(ConsumeContext<EpisodeSucceeded> context) => Keep(Outcome.Of(context.Message));

    public Task Consume(ConsumeContext<EpisodeFailed> context) => Keep(Outcome.Of(context.Message));

    public Task Consume(ConsumeContext<EpisodeFeedbackGiven> context) => Keep(Outcome.Of(context.Message));

    Task Keep(IEnumerable<Outcome> outcomes)
    {
        foreach (var outcome in outcomes.OrderBy(o => o.Key)) session.Record(outcome);
        return Task.CompletedTask;
    }
}

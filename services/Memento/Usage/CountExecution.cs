using AutoDev.Contracts.Reflection;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Usage;

/// <summary>Counts the use of a skill by version, agent and day, once, in whatever order the news of executions and versions come.</summary>
public sealed class CountExecutionConsumer(IDocumentSession session) : IConsumer<SkillExecuted>
{
    /// <inheritdoc />
    public Task Consume(ConsumeContext<SkillExecuted> context)
    {
        var execution = context.Message;
        if (string.IsNullOrEmpty(execution.ExecutionId)) throw new InvalidMessageException("An execution has an id.");
        session.Count(execution);
        return Task.CompletedTask;
    }
}

/// <summary>Executions of one skill add to one row: more at once would wait for one another only.</summary>
public sealed class CountExecutionDefinition : ConsumerDefinition<CountExecutionConsumer>
{
    const int AtOnce = 8;

    /// <summary>Sets the limit.</summary>
    public CountExecutionDefinition()
    {
        ConcurrentMessageLimit = AtOnce;
        Endpoint(endpoint => endpoint.PrefetchCount = 4 * AtOnce);
    }
}

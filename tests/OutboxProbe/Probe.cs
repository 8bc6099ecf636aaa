using Marten;
using MassTransit;

namespace AutoDev.OutboxProbe;

/// <summary>Work to be done once.</summary>
public sealed record ProbeWork(string WorkspaceId, string WorkId);

/// <summary>Said once it is done.</summary>
public sealed record ProbeDone(string WorkspaceId, string WorkId);

/// <summary>What was done, a letter each time: twice would show.</summary>
public sealed record Effect(string Id, string Letters);

/// <summary>Does it and says so.</summary>
public sealed class DoWorkConsumer(IDocumentSession session) : IConsumer<ProbeWork>
{
    public async Task Consume(ConsumeContext<ProbeWork> context)
    {
        KillPoint.At("received");
        var known = await session.LoadAsync<Effect>(context.Message.WorkId, context.CancellationToken);
        session.Store(new Effect(context.Message.WorkId, known?.Letters + "x"));
        await context.Publish(new ProbeDone(context.Message.WorkspaceId, context.Message.WorkId));
    }
}

/// <summary>The effect downstream.</summary>
public sealed class HearDoneConsumer(IDocumentSession session) : IConsumer<ProbeDone>
{
    public async Task Consume(ConsumeContext<ProbeDone> context)
    {
        var id = context.Message.WorkId + "/heard";
        var known = await session.LoadAsync<Effect>(id, context.CancellationToken);
        session.Store(new Effect(id, known?.Letters + "y"));
    }
}

using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// Takes the sandbox's answers to the experiments that wait for them, one transaction each. An answer that is not waited for any more changes nothing: a
/// redelivered one, or one that comes after the end.
/// </summary>
sealed class AdvanceExperimentConsumer(IDocumentSession session, Turns turns) : IConsumer<SandboxRunCompleted>, IConsumer<SandboxMeasured>
{
    public async Task Consume(ConsumeContext<SandboxRunCompleted> context)
    {
        var run = context.Message;
        if (run.RequestedBy != EvolverModule.Service) return;
        if (await WaitingAsync(run.SubjectId, run.RunId, run.ExecutionLatencyMs / 1000, context.CancellationToken) is not { } experiment) return;

        var turn = turns.Begin(run.WorkspaceId, session, context, context.CancellationToken);
        session.Store(run.Status == "sandbox_unavailable"
            ? await EndExperiment.AsFailedAsync(turn, experiment, $"sandbox_unavailable: {run.Reason}")
            : experiment.Stage switch
            {
                Stage.Inputs => await GatherInputs.HearAsync(turn, experiment, run),
                Stage.Reference => await HoldReference.HearAsync(turn, experiment, run),
                Stage.Proposing => await ProposeVariantsConsumer.HearAsync(turn, experiment, run),
                Stage.Trying => await TryVariants.HearAsync(turn, experiment, run),
                _ => await ProveMutation.HearAsync(turn, experiment, run),
            });
    }

    public async Task Consume(ConsumeContext<SandboxMeasured> context)
    {
        var measured = context.Message;
        if (measured.RequestedBy != EvolverModule.Service) return;
        var seconds = (measured.Original is null ? [] : measured.Variants.Prepend(measured.Original)).Sum(m => m.WallMs.Sum()) / 1000;
        if (await WaitingAsync(measured.SubjectId, measured.MeasurementId, seconds, context.CancellationToken) is not { } experiment) return;

        var turn = turns.Begin(measured.WorkspaceId, session, context, context.CancellationToken);
        session.Store(measured.Status == "sandbox_unavailable"
            ? await EndExperiment.AsFailedAsync(turn, experiment, $"sandbox_unavailable: {measured.Reason}")
            : experiment.Stage == Stage.Measuring
                ? await MeasureVariants.HearAsync(turn, experiment, measured)
                : await ProveMutation.HearAsync(turn, experiment, measured));
    }

    async Task<Experiment?> WaitingAsync(Guid id, Guid answer, double seconds, CancellationToken cancellation)
    {
        await session.LockAsync(Experiment.LockOf(id), cancellation);
        return await session.LoadAsync<Experiment>(id, cancellation) is { } experiment && experiment.Awaited.Contains(answer)
            ? experiment.Heard(answer, new(1, seconds, 0))
            : null;
    }
}

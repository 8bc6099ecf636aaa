using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Mutators;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Experiments;

/// <summary>What a stage of an experiment works with in one transaction, which its caller commits.</summary>
sealed record Turn(
    string Workspace, IDocumentSession Session, IPublishEndpoint Bus, EvolutionOptions Options, IReadOnlyList<IMutator> Mutators, DateTimeOffset Now,
    CancellationToken Cancellation)
{
    /// <summary>Says something that is part of a loop, whether a message or a person moves it on.</summary>
    public Task SayAsync<T>(Guid? conversation, T message)
        where T : class => Bus.Publish(message, context => context.ConversationId = conversation ?? context.ConversationId, Cancellation);

    /// <summary>Asks the sandbox for a run of the experiment.</summary>
    public Task AskAsync(
        Experiment experiment, Guid run, string source, string function, IReadOnlyList<string> inputs, SandboxLimits? limits = null, bool scan = false) =>
        SayAsync(experiment.ConversationId, new RunInSandbox
        {
            RunId = run, WorkspaceId = Workspace, RequestedBy = EvolverModule.Service, SubjectId = experiment.Id, Source = source, FunctionName = function,
            Inputs = inputs, Limits = limits, Scan = scan,
        });

    /// <summary>Asks the sandbox for a paired measurement of variants against the experiment's original.</summary>
    public Task MeasureAsync(
        Experiment experiment, Guid measurement, IReadOnlyList<string> variants, IReadOnlyList<string> inputs, double seconds, double confidence) =>
        SayAsync(experiment.ConversationId, new MeasureInSandbox
        {
            MeasurementId = measurement, WorkspaceId = Workspace, RequestedBy = EvolverModule.Service, SubjectId = experiment.Id,
            FunctionName = experiment.FunctionName, Original = experiment.Source, Variants = variants, Inputs = inputs, BudgetSeconds = seconds,
            Confidence = confidence, Limits = new() { TimeoutSeconds = HoldReference.LongestSeconds },
        });
}

/// <summary>Makes the turns of this process.</summary>
sealed class Turns(IOptions<EvolutionOptions> options, IEnumerable<IMutator> mutators, TimeProvider clock)
{
    readonly IReadOnlyList<IMutator> _mutators = [.. mutators];

    /// <summary>A turn at this moment.</summary>
    /// <param name="workspace">The tenant, which is the session's.</param>
    /// <param name="session">Commits what the turn stores.</param>
    /// <param name="bus">Says what the turn says with the session's commit.</param>
    /// <param name="cancellation">Gives up.</param>
    public Turn Begin(string workspace, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation) =>
        new(workspace, session, bus, options.Value, _mutators, clock.GetUtcNow(), cancellation);
}

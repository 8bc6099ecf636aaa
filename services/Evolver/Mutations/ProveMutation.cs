using System.Diagnostics;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Contests;
using AutoDev.Evolver.Experiments;

namespace AutoDev.Evolver.Mutations;

/// <summary>
/// Last stage: the best form is compared once more, alone, on all inputs, and scanned. The best of many measurements is too good to be true; only this one
/// decides.
/// </summary>
static class ProveMutation
{
    const int Rounds = 16;

    /// <summary>Makes the mutation and asks for its run and its contest.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment, Variant best)
    {
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!.Inputs;
        var mutation = Propose(experiment, best, turn.Now) with { TraceParent = Activity.Current?.Id };
        turn.Session.Store(mutation);
        turn.Session.Store(best with { Status = VariantStatus.Chosen });
        await turn.SayAsync(experiment.ConversationId, new MutationProposed
        {
            WorkspaceId = turn.Workspace, MutationId = mutation.Id, ExperimentId = experiment.Id, SkillName = mutation.SkillName,
            ParentVersion = mutation.ParentVersion, Reason = mutation.Reason, Mutator = mutation.Mutator, Description = mutation.Description,
            AgentId = mutation.AgentId, ProposedAt = turn.Now,
        });

        List<Guid> awaited = [ExperimentId.ProvingRun(mutation.Id)];
        await turn.AskAsync(
            experiment, awaited[0], mutation.Source, mutation.FunctionName, [.. inputs.Select(i => i.InputJson)], TryVariants.Limits(inputs), scan: true);
        if (MeasureVariants.Timed(inputs) is { Count: > 0 } timed)
        {
            awaited.Add(ExperimentId.ProvingMeasurement(mutation.Id));
            await turn.MeasureAsync(
                experiment, awaited[1], [mutation.Source], [.. timed.Select(i => i.InputJson)], MeasureVariants.Seconds(timed, 1, Rounds), Speedup.Confidence);
        }

        return (experiment with { MutationId = mutation.Id }).To(Stage.Proving, awaited, $"The best is proven: {mutation.Description}", turn.Now);
    }

    /// <summary>Takes the run.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxRunCompleted run)
    {
        var mutation = await LoadAsync(turn, experiment.MutationId!.Value);
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!;
        return await GoOnAsync(turn, experiment, Compare(experiment, mutation, inputs.Inputs, run));
    }

    /// <summary>Takes the measurement.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxMeasured measured)
    {
        var mutation = await LoadAsync(turn, experiment.MutationId!.Value);
        return await GoOnAsync(turn, experiment, mutation with { Timing = Timing(measured) });
    }

    /// <summary>Fails a mutation that is still being proven, since its experiment ends.</summary>
    public static async Task GiveUpAsync(Turn turn, Guid id, string why)
    {
        var mutation = await LoadAsync(turn, id);
        await CompleteAsync(turn, Complete(mutation, isPassed: false, why, turn.Now));
    }

    /// <summary>Pure: the chosen form as a mutation.</summary>
    internal static Mutation Propose(Experiment experiment, Variant best, DateTimeOffset now) => new()
    {
        Id = ExperimentId.Mutation(experiment.Id), Revision = 1, Status = MutationStatus.Pending, ExperimentId = experiment.Id,
        SkillName = experiment.SkillName,
        ParentVersion = experiment.Version, FunctionName = experiment.FunctionName, Source = best.Source, ParentSource = experiment.Source,
        Reason = experiment.Reason,
        Mutator = best.Mutator, Rules = best.Rules, Description = best.Description, AgentId = experiment.AgentId, ConversationId = experiment.ConversationId,
        ProposedAt = now, UpdatedAt = now,
    };

    /// <summary>Pure: with what it does on each input.</summary>
    internal static Mutation Compare(Experiment experiment, Mutation mutation, IReadOnlyList<TrialInput> inputs, SandboxRunCompleted run)
    {
        var scanned = mutation with { Findings = run.SecurityFindings ?? [], ScanFailed = run.SecurityScanFailed, SyntaxError = run.SyntaxError };
        return run.Status != "completed" || run.Results.Count != inputs.Count
            ? scanned
            : scanned with
            {
                ByInput =
                [
                    .. inputs.Zip(run.Results.Select(InputOutcome.Of), (input, outcome) => new InputComparison(
                        input.InputJson, input.IsRecorded, input.Original!, outcome,
                        Verdict.Of(input.Original!, outcome, TryVariants.MayMend(experiment, input)))),
                ],
            };
    }

    /// <summary>Pure: how it ends, once everything is known that there will be.</summary>
    internal static Mutation Decide(Mutation mutation, IReadOnlyList<SecurityFinding> parentFindings, DateTimeOffset now)
    {
        if (mutation.ByInput.Count == 0) return Complete(mutation, isPassed: false, "It does not run any more.", now);
        var contest = Contest.Decide(mutation.ByInput, mutation.Timing);
        var measured = mutation with
        {
            Speedup = contest.Speed, Mended = contest.Mended,
            MemoryRatio = mutation.Timing is { } t ? MeasureVariants.MemoryRatio(t.OriginalMemoryKb, t.MutationMemoryKb) : null,
            ExecutionSuccess = mutation.ByInput.All(i => !i.Original.IsOk || i.Mutation.IsOk),
        };
        if (!contest.IsWon) return Complete(measured, isPassed: false, contest.Detail, now);
        if (mutation.ScanFailed is { } why) return Complete(measured, isPassed: false, $"The security scan gave no answer: {why}", now);
        return NewDanger(mutation.Findings, parentFindings) is { } danger
            ? Complete(measured, isPassed: false, $"The security scan finds in it, in line {danger.Line}, what its parent does not have: {danger.Why}", now)
            : Complete(measured, isPassed: true, contest.Detail, now);
    }

    /// <summary>Pure: the parent's times and its own, round by round; <c>null</c> where there are none.</summary>
    internal static ContestTiming? Timing(SandboxMeasured measured) => measured is { Original: { } one, Variants: [{ Failed: null } other] }
        ? new(measured.Rounds, one.CpuMs, other.CpuMs, one.PeakMemoryKb, other.PeakMemoryKb)
        : null;

    static SecurityFinding? NewDanger(IReadOnlyList<SecurityFinding> findings, IReadOnlyList<SecurityFinding> parent) => findings
        .Where(f => f.Severity == "high").GroupBy(f => f.Rule, StringComparer.Ordinal)
        .FirstOrDefault(rule => rule.Count() > parent.Count(f => f.Severity == "high" && f.Rule == rule.Key))?.First();

    static Mutation Complete(Mutation mutation, bool isPassed, string detail, DateTimeOffset now) =>
        mutation.To(isPassed ? MutationStatus.Passed : MutationStatus.Failed, now) with { Detail = detail, CompletedAt = now };

    static async Task<Experiment> GoOnAsync(Turn turn, Experiment experiment, Mutation mutation)
    {
        if (experiment.Awaited.Count > 0)
        {
            turn.Session.Store(mutation);
            return experiment;
        }

        var parent = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!;
        var decided = Decide(mutation, parent.Findings, turn.Now);
        await CompleteAsync(turn, decided);
        var isPassed = decided.Status == MutationStatus.Passed;
        return await EndExperiment.RunAsync(turn, experiment, isPassed ? Outcome.Improved : Outcome.NothingBetter, decided.Detail!);
    }

    static async Task CompleteAsync(Turn turn, Mutation m)
    {
        turn.Session.Store(m);
        await turn.SayAsync(m.ConversationId, new MutationCompleted
        {
            WorkspaceId = turn.Workspace, MutationId = m.Id, ExperimentId = m.ExperimentId, SkillName = m.SkillName, ParentVersion = m.ParentVersion,
            Reason = m.Reason, Mutator = m.Mutator, Description = m.Description, Passed = m.Status == MutationStatus.Passed, Detail = m.Detail!,
            SyntaxError = m.SyntaxError, ExecutionSuccess = m.ExecutionSuccess, Inputs = m.ByInput.Count, Mended = m.Mended, Speedup = m.Speedup?.Ratio,
            SpeedupLow = m.Speedup?.Low, SpeedupHigh = m.Speedup?.High, MemoryRatio = m.MemoryRatio, AgentId = m.AgentId, CompletedAt = turn.Now,
        });
    }

    static async Task<Mutation> LoadAsync(Turn turn, Guid id) => (await turn.Session.LoadAsync<Mutation>(id, turn.Cancellation))!;
}

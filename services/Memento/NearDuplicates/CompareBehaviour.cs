using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>Notes what a skill made of a candidate's inputs. One that does the same on all of them makes a decision on what was shown before void.</summary>
public sealed class CompareBehaviourConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SandboxRunCompleted>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<SandboxRunCompleted> context)
    {
        var (run, cancellation) = (context.Message, context.CancellationToken);
        if (run.RequestedBy != MementoModule.Service) return;
        await session.LockAsync($"candidate/{run.SubjectId}", cancellation);
        if (await session.LoadAsync<DuplicateSearch>(CandidateId.DuplicatesOf(run.SubjectId), cancellation) is not { } search) return;
        var candidate = (await session.LoadAsync<SkillCandidate>(run.SubjectId, cancellation))!;
        if (Decide(search, candidate, run) is not { } next) return;

        session.Store(next);
        if (candidate.WithDuplicates(next.NearDuplicates(), clock.GetUtcNow()) is { } flagged) session.Store(flagged);
    }

    /// <summary>Pure: the search with this answer; <c>null</c> where it was not waited for.</summary>
    internal static DuplicateSearch? Decide(DuplicateSearch search, SkillCandidate candidate, SandboxRunCompleted run)
    {
        if (!search.Compared.Any(c => c.IsRunning && c.RunId == run.RunId)) return null;
        return search with { Compared = [.. search.Compared.Select(c => c.IsRunning && c.RunId == run.RunId ? c.With(run, candidate) : c)] };
    }
}

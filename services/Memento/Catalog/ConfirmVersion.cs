using AutoDev.Contracts.Memento;
using AutoDev.Embeddings;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Catalog;

/// <summary>Gives a version that a share of the agents had on trial to all of them. Where all have it there is nothing to do.</summary>
public sealed class ConfirmVersionConsumer(IDocumentSession session, Meanings meanings, TimeProvider clock) : IConsumer<ConfirmSkillVersion>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<ConfirmSkillVersion> context)
    {
        var (asked, cancellation) = (context.Message, context.CancellationToken);
        await session.LockAsync(PublishSkill.LockOf(asked.SkillName), cancellation);
        if (await session.LoadAsync<Skill>(asked.SkillName, cancellation) is not { Canary: { } canary } skill || skill.CurrentVersion != asked.Version) return;

        var word = new Word(asked.RequestedBy, asked.Reason, clock.GetUtcNow());
        await ChangeSkill.CarryOutAsync(asked.WorkspaceId, skill, Decide(asked.WorkspaceId, skill, canary, word), word, session, meanings, context, cancellation);
    }

    /// <summary>Pure.</summary>
    internal static Change Decide(string workspace, Skill skill, Canary canary, Word word)
    {
        var next = skill.Confirmed();
        var what = SkillEvent.Of(SkillEventKind.Confirmed, skill.AsForAll(), next.AsForAll(), word) with { FromVersion = canary.InsteadVersion };
        return Change.To(next, what, new SkillVersionConfirmed
        {
            WorkspaceId = workspace, SkillName = skill.Name, Version = next.CurrentVersion, Revision = next.Revision, Reason = word.Reason,
            ConfirmedBy = word.By, ConfirmedAt = word.At,
        });
    }
}

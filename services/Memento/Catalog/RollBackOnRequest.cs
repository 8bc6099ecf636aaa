using AutoDev.Embeddings;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Asked = AutoDev.Contracts.Memento.RollBackSkill;

namespace AutoDev.Memento.Catalog;

/// <summary>
/// Gives agents an earlier version again when the Evolver saw the live results of the current one fall. Only while they get that one: what a person decided since
/// then stands. Answered by <see cref="Contracts.Memento.SkillRolledBack"/> where it was done.
/// </summary>
public sealed class RollBackOnRequestConsumer(IDocumentSession session, Meanings meanings, TimeProvider clock) : IConsumer<Asked>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<Asked> context)
    {
        var (asked, cancellation) = (context.Message, context.CancellationToken);
        await session.LockAsync(PublishSkill.LockOf(asked.SkillName), cancellation);
        if (await session.LoadAsync<Skill>(asked.SkillName, cancellation) is not { Retired: null } skill || skill.CurrentVersion != asked.FromVersion) return;

        var version = await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(asked.SkillName, asked.ToVersion), cancellation);
        if (version is null) throw new InvalidMessageException($"There is no version {asked.ToVersion} of the skill {asked.SkillName} to go back to.");
        var word = new Word(asked.RequestedBy, asked.Reason, clock.GetUtcNow());
        var change = RollBackSkill.Decide(asked.WorkspaceId, skill, asked.ToVersion, version, word);
        if (change.Refusal is null) await ChangeSkill.CarryOutAsync(asked.WorkspaceId, skill, change, word, session, meanings, context, cancellation);
    }
}

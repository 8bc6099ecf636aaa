using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Keys;

/// <summary>Keeps when each key was last used, whichever service saw it and in whatever order they say so.</summary>
sealed class RecordKeyUsesConsumer(IDocumentSession session) : IConsumer<ApiKeysUsed>
{
    public async Task Consume(ConsumeContext<ApiKeysUsed> context)
    {
        var said = context.Message.Uses.Select(u => (Place: new Place<string>(u.WorkspaceId, u.KeyId), u.UsedAt)).ToList();
        var issued = await session.FindManyAsync<IssuedKey, string>([.. said.Select(s => s.Place)], context.CancellationToken);
        await session.LockManyAsync(issued.Select(key => key with { Id = $"key-use/{key.Id}" }), context.CancellationToken);
        var known = await session.LoadManyAsync<KeyUse, string>(issued, context.CancellationToken);
        session.StoreMany(Newer(said.Where(s => issued.Contains(s.Place)), known));
    }

    /// <summary>Pure: what is later than what is known.</summary>
    internal static IReadOnlyList<(Place<string> Place, KeyUse Document)> Newer(
        IEnumerable<(Place<string> Place, DateTimeOffset UsedAt)> said, IReadOnlyDictionary<Place<string>, KeyUse> known) =>
    [
        .. from one in said
           group one.UsedAt by one.Place into key
           let last = key.Max()
           where !known.TryGetValue(key.Key, out var before) || before.LastAt < last
           select (key.Key, new KeyUse { Id = key.Key.Id, LastAt = last }),
    ];
}

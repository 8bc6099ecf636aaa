using System.Xml.Linq;
using Marten;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>A key that the cookies are encrypted with.</summary>
sealed record StoredKey
{
    public required string Id { get; init; }

    public required string Xml { get; init; }
}

/// <summary>Keeps those keys in the Console's own database.</summary>
sealed class KeepKeysInStore(IDocumentStore store) : IConfigureOptions<KeyManagementOptions>, IXmlRepository
{
    public void Configure(KeyManagementOptions options) => options.XmlRepository = this;

    // The interface is synchronous and called a few times in a process's life; there is no synchronization context to deadlock with.
    public IReadOnlyCollection<XElement> GetAllElements() => Task.Run(async () =>
    {
        await using var session = store.QuerySession();
        return (IReadOnlyCollection<XElement>)[.. (await session.Query<StoredKey>().ToListAsync()).Select(k => XElement.Parse(k.Xml))];
    }).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => Task.Run(async () =>
    {
        await using var session = store.LightweightSession();
        session.Store(new StoredKey { Id = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        await session.SaveChangesAsync();
    }).GetAwaiter().GetResult();
}

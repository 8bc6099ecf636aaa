using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>Somebody is signed in. The browser has the key to it, and here is its hash: whoever has a copy of the database is not signed in.</summary>
sealed record PersonSession
{
    public required string Id { get; init; }

    /// <summary>Who, by the provider's word.</summary>
    public required string Subject { get; init; }

    /// <summary>The provider's id of its own session, where it says one.</summary>
    public string? Sid { get; init; }

    /// <summary>Encrypted.</summary>
    public required string Ticket { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Keeps sessions as rows, so that signing out ends one everywhere, and the provider can end all of a person. What is over is forgotten by retention.</summary>
sealed class PersonSessions(IDocumentStore store, IDataProtectionProvider protection, TimeProvider clock) : ITicketStore
{
    public const string SidClaim = "sid";
    const string IdClaim = "session";

    IDataProtector Protector => field ??= protection.CreateProtector("autodev.sessions");

    public async Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await using var session = store.LightweightSession(Workspace.None);
        session.Insert(Of(key, ticket));
        await session.SaveChangesAsync();
        return key;
    }

    /// <summary>One that has ended stays so, and nobody gets into somebody else's: they might have been given its cookie for that.</summary>
    public async Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        var renewed = Of(key, ticket);
        if (await FindAsync(renewed.Id, default) is not { } known) return;
        if (known.Subject != renewed.Subject) throw new InvalidOperationException("The session is somebody else's.");
        await using var session = store.LightweightSession(Workspace.None);
        session.Update(renewed);
        await session.SaveChangesAsync();
    }

    public async Task<AuthenticationTicket?> RetrieveAsync(string key)
    {
        if (await FindAsync(ApiKey.Hash(key), default) is not { } found) return null;
        var ticket = TicketSerializer.Default.Deserialize(Protector.Unprotect(Convert.FromBase64String(found.Ticket)));
        if (ticket?.Principal.HasClaim(IdClaim, found.Id) == false) ((ClaimsIdentity)ticket.Principal.Identity!).AddClaim(new(IdClaim, found.Id));
        return ticket;
    }

    public async Task RemoveAsync(string key)
    {
        await using var session = store.LightweightSession(Workspace.None);
        session.Delete<PersonSession>(ApiKey.Hash(key));
        await session.SaveChangesAsync();
    }

    /// <summary>Whether the session that the person came with is still there.</summary>
    public async Task<bool> HasAsync(ClaimsPrincipal person, CancellationToken cancellation) =>
        person.FindFirstValue(IdClaim) is { } id && await FindAsync(id, cancellation) is not null;

    /// <summary>Ends one session of the provider's, or, where none is named, all of a person.</summary>
    public async Task EndAsync(string? subject, string? sid, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession(Workspace.None);
        if (sid is not null) session.DeleteWhere<PersonSession>(s => s.Sid == sid);
        else session.DeleteWhere<PersonSession>(s => s.Subject == subject);
        await session.SaveChangesAsync(cancellation);
    }

    PersonSession Of(string key, AuthenticationTicket ticket) => new()
    {
        Id = ApiKey.Hash(key), Subject = ticket.Principal.FindFirstValue(ClaimTypes.NameIdentifier)!, Sid = ticket.Principal.FindFirstValue(SidClaim),
        Ticket = Convert.ToBase64String(Protector.Protect(TicketSerializer.Default.Serialize(ticket))), ExpiresAt = ticket.Properties.ExpiresUtc ?? clock.GetUtcNow(),
    };

    async Task<PersonSession?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Workspace.None);
        return await session.LoadAsync<PersonSession>(id, cancellation) is { } found && found.ExpiresAt > clock.GetUtcNow() ? found : null;
    }
}

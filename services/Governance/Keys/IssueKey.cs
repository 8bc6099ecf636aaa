using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Keys;

/// <summary><c>POST /workspaces/{workspace}/api-keys</c>: the only answer that ever shows the key.</summary>
static class IssueKey
{
    const string IdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
    const int LongestName = 100;

    public static async Task<IResult> Handle(
        string workspace, IssueKeyRequest body, HttpResponse response, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock,
        CancellationToken cancellation)
    {
        if (Check(body) is { Count: > 0 } errors) return Problem.Invalid(errors);

        var id = $"adk_{RandomNumberGenerator.GetString(IdCharacters, 12)}";
        var key = $"{id}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        var issued = new IssuedKey
        {
            Id = id, WorkspaceId = workspace, Name = body.Name!.Trim(), Role = body.Role!, Sha256 = ApiKey.Hash(key),
            CreatedAt = clock.GetUtcNow(), CreatedBy = caller.Actor(),
        };
        session.Insert(issued);
        session.Store(issued.Record(body.Reason));
        await bus.Publish(issued.Say(), cancellation);
        await session.SaveChangesAsync(cancellation);

        response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/workspaces/{workspace}/api-keys/{id}", new IssuedKeyView(id, key, issued.Name, issued.Role, issued.CreatedAt));
    }

    /// <summary>Pure: what is wrong with the request.</summary>
    public static IReadOnlyDictionary<string, string> Check(IssueKeyRequest body)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Trim().Length > LongestName || body.Name.Any(char.IsControl))
            errors["name"] = $"name must say who or what holds the key, in 1 to {LongestName} characters.";
        if (!Roles.Exists(body.Role)) errors["role"] = "role must be viewer, agent, operator or admin.";
        if (Reason.Fault(body.Reason, isRequired: false) is { } fault) errors["reason"] = fault;
        return errors;
    }
}

/// <summary>For whom, and how far it opens.</summary>
sealed record IssueKeyRequest(string? Name, string? Role, string? Reason = null);

/// <summary>A new key, shown once.</summary>
sealed record IssuedKeyView(string KeyId, string Key, string Name, string Role, DateTimeOffset CreatedAt);

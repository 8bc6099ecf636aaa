using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>
/// No key, no access. A key, or a person's token (<see cref="PersonTokens"/>), comes as <c>X-Api-Key</c> or <c>Authorization: Bearer</c>; a key is checked against this service's own copy of its hash,
/// so that no service asks another. Of the first administrator's key all services have the hash, <c>Security:AdminKeySha256</c>, or the key itself, <c>Security:AdminKey</c>.
/// </summary>
sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IDocumentStore store, KeyUses uses, PersonTokens people, IConfiguration configuration)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    const int MinimumAdminKeyLength = 32;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (KeyOfRequest() is not { Length: > 0 } key) return AuthenticateResult.NoResult();
        if (IsAdminKey(key)) return Is(Access.ToCaller("admin", "admin", [new(Roles.Admin, null)], SchemeName));
        if (PersonTokens.IsLikeOne(key))
            return await people.ReadAsync(key, SchemeName) is { } person ? Is(person) : AuthenticateResult.Fail("The token is not of this installation's Console, or too old");

        if (key.IndexOf('.', StringComparison.Ordinal) is var dot and > 0)
        {
            await using var session = store.QuerySession(Workspace.None);
            var known = await session.LoadAsync<ApiKey>(key[..dot], Context.RequestAborted);
            if (known is { Revoked: false } && SameBytes(known.Sha256, ApiKey.Hash(key)))
            {
                uses.Note(known);
                return Is(Access.ToCaller(known.KeyId, known.Name, [new(known.Role, known.WorkspaceId)], SchemeName));
            }
        }

        return AuthenticateResult.Fail("The key is unknown or revoked");
    }

    string? KeyOfRequest()
    {
        if (Request.Headers.TryGetValue("X-Api-Key", out var header)) return header;
        var authorization = Request.Headers.Authorization.ToString();
        return authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : null;
    }

    // A short or missing setting opens nothing.
    bool IsAdminKey(string key) => key.Length >= MinimumAdminKeyLength && AdminHash() is { } hash && SameBytes(hash, ApiKey.Hash(key));

    string? AdminHash() => configuration["Security:AdminKeySha256"]?.Trim() is { Length: > 0 } hash ? hash.ToLowerInvariant()
        : configuration["Security:AdminKey"] is { Length: > 0 } key ? ApiKey.Hash(key) : null;

    static bool SameBytes(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    static AuthenticateResult Is(ClaimsPrincipal caller) => AuthenticateResult.Success(new(caller, SchemeName));
}

static class SecurityRegistration
{
    public static void AddApiKeySecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        builder.Services.AddAuthorization(Roles.Add);
        builder.Services.AddSingleton<PersonTokens>();
        builder.Services.AddSingleton<KeyUses>();
        builder.Services.AddHostedService<TellKeyUses>();
    }
}

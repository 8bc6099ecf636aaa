using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AutoDev.Testing;

/// <summary>
/// An organisation's provider of OpenID Connect on this machine: OpenIddict, which holds a client to the protocol (redirect addresses, secret, PKCE, one use of a code).
/// Whoever names somebody whom it knows is logged in.
/// </summary>
public sealed class TestProvider : IAsyncDisposable
{
    /// <summary>As whom the Console is registered.</summary>
    public const string ClientId = "autodev-console", ClientSecret = "the-secret-of-a-client-of-a-test-provider";

    readonly ConcurrentDictionary<string, string[]> _people = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, string> _sessions = new(StringComparer.Ordinal);
    readonly RsaSecurityKey _key = new(RSA.Create(2048)) { KeyId = "test" };
    readonly WebApplication _server;

    TestProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var database = $"{Guid.NewGuid()}"; // one for all scopes
        builder.Services.AddDbContext<DbContext>(store => store.UseInMemoryDatabase(database).UseOpenIddict());
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie => (cookie.Cookie.Name, cookie.LoginPath) = ("provider.session", "/log-in"));
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<DbContext>())
            .AddServer(server =>
            {
                server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetEndSessionEndpointUris("end-session");
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.RegisterScopes(Scopes.Profile);
                server.AddEphemeralEncryptionKey().AddSigningKey(_key);
                server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough().DisableTransportSecurityRequirement();
            });
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.UseAuthentication();
        _server.MapGet("/log-in", () => Results.Content(
            """<!DOCTYPE html><title>Provider</title><form method="post"><label>Who are you? <input name="person" autofocus></label><button>Log in</button></form>""", "text/html"));
        _server.MapPost("/log-in", (Delegate)LogInAsync);
        _server.MapGet("/authorize", (Delegate)AuthorizeAsync);
        _server.MapGet("/end-session", (Delegate)EndAsync);
    }

    /// <summary>For <c>SignIn:Authority</c>; also the issuer.</summary>
    public string Address => _server.Urls.First() + "/";

    /// <summary>Starts one.</summary>
    public static async Task<TestProvider> StartAsync()
    {
        var provider = new TestProvider();
        await provider._server.StartAsync();
        return provider;
    }

    /// <summary>Somebody in these groups.</summary>
    public void Knows(string person, params string[] groups) => _people[person] = groups;

    /// <summary>The Console at this address is a client.</summary>
    public async Task RegisterAsync(Uri console)
    {
        await using var scope = _server.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = ClientId, ClientSecret = ClientSecret, ConsentType = ConsentTypes.Implicit,
            RedirectUris = { new(console, "/sign-in/provider/answer") }, PostLogoutRedirectUris = { new(console, "/sign-out/provider") },
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.EndSession, Permissions.GrantTypes.AuthorizationCode,
                Permissions.ResponseTypes.Code, Permissions.Scopes.Profile,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        });
    }

    /// <summary>What it posts to its clients when somebody's session has ended; changed, where a test wants it wrong.</summary>
    public string LogoutToken(string person, Action<SecurityTokenDescriptor>? change = null)
    {
        var token = new SecurityTokenDescriptor
        {
            Issuer = Address, Audience = ClientId, TokenType = "logout+jwt", SigningCredentials = new(_key, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["sub"] = SubjectOf(person), ["sid"] = _sessions[person], ["jti"] = $"{Guid.NewGuid()}",
                ["events"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["http://schemas.openid.net/event/backchannel-logout"] = new Dictionary<string, object>(StringComparer.Ordinal) },
            },
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler().CreateToken(token);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static string SubjectOf(string person) => $"subject-of-{person}";

    async Task<IResult> LogInAsync(HttpContext http)
    {
        var person = (await http.Request.ReadFormAsync())["person"].ToString();
        if (!_people.ContainsKey(person)) return Results.BadRequest("Nobody of that name is known.");
        _sessions[person] = $"{Guid.NewGuid():N}";
        await http.SignInAsync(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, person)], "test")));
        return Results.LocalRedirect(http.Request.Query["ReturnUrl"].ToString());
    }

    async Task<IResult> AuthorizeAsync(HttpContext http)
    {
        if ((await http.AuthenticateAsync()).Principal?.Identity?.Name is not { } person) return Results.Challenge();
        var identity = new ClaimsIdentity(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, SubjectOf(person)).SetClaim(Claims.PreferredUsername, person).SetClaim("sid", _sessions[person]).SetClaims("groups", _people[person].ToImmutableArray());
        identity.SetScopes(http.GetOpenIddictServerRequest()!.GetScopes());
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    static async Task<IResult> EndAsync(HttpContext http)
    {
        await http.SignOutAsync();
        return Results.SignOut(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }
}

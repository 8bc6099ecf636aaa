using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>
/// Signing in at the organisation's provider: OpenID Connect's code flow with PKCE. Roles are as the ID token says when somebody signs in; the session ends when they
/// sign out, here or there, and after <see cref="Session"/> in any case.
/// </summary>
static class ProviderSignIn
{
    public const string Scheme = "provider", Start = "/sign-in/provider", BackChannel = "/sign-out/back-channel";
    const string LoggedOut = "http://schemas.openid.net/event/backchannel-logout";
    static readonly TimeSpan Session = TimeSpan.FromHours(12);

    /// <exception cref="InvalidOperationException">The settings would let nobody in, or anybody.</exception>
    public static void AddProvider(this WebApplicationBuilder builder, AuthenticationBuilder authentication)
    {
        var provider = builder.Configuration.GetSection("SignIn").Get<Provider>() ?? new();
        if (provider.Fault() is { } fault) throw new InvalidOperationException($"SignIn:{fault}");
        builder.Services.AddSingleton(provider);
        builder.Services.AddSingleton<PersonSessions>();
        builder.Services.AddTransient<PersonCalls>();
        if (!provider.IsConfigured) return;

        builder.Services.AddSingleton(new PersonKey(PersonTokens.KeyOf(provider.PersonKey, "SignIn:PersonKey")));
        builder.Services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<PersonSessions>((cookie, sessions) => cookie.SessionStore = sessions);
        authentication.AddOpenIdConnect(Scheme, oidc =>
        {
            (oidc.Authority, oidc.ClientId, oidc.ClientSecret) = (provider.Authority!.ToString(), provider.ClientId, provider.ClientSecret);
            oidc.RequireHttpsMetadata = !provider.Authority.IsLoopback;
            oidc.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            (oidc.ResponseType, oidc.ResponseMode) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query);
            oidc.MapInboundClaims = false;
            foreach (var scope in provider.Scopes) oidc.Scope.Add(scope);
            (oidc.CallbackPath, oidc.SignedOutCallbackPath, oidc.SignedOutRedirectUri) = (Start + "/answer", "/sign-out/provider", "/sign-in");
            oidc.RemoteSignOutPath = default; // a frame's GET would be anybody's; the back channel is signed
            foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie }) (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
            oidc.Events.OnTokenValidated = context => BecomeAsync(context, provider);
            oidc.Events.OnRemoteFailure = context =>
            {
                Log(context.HttpContext).LogWarning("Signing in at the provider failed: {Reason}", context.Failure?.Message);
                return LeadBack(context.HttpContext, context.HandleResponse, "provider");
            };
            oidc.Events.OnRedirectToIdentityProviderForSignOut = context =>
            {
                if (string.IsNullOrEmpty(context.ProtocolMessage.IssuerAddress)) return LeadBack(context.HttpContext, context.HandleResponse, trouble: null); // it keeps no session
                return Task.CompletedTask;
            };
        });
    }

    public static void MapProvider(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<Provider>().IsConfigured) return;
        app.MapGet(Start, ChallengeAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(BackChannel, EndAsync).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Ends the session here, and leads to the provider to end its own, where the person has one there.</summary>
    public static async Task<IResult> SignOutAsync(HttpContext http)
    {
        var isProviders = http.User.Identity is { IsAuthenticated: true } && http.User.FindFirst(People.KeyClaim) is null;
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        if (!isProviders) return TypedResults.LocalRedirect("/sign-in");
        try
        {
            await http.SignOutAsync(Scheme, new() { RedirectUri = "/sign-in" });
            return TypedResults.Empty;
        }
        catch (InvalidOperationException e)
        {
            Log(http).LogWarning("The provider's session was not ended: {Reason}", e.Message);
            return TypedResults.LocalRedirect("/sign-in");
        }
    }

    static async Task<IResult> ChallengeAsync(HttpContext http, [FromQuery(Name = "return")] string? back)
    {
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme); // whoever comes back begins a session of their own
        try
        {
            await http.ChallengeAsync(Scheme, new() { RedirectUri = SignInEndpoints.IsOfThisOrigin(back) ? back! : "/" });
            return TypedResults.Empty;
        }
        catch (InvalidOperationException e)
        {
            Log(http).LogWarning("The provider is not asked: {Reason}", e.Message);
            return TypedResults.LocalRedirect("/sign-in?trouble=away");
        }
    }

    static Task BecomeAsync(TokenValidatedContext context, Provider provider)
    {
        var said = context.SecurityToken.Claims.ToList();
        var access = provider.AccessOf(said);
        if (access.Count == 0) return LeadBack(context.HttpContext, context.HandleResponse, "role");

        var name = new[] { provider.NameClaim, "sub" }.Select(type => said.Find(c => c.Type == type)?.Value).First(value => !string.IsNullOrWhiteSpace(value))!;
        var person = Access.ToCaller(context.SecurityToken.Subject, name, access, CookieAuthenticationDefaults.AuthenticationScheme);
        if (said.Find(c => c.Type == PersonSessions.SidClaim) is { } sid) person.Identities.First().AddClaim(new(PersonSessions.SidClaim, sid.Value));
        context.Principal = person;
        context.Properties!.ExpiresUtc = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + Session;
        context.Properties.AllowRefresh = false;
        context.Properties.StoreTokens([new() { Name = OpenIdConnectParameterNames.IdToken, Value = context.TokenEndpointResponse!.IdToken }]); // for signing out there
        return Task.CompletedTask;
    }

    /// <summary>OpenID Connect Back-Channel Logout 1.0: the provider says, signed, whose session has ended.</summary>
    static async Task<IResult> EndAsync(HttpContext http, IOptionsMonitor<OpenIdConnectOptions> options, PersonSessions sessions, CancellationToken cancellation)
    {
        http.Response.Headers.CacheControl = "no-store";
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellation) : FormCollection.Empty;
        if (await SaidAsync(form["logout_token"].ToString(), options.Get(Scheme), cancellation) is not { } said)
            return Problem.Of(StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid", "It has no logout_token of this provider for this client.");
        await sessions.EndAsync(said.Subject, said.TryGetPayloadValue<string>(PersonSessions.SidClaim, out var sid) ? sid : null, cancellation);
        return TypedResults.Ok();
    }

    static async Task<JsonWebToken?> SaidAsync(string token, OpenIdConnectOptions oidc, CancellationToken cancellation)
    {
        var known = await oidc.ConfigurationManager!.GetConfigurationAsync(cancellation);
        var rules = oidc.TokenValidationParameters.Clone();
        (rules.ValidIssuer, rules.ValidAudience, rules.IssuerSigningKeys) = (known.Issuer, oidc.ClientId, known.SigningKeys);
        var answer = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(token, rules);
        if (answer.Exception is SecurityTokenSignatureKeyNotFoundException) oidc.ConfigurationManager.RequestRefresh();
        return answer is { IsValid: true, SecurityToken: JsonWebToken said } && IsLogout(said) ? said : null;
    }

    // An ID token is signed by the same key, for the same client, and must end nothing.
    static bool IsLogout(JsonWebToken said) =>
        said.TryGetPayloadValue<System.Text.Json.JsonElement>("events", out var events) && events.ValueKind == System.Text.Json.JsonValueKind.Object && events.TryGetProperty(LoggedOut, out _)
        && !said.TryGetPayloadValue<string>("nonce", out _) && (said.Subject.Length > 0 || said.TryGetPayloadValue<string>(PersonSessions.SidClaim, out _));

    static Task LeadBack(HttpContext http, Action handled, string? trouble)
    {
        http.Response.Redirect(trouble is null ? "/sign-in" : $"/sign-in?trouble={trouble}");
        handled();
        return Task.CompletedTask;
    }

    static ILogger Log(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ProviderSignIn));
}

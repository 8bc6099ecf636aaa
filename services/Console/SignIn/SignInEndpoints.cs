using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>An API key becomes a signed-in person: the key goes into an encrypted cookie that no script can read, and is checked again with every page. See also <see cref="ProviderSignIn"/>.</summary>
static class SignInEndpoints
{
    const string ByRequest = "console";
    static readonly TimeSpan Session = TimeSpan.FromHours(12);

    public static void AddSignIn(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyCheck>();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddScoped<AuthenticationStateProvider, SignedInUntilRevoked>();
        builder.Services.AddAntiforgery(form => form.Cookie.Name = "autodev.form");
        builder.Services.AddAuthorizationBuilder().AddPolicy(People.Policy, People.Pages);
        var authentication = builder.Services.AddAuthentication(options => options.DefaultScheme = ByRequest)
            .AddPolicyScheme(ByRequest, null, scheme => scheme.ForwardDefaultSelector = SchemeOf)
            .AddCookie(cookie =>
            {
                cookie.Cookie.Name = "autodev.session";
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.LoginPath = cookie.AccessDeniedPath = "/sign-in";
                cookie.ReturnUrlParameter = "return";
                cookie.ExpireTimeSpan = Session;
                cookie.SlidingExpiration = true;
                cookie.Events.OnValidatePrincipal = RejectRevoked;
            });

        builder.AddProvider(authentication);

        // Every instance reads every instance's cookies, and a restart signs nobody out.
        builder.Services.AddDataProtection().SetApplicationName("autodev-console");
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>, KeepKeysInStore>();

        // It would read the keys before the database is there. They are read when first needed.
        foreach (var eager in builder.Services.Where(s => s.ImplementationType?.Name == "DataProtectionHostedService").ToList()) builder.Services.Remove(eager);
    }

    public static void MapSignIn(this WebApplication app)
    {
        app.MapPost("/sign-in", SignIn).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/sign-out", SignOut).AllowAnonymous().ExcludeFromDescription();
        app.MapProvider();
    }

    static async Task<IResult> SignIn(
        [FromForm] string? key, [FromForm(Name = "return")] string? back, KeyCheck keys, Provider provider, IAntiforgery antiforgery, HttpContext http, CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(http)) return NotFromHere();
        if (provider.IsConfigured && http.User.Identity is { IsAuthenticated: true }) return await ProviderSignIn.SignOutAsync(http); // first the session that there is
        var trimmed = key?.Trim() ?? "";
        var who = trimmed.Length is > 0 and < 1024 ? await keys.CheckAsync(trimmed, cancellation) : null;
        if (who is null) return Back("unknown", back);
        if (who.IsInRole(Roles.Agent)) return Back("agent", back);

        var identity = new ClaimsIdentity([.. who.Claims, new(People.KeyClaim, trimmed)], CookieAuthenticationDefaults.AuthenticationScheme);
        await http.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity));
        return TypedResults.LocalRedirect(IsOfThisOrigin(back) ? back! : "/");
    }

    static async Task<IResult> SignOut(IAntiforgery antiforgery, HttpContext http)
    {
        if (!await antiforgery.IsRequestValidAsync(http)) return NotFromHere();
        return await ProviderSignIn.SignOutAsync(http);
    }

    // Another site's form, or a page that was open for longer than its cookie.
    static ProblemHttpResult NotFromHere() => Problem.Of(StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid", "The form is not of this site, or too old. Load the page again.");

    /// <summary>Pure: nobody is sent to another site by a link to the sign-in page.</summary>
    internal static bool IsOfThisOrigin(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("/\\", StringComparison.Ordinal) && !path.Any(char.IsControl);

    static RedirectHttpResult Back(string trouble, string? back) =>
        TypedResults.LocalRedirect($"/sign-in?trouble={trouble}&return={Uri.EscapeDataString(IsOfThisOrigin(back) ? back! : "/")}");

    /// <summary>Pages are opened by the cookie; the API by a key, and for reading also by the cookie.</summary>
    static string SchemeOf(HttpContext http)
    {
        var isReading = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        var hasKey = http.Request.Headers.ContainsKey("X-Api-Key") || http.Request.Headers.ContainsKey("Authorization");
        var isApi = http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal);
        return hasKey || (isApi && !(isReading && http.Request.Cookies.ContainsKey("autodev.session"))) ? KeyCheck.Scheme : CookieAuthenticationDefaults.AuthenticationScheme;
    }

    static async Task RejectRevoked(CookieValidatePrincipalContext context)
    {
        if (await StillSignedIn.CountsAsync(context.Principal!, context.HttpContext.RequestServices, context.HttpContext.RequestAborted)) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }
}

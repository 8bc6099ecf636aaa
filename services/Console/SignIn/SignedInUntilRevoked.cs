using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>An open page outlives its request: whose key is revoked or whose session ends meanwhile is signed out of it within a minute.</summary>
sealed class SignedInUntilRevoked(ILoggerFactory logger, IServiceProvider services) : RevalidatingServerAuthenticationStateProvider(logger)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(1);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        StillSignedIn.IsAsync(authenticationState.User, services, cancellationToken);
}

/// <summary>Whether what somebody signed in with still counts.</summary>
static class StillSignedIn
{
    /// <summary>A key that is not revoked; of whoever came from the provider, a session that has not ended. Where sessions are kept, whoever has a key has one too.</summary>
    public static async Task<bool> IsAsync(ClaimsPrincipal person, IServiceProvider services, CancellationToken cancellation)
    {
        if (services.GetRequiredService<Provider>().IsConfigured && !await services.GetRequiredService<PersonSessions>().HasAsync(person, cancellation)) return false;
        return await CountsAsync(person, services, cancellation);
    }

    /// <summary>The same of whoever has come with a request just now: their session was read for it.</summary>
    public static async Task<bool> CountsAsync(ClaimsPrincipal person, IServiceProvider services, CancellationToken cancellation) =>
        person.FindFirstValue(People.KeyClaim) is { } key
            ? await services.GetRequiredService<KeyCheck>().CheckAsync(key, cancellation) is not null
            : services.GetRequiredService<Provider>().IsConfigured;
}

using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>An open page outlives its request: whose key is revoked meanwhile is signed out of it within a minute.</summary>
sealed class SignedInUntilRevoked(ILoggerFactory logger, KeyCheck keys) : RevalidatingServerAuthenticationStateProvider(logger)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(1);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        authenticationState.User.FindFirstValue(People.KeyClaim) is { } key && await keys.CheckAsync(key, cancellationToken) is not null;
}

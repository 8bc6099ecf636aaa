using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>Asks the same handler that guards every service's API whether a key opens anything, outside of the request that carries it.</summary>
sealed class KeyCheck(IServiceScopeFactory scopes)
{
    public const string Scheme = "ApiKey";

    /// <summary>Whom the key stands for; <c>null</c> for a key that is unknown or revoked.</summary>
    public async Task<ClaimsPrincipal?> CheckAsync(string key, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var request = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancellation };
        request.Request.Headers["X-Api-Key"] = key;
        var answer = await request.AuthenticateAsync(Scheme);
        return answer.Succeeded ? answer.Principal : null;
    }
}

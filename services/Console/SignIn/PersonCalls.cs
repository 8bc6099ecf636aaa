using System.Security.Claims;
using AutoDev.ServiceDefaults.Security;
using Microsoft.IdentityModel.Tokens;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>Calls to services in somebody's name: with their key where they signed in with one, else with a token that says who they are.</summary>
static class CallInTheNameOf
{
    static readonly HttpRequestOptionsKey<ClaimsPrincipal> Whose = new("person");

    public static void InTheNameOf(this HttpRequestMessage request, ClaimsPrincipal person)
    {
        if (person.FindFirstValue(People.KeyClaim) is { } key) request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        else request.Options.Set(Whose, person);
    }

    public static ClaimsPrincipal? WithoutKey(this HttpRequestMessage request) => request.Options.TryGetValue(Whose, out var person) ? person : null;
}

/// <summary>Signs what is called without a key. A token is made for each call: it lives for two minutes, and no browser ever has one.</summary>
sealed class PersonCalls(TimeProvider clock, PersonKey? key = null) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (key is not null && request.WithoutKey() is { Identity.IsAuthenticated: true } person)
            request.Headers.Authorization = new("Bearer", PersonTokens.Make(person, key.Key, clock.GetUtcNow()));
        return base.SendAsync(request, cancellationToken);
    }
}

/// <summary>The Console's own, which nobody else has.</summary>
sealed record PersonKey(SecurityKey Key);

using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>What a caller may do; each role may do what the ones before it may. A key that belongs to a workspace opens that workspace's routes only.</summary>
public static class Roles
{
    /// <summary>Reports what happened and uses skills.</summary>
    public const string Agent = "agent";

    /// <summary>Reviews, tests, watches.</summary>
    public const string Operator = "operator";

    /// <summary>Settings, maturity, keys.</summary>
    public const string Admin = "admin";

    static readonly string[] Ascending = [Agent, Operator, Admin];

    /// <summary>Whether this is one of the three.</summary>
    public static bool Exists(string? role) => Ascending.Contains(role, StringComparer.Ordinal);

    /// <summary>Opens the endpoint to this role and the ones above it. An endpoint that names no role is open to administrators only.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder endpoint, string role)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization(Policy(role))
            .MayRefuse(StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status503ServiceUnavailable);

    /// <summary>Who decides, as it is recorded.</summary>
    public static string Actor(this ClaimsPrincipal caller) => caller.Identity?.Name ?? throw new InvalidOperationException("The endpoint lets anonymous callers in");

    /// <summary>The role that an endpoint's metadata asks for; <c>null</c> where it is said otherwise.</summary>
    internal static string? Of(IEnumerable<IAuthorizeData> metadata) => Ascending.LastOrDefault(role => metadata.Any(data => data.Policy == Policy(role)));

    internal static string Policy(string role) => $"at-least-{role}";

    internal static void Add(AuthorizationOptions options)
    {
        foreach (var role in Ascending) options.AddPolicy(Policy(role), AtLeast(role));
        options.FallbackPolicy = AtLeast(Admin);
    }

    static AuthorizationPolicy AtLeast(string role) => new AuthorizationPolicyBuilder()
        .RequireAuthenticatedUser()
        .RequireRole(Ascending.SkipWhile(r => r != role))
        .RequireAssertion(context => OpensWorkspace(context.User, (context.Resource as HttpContext)?.GetRouteValue("workspace") as string))
        .Build();

    /// <summary>Pure: a key without a workspace opens all; any other only routes of its own workspace.</summary>
    internal static bool OpensWorkspace(ClaimsPrincipal caller, string? workspace)
    {
        var own = caller.FindFirstValue(ApiKeyAuthentication.WorkspaceClaim);
        return own is null || own == workspace;
    }
}

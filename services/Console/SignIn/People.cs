using System.Security.Claims;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Authorization;
using RouteData = Microsoft.AspNetCore.Components.RouteData;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>Who is signed in, and what of the Console is theirs.</summary>
static class People
{
    /// <summary>The pages' policy: a viewer, an operator or an administrator, and in a workspace's pages one of that workspace.</summary>
    public const string Policy = "person";

    /// <summary>The signed-in key, kept in the encrypted cookie and on the server only: it goes with every call to a service.</summary>
    public const string KeyClaim = "api_key";

    public static AuthorizationPolicy Pages { get; } = new AuthorizationPolicyBuilder()
        .RequireAuthenticatedUser()
        .RequireRole(Roles.Viewer, Roles.Operator, Roles.Admin)
        .RequireAssertion(context => WorkspaceOf(context.Resource) is not { } workspace || context.User.Opens(workspace))
        .Build();

    public static bool Opens(this ClaimsPrincipal person, string workspace) => Access.Of(person).Any(part => part.Opens(workspace));

    /// <summary>Whether the services do what an operator of the workspace may; outside of one, of all.</summary>
    public static bool MayDecide(this ClaimsPrincipal person, string? workspace) => person.IsAtLeast(Roles.Operator, workspace);

    /// <summary>The same of an administrator.</summary>
    public static bool MayAdminister(this ClaimsPrincipal person, string? workspace) => person.IsAtLeast(Roles.Admin, workspace);

    static string? WorkspaceOf(object? resource) => resource switch
    {
        HttpContext http => http.GetRouteValue("workspace") as string,
        RouteData page => page.RouteValues.FirstOrDefault(v => string.Equals(v.Key, "workspace", StringComparison.OrdinalIgnoreCase)).Value as string,
        _ => null,
    };
}

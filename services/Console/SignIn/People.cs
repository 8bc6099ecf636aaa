using System.Security.Claims;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Authorization;
using RouteData = Microsoft.AspNetCore.Components.RouteData;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>Who is signed in, and what of the Console is theirs.</summary>
static class People
{
    /// <summary>The pages' policy: a viewer, an operator or an administrator, and in a workspace's pages one whose key opens it.</summary>
    public const string Policy = "person";

    /// <summary>The signed-in key, kept in the encrypted cookie and on the server only: it goes with every call to a service.</summary>
    public const string KeyClaim = "api_key";

    const string WorkspaceClaim = "workspace";

    public static AuthorizationPolicy Pages { get; } = new AuthorizationPolicyBuilder()
        .RequireAuthenticatedUser()
        .RequireRole(Roles.Viewer, Roles.Operator, Roles.Admin)
        .RequireAssertion(context => WorkspaceOf(context.Resource) is not { } workspace || context.User.Opens(workspace))
        .Build();

    /// <summary>The workspace that the key is bound to; <c>null</c> opens all.</summary>
    public static string? OwnWorkspace(this ClaimsPrincipal person) => person.FindFirstValue(WorkspaceClaim);

    public static bool Opens(this ClaimsPrincipal person, string workspace) => person.OwnWorkspace() is not { } own || own == workspace;

    /// <summary>A viewer sees all of it and changes nothing: the services refuse, and the pages do not offer.</summary>
    public static bool OnlyWatches(this ClaimsPrincipal person) => person.IsInRole(Roles.Viewer);

    public static bool MayAdminister(this ClaimsPrincipal person) => person.IsInRole(Roles.Admin);

    static string? WorkspaceOf(object? resource) => resource switch
    {
        HttpContext http => http.GetRouteValue("workspace") as string,
        RouteData page => page.RouteValues.FirstOrDefault(v => string.Equals(v.Key, "workspace", StringComparison.OrdinalIgnoreCase)).Value as string,
        _ => null,
    };
}

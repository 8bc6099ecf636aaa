using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>
/// What a caller may do: an agent, an operator and an administrator may each do what the one before may; a viewer reads what an operator reads, and changes
/// nothing. A caller who belongs to a workspace opens that workspace's routes only.
/// </summary>
public static class Roles
{
    /// <summary>Sees what an operator sees, and changes nothing.</summary>
    public const string Viewer = "viewer";

    /// <summary>Reports what happened and uses skills.</summary>
    public const string Agent = "agent";

    /// <summary>Reviews, tests, watches.</summary>
    public const string Operator = "operator";

    /// <summary>Settings, maturity, keys.</summary>
    public const string Admin = "admin";

    static readonly string[] Ascending = [Agent, Operator, Admin];

    /// <summary>Whether this is one of the four.</summary>
    public static bool Exists(string? role) => role == Viewer || Ascending.Contains(role, StringComparer.Ordinal);

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
        .RequireAssertion(context => Opens(context.User, role, context.Resource as HttpContext))
        .Build();

    static bool Opens(ClaimsPrincipal caller, string role, HttpContext? http)
    {
        var isReading = http is not null && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method));
        return Opens(caller, role, http?.GetRouteValue("workspace") as string, isReading);
    }

    /// <summary>Whether the caller has this role in this workspace (<c>null</c>: in all), or one above it.</summary>
    public static bool IsAtLeast(this ClaimsPrincipal caller, string role, string? workspace) => Opens(caller, role, workspace, isReading: false);

    /// <summary>
    /// Pure: the role or one above it in this workspace; for reading, what an operator may read is a viewer's as well. Role and workspace count together: a person
    /// may have another role elsewhere.
    /// </summary>
    internal static bool Opens(ClaimsPrincipal caller, string role, string? workspace, bool isReading) => Access.Of(caller).Any(part =>
        (Ascending.SkipWhile(r => r != role).Contains(part.Role, StringComparer.Ordinal) || (isReading && role != Admin && part.Role == Viewer))
        && (part.Workspace is not { } own || own == workspace));
}

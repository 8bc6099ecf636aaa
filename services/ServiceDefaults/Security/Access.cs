using System.Security.Claims;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>What a caller may: a role, in one workspace or, without one, in all.</summary>
/// <param name="Role">See <see cref="Roles"/>.</param>
/// <param name="Workspace">The tenant that it opens; <c>null</c> opens all.</param>
public sealed record Access(string Role, string? Workspace)
{
    const string WorkspaceClaim = "workspace";

    /// <summary>A caller: one identity for each, since a role counts only together with its workspace.</summary>
    /// <param name="id">Who, for programs.</param>
    /// <param name="name">Who, as it is recorded.</param>
    /// <param name="access">At least one.</param>
    /// <param name="scheme">How it was found out.</param>
    public static ClaimsPrincipal ToCaller(string id, string name, IEnumerable<Access> access, string scheme) => new(access.Select(part =>
    {
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, id), new(ClaimTypes.Name, name), new(ClaimTypes.Role, part.Role)], scheme);
        if (part.Workspace is not null) identity.AddClaim(new(WorkspaceClaim, part.Workspace));
        return identity;
    }));

    /// <summary>Whether this is, among others or alone, for the workspace.</summary>
    public bool Opens(string workspace) => Workspace is null || Workspace == workspace;

    /// <summary>The same, read back.</summary>
    public static IReadOnlyList<Access> Of(ClaimsPrincipal caller) =>
        [.. caller.Identities.SelectMany(part => part.FindAll(ClaimTypes.Role), (part, role) => new Access(role.Value, part.FindFirst(WorkspaceClaim)?.Value))];
}

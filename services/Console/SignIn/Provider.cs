using System.Security.Claims;
using AutoDev.ServiceDefaults.Security;

namespace AutoDev.OperatorConsole.SignIn;

/// <summary>The organisation's provider of OpenID Connect, section <c>SignIn</c>. Without an authority there is none, and people sign in with keys alone.</summary>
sealed class Provider
{
    /// <summary>Its address, below which <c>.well-known/openid-configuration</c> is: https, or http on this machine.</summary>
    public Uri? Authority { get; init; }

    /// <summary>As whom the Console is registered there.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>With which secret; a public client has none.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Whose provider it is, for the sign-in page.</summary>
    public string Title { get; init; } = "your organisation";

    /// <summary>What is asked for beside <c>openid</c> and <c>profile</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The claim of the ID token that says who somebody is, as the audit log names them; else their <c>sub</c>.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>The claim that has the values of <see cref="Roles"/>, one or many.</summary>
    public string RoleClaim { get; init; } = "groups";

    /// <summary>Who may what. Who has none of these values is not let in.</summary>
    public IReadOnlyList<RoleRule> Roles { get; init; } = [];

    /// <summary>With which the Console signs its calls in a person's name: a private key on the curve P-256, PEM. The services have the public one, <c>Security:PersonKeys</c>.</summary>
    public string PersonKey { get; init; } = "";

    public bool IsConfigured => Authority is not null;

    /// <summary>Where its pages are.</summary>
    public string Origin => Authority!.GetLeftPart(UriPartial.Authority);

    /// <summary>Pure: what is wrong with the settings; <c>null</c> if nothing is.</summary>
    public string? Fault() => this switch
    {
        { Authority: null } => null,
        { Authority: not { IsAbsoluteUri: true, Scheme: "https" } and not { IsAbsoluteUri: true, Scheme: "http", IsLoopback: true } } => "Authority must be an https address.",
        { ClientId: "" } => "ClientId is missing.",
        { PersonKey: "" } => "PersonKey is missing: with it the Console signs its calls to the services.",
        { Roles.Count: 0 } => "Roles are missing: nobody could do anything.",
        _ => Roles.Select((rule, i) => rule.Fault() is { } fault ? $"Roles:{i}:{fault}" : null).FirstOrDefault(fault => fault is not null),
    };

    /// <summary>Pure: what somebody with these claims may.</summary>
    public IReadOnlyList<Access> AccessOf(IEnumerable<Claim> claims)
    {
        var values = claims.Where(c => c.Type == RoleClaim).Select(c => c.Value).ToHashSet(StringComparer.Ordinal);
        return [.. Roles.Where(rule => values.Contains(rule.Value)).Select(rule => new Access(rule.Role, rule.Workspace)).Distinct()];
    }
}

/// <summary>What a value of the claim gives.</summary>
sealed class RoleRule
{
    /// <summary>Of the claim, such as a group's name.</summary>
    public string Value { get; init; } = "";

    /// <summary><c>viewer</c>, <c>operator</c> or <c>admin</c>.</summary>
    public string Role { get; init; } = "";

    /// <summary>Where; in all workspaces, if none is named.</summary>
    public string? Workspace { get; init; }

    /// <summary>Pure: which part is wrong.</summary>
    public string? Fault() => this switch
    {
        { Value: "" } => "Value is missing.",
        { Role: not ("viewer" or "operator" or "admin") } => "Role must be viewer, operator or admin.",
        { Workspace: { } workspace } when workspace.Length == 0 || workspace.Any(char.IsWhiteSpace) => "Workspace must be a workspace's id, or not be there.",
        _ => null,
    };
}

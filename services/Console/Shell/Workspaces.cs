using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.OperatorConsole.SignIn;
using Marten;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>The workspaces that the Console has heard of.</summary>
static class Workspaces
{
    /// <summary>Pure: the one that a page's address is within.</summary>
    public static string? Of(string path) => path.Split('?')[0].Split('/') is ["w", { Length: > 0 } id, ..] ? Uri.UnescapeDataString(id) : null;

    /// <summary>Those that are open to the person, by name.</summary>
    public static async Task<IReadOnlyList<string>> OpenToAsync(IDocumentStore store, ClaimsPrincipal person)
    {
        await using var session = store.QuerySession();
        var all = await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).Select(w => w.Id).ToListAsync();
        return [.. all.Where(person.Opens).Order(StringComparer.Ordinal)];
    }
}

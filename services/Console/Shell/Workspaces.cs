using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.OperatorConsole.SignIn;
using Marten;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>The workspaces that the Console has heard of.</summary>
static class Workspaces
{
    /// <summary>Those that the person's key opens, by name.</summary>
    public static async Task<IReadOnlyList<string>> OpenToAsync(IDocumentStore store, ClaimsPrincipal person)
    {
        await using var session = store.QuerySession();
        var all = await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).Select(w => w.Id).ToListAsync();
        return [.. all.Where(person.Opens).Order(StringComparer.Ordinal)];
    }
}

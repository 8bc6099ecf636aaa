using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;

namespace AutoDev.Governance.Workspaces;

/// <summary><c>GET /workspaces</c>: those that the caller's key opens, by id.</summary>
static class ListWorkspaces
{
    public static async Task<Page<GovernedWorkspace>> Handle(IQuerySession session, ClaimsPrincipal caller, PageRequest page, CancellationToken cancellation)
    {
        var own = Access.Of(caller).Select(part => part.Workspace).ToArray();
        var workspaces = session.Query<GovernedWorkspace>().Where(w => w.AnyTenant() && w.Id.CompareTo(page.BeforeId) > 0);
        if (!own.Contains(null)) workspaces = workspaces.Where(w => w.Id.IsOneOf(own!));
        var loaded = await workspaces.OrderBy(w => w.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, w => w.CreatedAt, w => w.Id, w => w);
    }
}

/// <summary><c>GET /workspaces/{workspace}</c>.</summary>
static class ShowWorkspace
{
    public static Task<GovernedWorkspace?> Handle(string workspace, IQuerySession session, CancellationToken cancellation) =>
        session.LoadAsync<GovernedWorkspace>(workspace, cancellation);
}

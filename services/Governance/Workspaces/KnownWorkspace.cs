using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Workspaces;

/// <summary>404 for whatever lies in a workspace that does not exist.</summary>
static class KnownWorkspace
{
    public static async ValueTask<object?> Require(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var workspace = (string)http.GetRouteValue("workspace")!;
        var session = http.RequestServices.GetRequiredService<IQuerySession>();
        return await session.LoadAsync<GovernedWorkspace>(workspace, http.RequestAborted) is null
            ? Problem.NotFound($"There is no workspace {workspace}.")
            : await next(context);
    }
}

using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Workspaces;

/// <summary><c>GET /workspaces/{workspace}/settings</c>, with the version as ETag, and its history.</summary>
static class ShowSettings
{
    public static async Task<WorkspaceSettings> Handle(string workspace, IQuerySession session, HttpResponse response, CancellationToken cancellation)
    {
        var known = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!;
        response.Headers.ETag = IfMatch.Tag(known.Version);
        return known.Settings;
    }

    public static Task<Page<AuditEntry>> History(IQuerySession session, PageRequest page, CancellationToken cancellation) =>
        ListAudit.PageAsync(session, page, new(Subject: GovernedWorkspace.Subject), cancellation);
}

using System.Security.Claims;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Workspaces;

/// <summary><c>PUT /workspaces/{workspace}</c>: 201 for a new one, with default settings; 200 with what is there for one that exists.</summary>
static partial class CreateWorkspace
{
    public static async Task<IResult> Handle(
        string workspace, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock, CancellationToken cancellation)
    {
        if (!IsValidId(workspace))
            return Problem.Invalid("workspace", "A workspace's id is 2 to 63 lower-case letters, digits and hyphens, and does not begin with a hyphen.");

        await session.LockAsync(GovernedWorkspace.Subject, cancellation);
        if (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation) is { } known) return TypedResults.Ok(known);

        var created = GovernedWorkspace.Create(workspace, caller.Actor(), clock.GetUtcNow());
        session.Store(created);
        session.Store(created.Record(before: null, reason: null));
        await bus.Publish(created.Say(), cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Created($"/workspaces/{workspace}", created);
    }

    /// <summary>The rule for ids, as <see cref="GovernedWorkspace.Id"/> says it.</summary>
    public static bool IsValidId(string id) => ValidId().IsMatch(id);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,62}\z", RegexOptions.None, 1000)]
    private static partial Regex ValidId();
}

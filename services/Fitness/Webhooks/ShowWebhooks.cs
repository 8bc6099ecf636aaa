using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Webhooks;

/// <summary>What other systems may post to, and by which rules.</summary>
static class ShowWebhooks
{
    const int Most = 200;

    public static RouteHandlerBuilder MapAll(IEndpointRouteBuilder routes) => routes.MapGet("/webhooks", All)
        .WithSummary("The webhooks of the workspace, by name").Produces<Page<WebhookView>>().RequireKnownWorkspace();

    public static RouteHandlerBuilder MapOne(IEndpointRouteBuilder routes) => routes.MapGet("/webhooks/{source}", One)
        .WithSummary("A webhook with its rules").Produces<WebhookView>().ProducesProblem(404).RequireKnownWorkspace();

    public static IResult NotFound(string source) => Problem.NotFound($"There is no webhook '{source}'.");

    static async Task<IResult> All(IQuerySession session, CancellationToken cancellation)
    {
        var sources = await session.Query<WebhookSource>().OrderBy(s => s.Id).Take(Most).ToListAsync(cancellation);
        return TypedResults.Ok(new Page<WebhookView>([.. sources.Select(s => WebhookView.Of(s, session.TenantId))], null));
    }

    static async Task<IResult> One(string source, IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<WebhookSource>(source, cancellation) is { } known ? TypedResults.Ok(WebhookView.Of(known, session.TenantId)) : NotFound(source);
}

/// <summary>A webhook. <c>path</c> is below the Console's address; <c>secret</c> is shown by the request that made it, and never again.</summary>
public sealed record WebhookView(
    string Source, string Path, IReadOnlyList<MappingRule> Rules, string ChangedBy, DateTimeOffset ChangedAt, DateTimeOffset SecretIssuedAt,
    DateTimeOffset? PreviousSecretValidUntil, string? Secret)
{
    internal static WebhookView Of(WebhookSource source, string workspace, bool showSecret = false) => new(
        source.Id, PathOf(source, workspace), source.Rules, source.ChangedBy, source.ChangedAt, source.KeyIssuedAt, source.PreviousValidUntil,
        showSecret ? $"whsec_{source.Key}" : null);

    internal static string PathOf(WebhookSource source, string workspace) => $"/webhooks/{Uri.EscapeDataString(workspace)}/{source.Id}";
}

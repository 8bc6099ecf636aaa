using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Audit;
using AutoDev.Governance.Diagnosis;
using AutoDev.Governance.Gates;
using AutoDev.Governance.Keys;
using AutoDev.Governance.Notifications;
using AutoDev.Governance.Spend;
using AutoDev.Governance.State;
using AutoDev.Governance.Webhooks;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Governance;

/// <summary>What the service stores, hears and answers, by name.</summary>
static class GovernanceModule
{
    public static void Documents(StoreOptions store)
    {
        store.Schema.For<GovernedWorkspace>();
        store.Schema.For<Agent>().Index(a => a.WorkspaceId);
        store.Schema.For<CountedEpisode>().IndexAge();
        store.Schema.For<Notification>().IndexAge();
        store.Schema.For<AuditEntry>().Index(e => e.Subject).Index(e => e.Actor).Index(e => e.Action).IndexAge();
        store.Schema.For<Refusals>().Index(r => r.AgentId);
        store.Schema.For<IssuedKey>();
        store.Schema.For<KeyUse>();
        store.Schema.For<ModelSpend>().Duplicate(s => s.SortKey, notNull: true).Index(s => s.Subject);
        store.Schema.For<SpendTotal>();
        store.Schema.For<WebhookSecret>();
        store.Schema.For<WebhookDelivery>().Duplicate(d => d.State, notNull: true).Duplicate(d => d.DueAt, notNull: true).IndexAge();
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<RecordEpisodeOutcomeConsumer>();
        bus.AddConsumer<RecordRefusalConsumer>();
        bus.AddConsumer<RecordDecisionConsumer>();
        bus.AddConsumer<RecordSpendConsumer>();
        bus.AddConsumer<RecordKeyUsesConsumer>();
        bus.AddConsumer<RestateGovernanceConsumer>();
        bus.AddRetention(
            new("Episodes", "mt_doc_countedepisode", 90),
            new("Notifications", "mt_doc_notification", 365),
            new("WebhookDeliveries", "mt_doc_webhookdelivery", 90, Needed: $"state = '{nameof(DeliveryState.Pending)}'"),
            new("Audit", "mt_doc_auditentry", RetentionRule.Forever));
    }

    public static void AddDiagnosis(this IServiceCollection services)
    {
        services.AddHttpClient(nameof(OtherServices)).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false });
        services.AddSingleton<OtherServices>();
    }

    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks")
            .Validate(o => o.Interval > TimeSpan.Zero && o.Timeout > TimeSpan.Zero, "Webhooks:Interval and Webhooks:Timeout must be above 0.")
                .ValidateOnStart();
        builder.Services.AddHttpClient(nameof(SendWebhooks)).ConfigurePrimaryHttpMessageHandler(services =>
            PublicAddress.Handler(services.GetRequiredService<IOptions<WebhookOptions>>().Value.AllowPrivate, "Webhooks:AllowPrivate"));
        builder.Services.AddHostedService<SendWebhooks>();
    }

    public static void MapGovernance(this WebApplication app)
    {
        // The list shows a caller what its key opens; every other route names the workspace, and a key of another one is refused.
        app.MapGet("/workspaces", ListWorkspaces.Handle).RequireAuthorization(policy => policy.RequireRole(Roles.Viewer, Roles.Operator, Roles.Admin)).MayRefuse(400, 401, 403, 503);
        app.MapPut("/workspaces/{workspace}", CreateWorkspace.Handle).RequireRole(Roles.Admin).Produces<GovernedWorkspace>().Produces<GovernedWorkspace>(201);

        app.MapPost("/restate", RequestRestatement.Handle).RequireRole(Roles.Admin).Produces(202);
        app.MapGet("/audit", ListAudit.Handle).RequireRole(Roles.Admin);

        var workspace = app.MapGroup("/workspaces/{workspace}").AddEndpointFilter(KnownWorkspace.Require).MayRefuse(404);
        workspace.MapGet("", ShowWorkspace.Handle).RequireRole(Roles.Operator);
        workspace.MapGet("/settings", ShowSettings.Handle).RequireRole(Roles.Operator);
        workspace.MapPatch("/settings", ChangeSettings.Handle).RequireRole(Roles.Admin).Produces<WorkspaceSettings>().AcceptsIfMatch();
        workspace.MapGet("/settings/history", ShowSettings.History).RequireRole(Roles.Operator);

        workspace.MapGet("/agents", ListAgents.Handle).RequireRole(Roles.Operator);
        workspace.MapPut("/agents/{agent}", RegisterAgent.Handle).RequireRole(Roles.Operator).Produces<AgentView>().Produces<AgentView>(201);
        workspace.MapGet("/agents/{agent}", ShowAgent.Handle).RequireRole(Roles.Operator).Produces<AgentView>();
        workspace.MapPut("/agents/{agent}/maturity", SetMaturity.Handle).RequireRole(Roles.Admin).Produces<AgentView>().AcceptsIfMatch();
        workspace.MapGet("/agents/{agent}/capabilities", ShowCapabilities.Handle).RequireRole(Roles.Operator).Produces<CapabilitiesView>();
        workspace.MapGet("/agents/{agent}/diagnosis", DiagnoseAgent.Handle).RequireRole(Roles.Operator).Produces<DiagnosisView>();

        workspace.MapGet("/notifications", ListNotifications.Handle).RequireRole(Roles.Operator);
        workspace.MapPost("/webhook-secret", IssueWebhookSecret.Handle).RequireRole(Roles.Admin).Produces<WebhookSecretView>();
        workspace.MapGet("/webhook-deliveries", ListDeliveries.Handle).RequireRole(Roles.Operator).Produces<Page<WebhookDelivery>>();
        workspace.MapPost("/webhook-deliveries/{delivery}/replay", ReplayDelivery.Handle).RequireRole(Roles.Admin).Produces<WebhookDelivery>();
        workspace.MapGet("/spend", ShowSpend.Overview).RequireRole(Roles.Operator);
        workspace.MapGet("/spend/calls", ShowSpend.Calls).RequireRole(Roles.Operator);
        workspace.MapGet("/spend/subjects/{subject}", ShowSpend.Subject).RequireRole(Roles.Operator);
        workspace.MapGet("/refusals", ListRefusals.Handle).RequireRole(Roles.Operator);
        workspace.MapGet("/audit", ListAudit.Handle).RequireRole(Roles.Operator);

        workspace.MapPost("/api-keys", IssueKey.Handle).RequireRole(Roles.Admin).Produces<IssuedKeyView>(201);
        workspace.MapGet("/api-keys", ListKeys.Handle).RequireRole(Roles.Admin);
        workspace.MapDelete("/api-keys/{key}", RevokeKey.Handle).RequireRole(Roles.Admin).Produces(204);
    }
}

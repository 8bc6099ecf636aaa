using AutoDev.Gating;
using AutoDev.OperatorConsole.Activities;
using AutoDev.OperatorConsole.Audit;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Inbox;
using AutoDev.OperatorConsole.Loops;
using AutoDev.OperatorConsole.Origin;
using AutoDev.OperatorConsole.Overview;
using AutoDev.OperatorConsole.Shell;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.OperatorConsole.Skills;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using MassTransit;
using MudBlazor.Services;

namespace AutoDev.OperatorConsole;

/// <summary>Everything the Console consists of, by name.</summary>
static class ConsoleModule
{
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.Schema.For<ActivityEntry>()
            .Duplicate(e => e.SortKey, notNull: true, configure: index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(e => e.ConversationId!)
            .Index(e => e.AgentId!)
            .GinIndexJsonData()
            .IndexAge();
        store.Schema.For<InboxItem>()
            .Duplicate(i => i.IsWaiting)
            .Duplicate(i => i.WaitingSince!, configure: WhatWaits)
            .Duplicate(i => i.RiskKey, configure: WhatWaits)
            .Duplicate(i => i.FitnessKey, configure: WhatWaits)
            .Duplicate(i => i.Cost, configure: WhatWaits);
        store.Schema.For<CountedCall>().IndexAge();
        store.Schema.For<StoredKey>().SingleTenanted();
        store.Schema.For<PersonSession>().Index(s => s.Subject).IndexAge();
    }

    // Of what was ever decided an inbox knows everything, and shows nothing.
    static void WhatWaits(DocumentIndex index) => (index.TenancyScope, index.Predicate) = (TenancyScope.PerTenant, "is_waiting");

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        bus.AddGating();
        bus.AddConsumer<RecordActivityConsumer>();
        bus.AddConsumer<TrackCandidatesConsumer>();
        bus.AddConsumer<TrackMutationsConsumer>();
        bus.AddConsumer<TrackCostConsumer>();
        bus.AddHostedService<AskForInbox>();
        bus.AddRetention(new("Activity", "mt_doc_activityentry", 90), new("Activity", "mt_doc_countedcall", 90), new("Sessions", "mt_doc_personsession", 1));
    }

    public static void AddConsole(this WebApplicationBuilder builder)
    {
        builder.AddOrigin();
        builder.AddBackends();
        builder.Services.AddSingleton<ServiceHealth>();
        builder.Services.AddSingleton(new TraceViewer(builder.Configuration)); // a wrong address ends the start, not a page
        builder.Services.AddMudServices();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.AddSignIn(); // after the components, which bring data protection along
    }

    /// <summary>Before the endpoints: what every answer carries.</summary>
    public static void UseConsole(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UsePageSecurity();
        app.UseRateLimiter();
    }

    public static void MapConsole(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapOrigin();
        app.MapSignIn();

        var projections = app.MapGroup("/api/console/workspaces/{workspace}").RequireRole(Roles.Operator).RequireKnownWorkspace();
        projections.MapGet("/activity", ListActivity.Handle).Produces<Page<EntryShown>>();
        projections.MapGet("/loops/{conversation:guid}", ShowLoop.Handle).Produces<LoopShown>();
        projections.MapGet("/inbox", ListInbox.Handle).Produces<InboxPageOf>();

        app.MapPost("/api/console/restate", AskForInbox.Handle).RequireRole(Roles.Admin).Produces(202);

        app.MapGet("/w/{workspace}/skills/{name}/export", DownloadSkill.Handle).RequireAuthorization(People.Policy).ExcludeFromDescription();
        app.MapGet("/w/{workspace}/audit/export", ExportAudit.Handle).RequireAuthorization(People.Policy).ExcludeFromDescription();

        app.MapStaticAssets("AutoDev.Console.staticwebassets.endpoints.json").AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = null).RequireAuthorization(People.Policy);
    }
}

using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Marten.Schema.Indexing.Unique;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>Dead letters are part of every service: its messaging keeps them, its store holds them, and this maps their routes.</summary>
public static class DeadLetterRegistration
{
    /// <summary>
    /// <c>/workspaces/{workspace}/dead-letters</c> for the workspace's operators, and <c>/dead-letters</c> for administrators: all of them, those too that name
    /// no workspace.
    /// </summary>
    /// <param name="app">The service.</param>
    /// <param name="prefix">Before both.</param>
    public static void MapDeadLetters(this WebApplication app, string prefix = "")
    {
        Map(app.MapGroup($"{prefix}/workspaces/{{workspace}}/dead-letters").RequireRole(Roles.Operator), "of the workspace");
        Map(app.MapGroup($"{prefix}/dead-letters").RequireRole(Roles.Admin), "of all workspaces, and those that name none");
    }

    internal static void AddDeadLetters(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ReplayLettersConsumer, ReplayLettersDefinition>();
        bus.AddSingleton<ConsumedQueues>();
        bus.AddRetention(
            new("DeadLetters", "mt_doc_deadletter", 90, Needed: $"state = '{nameof(DeadLetterState.Dead)}'"),
            new("DeadLetters", "mt_doc_lettercontent", 90, Needed: "exists (select from mt_doc_deadletter l where l.tenant_id = t.tenant_id and l.id = t.id)"));
        bus.AddSingleton<WatchLetters>();
        bus.AddHostedService(p => p.GetRequiredService<WatchLetters>());
        bus.AddHealthChecks().AddCheck<WatchLetters>("dead-letters", tags: ["ready"]);
    }

    internal static void AddDeadLetterDocuments(this StoreOptions store)
    {
        store.Schema.For<DeadLetter>()
            .Duplicate(l => l.SortKey, notNull: true, configure: index => index.TenancyScope = TenancyScope.PerTenant)
            .Duplicate(l => l.State, notNull: true).IndexAge();
        store.Schema.For<LetterContent>().IndexAge();
    }

    static void Map(RouteGroupBuilder letters, string whose)
    {
        letters.WithTags("dead letters").ProducesProblem(StatusCodes.Status400BadRequest);
        letters.MapGet("", ListLetters.List).WithSummary($"Dead letters {whose}, newest first").Produces<Page<LetterShown>>();
        letters.MapPost("/replay", ReplayLettersByFilter.Post).WithSummary($"Replay every dead letter {whose} that fits").Produces<ReplayAccepted>(StatusCodes.Status202Accepted);
        letters.MapGet("/{letter:guid}", ListLetters.Get).WithSummary("One dead letter with its message").Produces<LetterWithContent>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapPost("/{letter:guid}/replay", ReplayLetter.Post).WithSummary("Send it back to the queue it came from").Produces<LetterShown>()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        letters.MapPost("/{letter:guid}/discard", DiscardLetter.Post).WithSummary("It is not needed").Produces<LetterShown>()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }
}

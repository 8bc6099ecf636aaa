using AutoDev.Contracts.Ingest;
using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Executions;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using MassTransit;

namespace AutoDev.Reflection;

/// <summary>What Reflection keeps, hears and answers, by name.</summary>
static class ReflectionModule
{
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.Schema.For<Episode>().Duplicate(e => e.RecordedAt, configure: PerWorkspace).Index(e => e.AgentId)
            .Index(e => e.PatternId!, index => index.Predicate = "(((data ->> 'PatternId'::text))::uuid IS NOT NULL)")
            .FullTextIndex(index => index.TsVectorExpression = EpisodeFilter.SearchedText);
        store.Schema.For<EpisodeFeedback>().Index(f => f.EpisodeId).IndexAge();
        store.Schema.For<Execution>().Index(e => e.RecordedAt).IndexAge();
        store.Schema.For<FailurePattern>().Index(p => p.AgentId).Duplicate(p => p.LastFailureAt, configure: PerWorkspace);
        store.AddPhrasingTable();
        store.Schema.For<LearnedCandidate>().GinIndexJsonData();
    }

    /// <summary>What is old; not what a pattern that is not settled, or a candidate that is not decided on, was made from.</summary>
    static readonly RetentionRule[] Forgotten =
    [
        new("Episodes", "mt_doc_episode", 90, Age: "recorded_at", Needed:
            """
            exists (select from mt_doc_failurepattern p where p.tenant_id = t.tenant_id and p.id = cast(t.data ->> 'PatternId' as uuid)
              and p.data ->> 'State' not in ('Resolved', 'Dismissed', 'Merged'))
            or exists (select from mt_doc_learnedcandidate c where c.tenant_id = t.tenant_id
              and c.data @> jsonb_build_object('EpisodeIds', jsonb_build_array(t.id)) and c.data ->> 'Stage' in ('Unknown', 'Proposed', 'Validated'))
            """),
        new("Episodes", "mt_doc_episodefeedback", 90, Needed: "exists (select from mt_doc_episode e where e.tenant_id = t.tenant_id and e.id = t.data ->> 'EpisodeId')"),
        new("Executions", "mt_doc_execution", 90),
    ];

    static void PerWorkspace(DocumentIndex index) => index.TenancyScope = TenancyScope.PerTenant;

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        ReflectionMetrics.AddTo(bus);
        bus.AddGating();
        bus.AddConsumer<FollowCandidateConsumer>();
        bus.AddConsumer<LinkCandidateConsumer>();
        bus.AddConsumer<ReconsiderPatternsConsumer>();
        bus.AddRetention(Forgotten);
    }

    public static void AddIngest(this WebApplicationBuilder builder)
    {
        builder.AddBatchConsumer<RecordEpisodeConsumer>("episode.*");
        builder.AddBatchConsumer<RecordExecutionConsumer>("skill.executed");
        builder.AddMeanings();
        builder.Services.AddSingleton<PatternMemory>();
        builder.Services.AddSingleton<PhrasingMemory>();
        builder.Services.AddHostedService<ForgetPhrasings>();
        builder.Services.AddScoped<RecordEpisodes>();
        builder.Services.AddScoped<RecordExecutions>();
        builder.Services.AddSingleton(services => new GroupCommit<ReportedEpisode>(
            services, (scope, reports, cancellation) => scope.GetRequiredService<RecordEpisodes>().RecordAsync(reports, cancellation)));
        builder.Services.AddSingleton(services => new GroupCommit<ReportedExecution>(
            services, (scope, reports, cancellation) => scope.GetRequiredService<RecordExecutions>().RecordAsync(reports, cancellation)));
    }

    public static void MapReflection(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}");
        workspace.MapPost("/episodes", RecordEpisode.Post).RequireRole(Roles.Agent).RequireKnownWorkspace()
            .AcceptsOneOrMany(typeof(EpisodeReport), RecordEpisode.MaxBatch).Produces<RecordEpisode.Recorded>(StatusCodes.Status201Created)
            .Produces<EpisodesRecorded>().MayAlsoAnswer(typeof(RecordEpisode.Recorded));
        workspace.MapGet("/episodes", ListEpisodes.List).RequireRole(Roles.Operator).Produces<Page<EpisodeView>>();
        workspace.MapGet("/episodes/{episode}", ListEpisodes.Get).RequireRole(Roles.Operator).Produces<EpisodeView>().MayRefuse(404);
        workspace.MapPost("/episodes/{episode}/feedback", GiveFeedback.Post).RequireRole(Roles.Agent)
            .Produces<FeedbackAnswer>(StatusCodes.Status201Created).Produces<FeedbackAnswer>().MayRefuse(404, 409);
        workspace.MapGet("/episodes/{episode}/feedback", GiveFeedback.List).RequireRole(Roles.Operator).Produces<Page<FeedbackAnswer>>().MayRefuse(404);
        workspace.MapPost("/executions", RecordExecution.Post).RequireRole(Roles.Agent).RequireKnownWorkspace().Produces<ExecutionRecorded>();
        workspace.MapGet("/patterns", ListPatterns.List).RequireRole(Roles.Operator).Produces<Page<PatternView>>();
        workspace.MapGet("/patterns/{pattern:guid}", ListPatterns.Get).RequireRole(Roles.Operator).Produces<PatternView>().MayRefuse(404);
        workspace.MapPost("/patterns/{pattern:guid}/retry", RetryPattern.Post).RequireRole(Roles.Operator).AcceptsIfMatch().Produces<PatternView>().MayRefuse(404, 409);
        workspace.MapPost("/patterns/{pattern:guid}/dismiss", RetryPattern.Dismiss).RequireRole(Roles.Operator).AcceptsIfMatch().Produces<PatternView>().MayRefuse(404, 409);
        workspace.MapPost("/patterns/{pattern:guid}/split", SplitPattern.Post).RequireRole(Roles.Operator)
            .AcceptsIfMatch(isRequired: true).Produces<PatternsSplit>().MayRefuse(404, 409, 428);
        workspace.MapPost("/patterns/{pattern:guid}/merge", MergePatterns.Post).RequireRole(Roles.Operator)
            .AcceptsIfMatch(isRequired: true).Produces<PatternView>().MayRefuse(404, 409, 428);
        workspace.MapPost("/episodes/{episode}/learn", LearnFromEpisode.Post).RequireRole(Roles.Operator).Produces<LearningStarted>(202).MayRefuse(404, 409);
    }
}

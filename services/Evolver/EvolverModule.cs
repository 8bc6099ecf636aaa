using AutoDev.Evolver.Background;
using AutoDev.Evolver.BulkReview;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutations;
using AutoDev.Evolver.Mutators;
using AutoDev.Evolver.Needs;
using AutoDev.Evolver.Profiles;
using AutoDev.Evolver.Releases;
using AutoDev.Gating;
using AutoDev.LanguageModels;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Evolver;

static class EvolverModule
{
    /// <summary>The service's word.</summary>
    public const string Service = "evolver";

    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.AddSpend();
        store.Schema.For<SkillVersion>();
        store.Schema.For<CurrentSkill>();
        store.Schema.For<CountedExecution>().IndexAge();
        store.Schema.For<SkillProfile>().Index(p => p.UpdatedAt).Index(p => p.SkillName);
        store.Schema.For<OptimizationNeed>().Index(n => n.ProfileId);
        store.Schema.For<SkillEvolution>();
        store.Schema.For<Experiment>()
            .Duplicate(e => e.SortKey, notNull: true).Duplicate(e => e.SkillName, notNull: true).Duplicate(e => e.Stage, notNull: true);
        store.Schema.For<TrialInputs>().IndexAge();
        store.Schema.For<Variant>().Index(v => v.ExperimentId).IndexAge();
        store.Schema.For<Mutation>()
            .Duplicate(m => m.SortKey, notNull: true).Duplicate(m => m.SkillName, notNull: true).Duplicate(m => m.Status, notNull: true);
        store.Schema.For<BulkDecision>();
        store.Schema.For<BulkItem>().Index(i => i.BulkId);
        store.Schema.For<Release>().Duplicate(r => r.SortKey, notNull: true).Index(r => r.SkillName);
        store.Schema.For<TakenBack>();
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        EvolverMetrics.AddTo(bus);
        bus.AddGating();
        bus.AddSpend();
        bus.AddConsumer<FollowSkillConsumer>();
        bus.AddConsumer<ProfileExecutionConsumer>();
        bus.AddConsumer<ProposeVariantsConsumer>();
        bus.AddConsumer<AdvanceExperimentConsumer>();
        bus.AddConsumer<RestateMutationsConsumer>();
        bus.AddConsumer<DecideMutationConsumer, DecideMutationDefinition>();
        bus.AddConsumer<FollowFitnessConsumer>();
        bus.AddConsumer<FollowPublicationConsumer>();
        bus.AddConsumer<FollowRollBackConsumer>();
        bus.AddConsumer<WatchReleaseConsumer>();
        bus.AddRetention(Forgotten);
    }

    /// <summary>What an experiment tried is needed until it has ended and what came of it is decided on; the chosen form stays with its experiment.</summary>
    static readonly RetentionRule[] Forgotten =
    [
        new("Executions", "mt_doc_countedexecution", 90),
        new("Experiments", "mt_doc_variant", 90, Needed: $"data ->> 'Status' = '{VariantStatus.Chosen}' or {Undecided("cast(t.data ->> 'ExperimentId' as uuid)")}"),
        new("Experiments", "mt_doc_trialinputs", 90, Needed: Undecided("t.id")),
    ];

    static string Undecided(string experiment) =>
        $"""
         exists (select from mt_doc_experiment e left join mt_doc_mutation m on m.tenant_id = e.tenant_id and m.id = cast(e.data ->> 'MutationId' as uuid)
           where e.tenant_id = t.tenant_id and e.id = {experiment} and (e.stage <> '{Stage.Ended}' or m.status in ('{MutationStatus.Pending}', '{MutationStatus.Passed}')))
         """;

    /// <summary>Experiments and what writes their variants, by the sections <c>Evolution</c> and <c>Models</c>; how long new versions are watched, by the section <c>Releases</c>.</summary>
    public static void AddEvolution(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<ReleaseOptions>().BindConfiguration("Releases").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<EvolutionOptions>().BindConfiguration("Evolution").ValidateDataAnnotations().ValidateOnStart();
        builder.AddLanguageModels();
        builder.Services.AddSingleton<IMutator, RewriteRules>();
        builder.Services.AddSingleton<IMutator, LanguageModelMutator>();
        builder.Services.AddSingleton<Turns>();
        builder.Services.AddHostedService<EvolveInBackground>();
    }

    public static void MapEvolver(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}").RequireKnownWorkspace();
        workspace.MapUsage(Capability.AlphaEvolver, Capability.BackgroundEvolution).RequireRole(Roles.Operator);
        ListProfiles.Map(workspace).RequireRole(Roles.Operator);
        ShowProfile.Map(workspace).RequireRole(Roles.Operator);
        ListExperiments.Map(workspace).RequireRole(Roles.Operator);
        StartExperiment.Map(workspace).RequireRole(Roles.Operator);
        ShowExperiment.Map(workspace).RequireRole(Roles.Operator);
        CancelExperiment.Map(workspace).RequireRole(Roles.Operator);
        ListMutations.Map(workspace).RequireRole(Roles.Operator);
        ShowMutation.Map(workspace).RequireRole(Roles.Operator);
        foreach (var route in ReviewMutation.Map(workspace)) route.RequireRole(Roles.Operator);
        foreach (var route in DecideByFilter.Map(workspace)) route.RequireRole(Roles.Operator);
        ListReleases.Map(workspace).RequireRole(Roles.Operator);
    }
}

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
        store.Schema.For<CountedExecution>();
        store.Schema.For<SkillProfile>().Index(p => p.UpdatedAt).Index(p => p.SkillName);
        store.Schema.For<OptimizationNeed>().Index(n => n.ProfileId);
        store.Schema.For<SkillEvolution>();
        store.Schema.For<Experiment>()
            .Duplicate(e => e.SortKey, notNull: true).Duplicate(e => e.SkillName, notNull: true).Duplicate(e => e.Stage, notNull: true);
        store.Schema.For<TrialInputs>();
        store.Schema.For<Variant>().Index(v => v.ExperimentId);
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
    }

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

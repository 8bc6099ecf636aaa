using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Needs;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Evolver;

static class EvolverModule
{
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.AddSpend();
        store.Schema.For<SkillVersion>();
        store.Schema.For<CurrentSkill>();
        store.Schema.For<CountedExecution>();
        store.Schema.For<SkillProfile>().Index(p => p.UpdatedAt);
        store.Schema.For<OptimizationNeed>().Index(n => n.ProfileId);
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        bus.AddGating();
        bus.AddSpend();
        bus.AddConsumer<FollowSkillConsumer>();
        bus.AddConsumer<ProfileExecutionConsumer>();
    }

    public static void MapEvolver(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}").RequireKnownWorkspace();
        workspace.MapUsage(Capability.AlphaEvolver, Capability.BackgroundEvolution).RequireRole(Roles.Operator);
        ListProfiles.Map(workspace).RequireRole(Roles.Operator);
        ShowProfile.Map(workspace).RequireRole(Roles.Operator);
    }
}

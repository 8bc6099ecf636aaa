using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Signals;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness;

static class FitnessModule
{
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.Schema.For<Subject>().Index(s => s.ScoredAt);
        store.Schema.For<RecordedSignal>();
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        bus.AddGating();
        bus.AddConsumer<RecordSignalConsumer>().ExcludeFromConfigureEndpoints();
        bus.AddConsumer<CountExternalSignalConsumer>();
        bus.AddConsumer<CountValidationConsumer>();
        bus.AddConsumer<CountFailedValidationConsumer>();
        bus.AddConsumer<CountApprovalConsumer>();
        bus.AddConsumer<CountRejectionConsumer>();
        bus.AddConsumer<LinkSkillConsumer>();
    }

    public static void Endpoints(IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context) =>
        rabbit.IngestEndpoint<RecordSignalConsumer>(context, "fitness.signal");

    public static void MapFitness(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}");
        RecordSignals.Map(workspace).RequireRole(Roles.Agent);
        ListScores.Map(workspace).RequireRole(Roles.Operator);
        ShowScore.Map(workspace).RequireRole(Roles.Operator);
        EvaluateSubject.Map(workspace).RequireRole(Roles.Operator);
    }
}

using AutoDev.Fitness.Outcomes;
using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Signals;
using AutoDev.Fitness.Variants;
using AutoDev.Fitness.Webhooks;
using AutoDev.Fitness.Weights;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using MassTransit;

namespace AutoDev.Fitness;

static class FitnessModule
{
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.Schema.For<Subject>().Index(s => s.ScoredAt)
            .Duplicate(s => s.WaitingSince).Duplicate(s => s.WeightsVersion, configure: PerWorkspace).Duplicate(s => s.Skill!, configure: PerWorkspace);
        store.Schema.For<Signal>().Duplicate(s => s.Place, notNull: true, configure: PerWorkspace).Duplicate(s => s.VoidedRow!, configure: PerWorkspace);
        store.Schema.For<ScoreChange>();
        store.Schema.For<SignalWeights>();
        store.Schema.For<EvaluationDeadline>();
        store.Schema.For<RecordedSignal>();
        store.AddOutcomeTable();
        store.Schema.For<VersionInForce>().Duplicate(v => v.Skill, notNull: true, configure: PerWorkspace).Duplicate(v => v.Since, notNull: true);
        store.Schema.For<FoundDrop>().Duplicate(d => d.Skill, notNull: true, configure: PerWorkspace);
        store.Schema.For<WebhookSource>();
        store.Schema.For<ReceivedDelivery>().Duplicate(d => d.SortKey, notNull: true, configure: PerWorkspace).Duplicate(d => d.Source, notNull: true);
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        SignalMetrics.AddTo(bus);
        bus.AddGating();
        bus.AddConsumer<RecordSignalConsumer>().ExcludeFromConfigureEndpoints();
        bus.AddConsumer<CountExternalSignalConsumer>();
        bus.AddConsumer<CountValidationConsumer>();
        bus.AddConsumer<CountFailedValidationConsumer>();
        bus.AddConsumer<CountApprovalConsumer>();
        bus.AddConsumer<CountRejectionConsumer>();
        bus.AddConsumer<CountMutationConsumer>();
        bus.AddConsumer<LinkSkillConsumer>();
        bus.AddConsumer<RestateScoreConsumer>();
        bus.AddConsumer<RecordOutcomeConsumer>();
        bus.AddConsumer<FollowVersionsConsumer>();
        bus.AddOptions<ScoreOptions>().BindConfiguration("Scores");
        bus.AddOptions<OutcomeOptions>().BindConfiguration("Outcomes");
        bus.AddHostedService<KeepScores>();
        bus.AddHostedService<WatchOutcomes>();
        bus.AddHostedService<ForgetOutcomes>();
        bus.AddHostedService<ForgetDeliveries>();
    }

    public static void Endpoints(IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context) =>
        rabbit.IngestEndpoint<RecordSignalConsumer>(context, "fitness.signal");

    public static void MapFitness(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}");
        RecordSignals.Map(workspace).RequireRole(Roles.Agent);
        ListScores.Map(workspace).RequireRole(Roles.Operator);
        ShowScore.Map(workspace).RequireRole(Roles.Operator);
        ListChanges.MapHistory(workspace).RequireRole(Roles.Operator);
        ListChanges.MapSignals(workspace).RequireRole(Roles.Operator);
        EvaluateSubject.Map(workspace).RequireRole(Roles.Operator);
        ShowWeights.Map(workspace).RequireRole(Roles.Operator);
        PreviewWeights.Map(workspace).RequireRole(Roles.Operator);
        SetDeadline.MapGet(workspace).RequireRole(Roles.Operator);
        SetDeadline.MapPut(workspace).RequireRole(Roles.Admin);
        SetWeights.Map(workspace).RequireRole(Roles.Admin);
        ShowTrend.Map(workspace).RequireRole(Roles.Operator);
        ListVariants.Map(workspace).RequireRole(Roles.Operator);
        CompareSubjects.Map(workspace).RequireRole(Roles.Operator);
        ShowWebhooks.MapAll(workspace).RequireRole(Roles.Operator);
        ShowWebhooks.MapOne(workspace).RequireRole(Roles.Operator);
        ChangeWebhook.MapPut(workspace).RequireRole(Roles.Admin);
        ChangeWebhook.MapSecret(workspace).RequireRole(Roles.Admin);
        ChangeWebhook.MapDelete(workspace).RequireRole(Roles.Admin);
        TryRules.Map(workspace).RequireRole(Roles.Operator);
        ListDeliveries.MapAll(workspace).RequireRole(Roles.Operator);
        ListDeliveries.MapOne(workspace).RequireRole(Roles.Operator);
        ReplayDelivery.Map(workspace).RequireRole(Roles.Operator);
        ReceiveWebhook.Map(app);
    }

    static void PerWorkspace(DocumentIndex index) => index.TenancyScope = TenancyScope.PerTenant;
}

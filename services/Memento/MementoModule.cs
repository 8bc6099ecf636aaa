using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.LanguageModels;
using AutoDev.Memento.BulkReview;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Exchange;
using AutoDev.Memento.Generation;
using AutoDev.Memento.Mcp;
using AutoDev.Memento.NearDuplicates;
using AutoDev.Memento.Search;
using AutoDev.Memento.Usage;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Memento;

/// <summary>What Memento consists of, by name.</summary>
public static class MementoModule
{
    /// <summary>The service's word.</summary>
    public const string Service = "memento";

    /// <summary>Its documents.</summary>
    public static void Documents(StoreOptions store)
    {
        store.AddGating();
        store.AddSpend();
        store.Schema.For<SkillCandidate>()
            .Duplicate(c => c.SortKey, notNull: true)
            .Duplicate(c => c.Status, notNull: true)
            .Duplicate(c => c.AgentId, notNull: true)
            .Duplicate(c => c.PatternId, notNull: true);
        store.Schema.For<CandidateTest>();
        store.Schema.For<DuplicateSearch>();
        store.Schema.For<BulkDecision>();
        store.Schema.For<BulkItem>().Index(i => i.BulkId);
        store.AddSketchTable();
        store.Schema.For<SkillVersion>();
        store.Schema.For<SkillCall>();
        store.Schema.For<McpSession>();
        store.Schema.For<Skill>().Identity(s => s.Name).Duplicate(s => s.SortKey, notNull: true);
        store.Schema.For<SkillEvent>().Index(e => e.SkillName).Duplicate(e => e.SortKey, notNull: true);
        store.AddSkillIndexTable();
        store.AddUsageTables();
    }

    /// <summary>Its consumers.</summary>
    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        MementoMetrics.AddTo(bus);
        bus.AddGating();
        bus.AddSpend();
        bus.AddConsumer<RequestSkillConsumer>();
        bus.AddConsumer<GenerateSkillConsumer, GenerateSkillDefinition>();
        bus.AddConsumer<ValidateCandidateConsumer>();
        bus.AddConsumer<ReexamineCandidateConsumer>();
        bus.AddConsumer<RestateCandidatesConsumer>();
        bus.AddConsumer<RecordTestConsumer>();
        bus.AddConsumer<FindDuplicatesConsumer>();
        bus.AddConsumer<CompareBehaviourConsumer>();
        bus.AddConsumer<DecideCandidateConsumer, DecideCandidateDefinition>();
        bus.AddConsumer<RecordCallConsumer>();
        bus.AddConsumer<AnnounceToolsConsumer>();
        bus.AddConsumer<PublishMutationConsumer>();
        bus.AddConsumer<RollBackOnRequestConsumer>();
        bus.AddConsumer<ConfirmVersionConsumer>();
        bus.AddConsumer<CountExecutionConsumer, CountExecutionDefinition>();
        bus.AddHostedService<ForgetUsage>();
    }

    /// <summary>Its generators, by the sections <c>Generation</c> and <c>Models</c>.</summary>
    public static void AddGeneration(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<GenerationOptions>().BindConfiguration("Generation")
            .Validate(o => o.TimeBudget > TimeSpan.Zero && o.TimeBudget <= TimeSpan.FromMinutes(5), "Generation:TimeBudget must be above 0 and at most 5 minutes.")
            .Validate(o => o.Tries is >= 1 and <= 10, "Generation:Tries must be 1 to 10.")
            .ValidateOnStart();
        builder.AddLanguageModels();
        builder.Services.AddSingleton<ByExampleGenerator>();
        builder.Services.AddSingleton<LanguageModelGenerator>();
        builder.Services.AddSingleton<ISkillGenerator, ByExampleThenModel>();
    }

    /// <summary>Its search, by the section <c>Embeddings</c>.</summary>
    public static void AddSearch(this WebApplicationBuilder builder)
    {
        builder.AddMeanings();
        builder.Services.AddSingleton<SkillMemory>();
        builder.Services.AddHostedService<TellMeanings>();
    }

    /// <summary>Its routes.</summary>
    public static void MapMemento(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}").RequireKnownWorkspace();

        workspace.MapUsage(Capability.MementoSkills).RequireRole(Roles.Operator);
        workspace.MapGet("/generator", ShowGenerator.Handle).RequireRole(Roles.Operator);
        workspace.MapPost("/generator/try", TryModel.Handle).RequireRole(Roles.Admin).Produces<ModelTried>().MayRefuse(409);

        var candidates = workspace.MapGroup("/candidates");
        candidates.MapGet("", ListCandidates.Handle).RequireRole(Roles.Operator).Produces<Page<CandidateSummary>>();
        candidates.MapPost("/decisions", DecideByFilter.Post).RequireRole(Roles.Operator).Produces<BulkPreview>().Produces<BulkStarted>(202).MayRefuse(409);
        candidates.MapGet("/decisions/{id:guid}", DecideByFilter.Get).RequireRole(Roles.Operator).Produces<BulkView>();
        candidates.MapGet("/{id:guid}", GetCandidate.Handle).RequireRole(Roles.Operator).Produces<CandidateView>();
        candidates.MapPost("/{id:guid}/approve", ReviewCandidate.Approve).RequireRole(Roles.Operator)
            .Produces<CandidateView>().AcceptsIfMatch(isRequired: true).MayRefuse(409, 428);
        candidates.MapPost("/{id:guid}/reject", ReviewCandidate.Reject).RequireRole(Roles.Operator).Produces<CandidateView>().AcceptsIfMatch().MayRefuse(409);
        candidates.MapPost("/{id:guid}/regenerate", RegenerateCandidate.Handle).RequireRole(Roles.Operator).Produces<RegenerationStarted>(202).MayRefuse(409, 429);
        candidates.MapPost("/{id:guid}/test", TestCandidate.Start).RequireRole(Roles.Operator).Produces<TestStarted>(202).MayRefuse(409);
        candidates.MapGet("/{id:guid}/tests/{testId:guid}", TestCandidate.Get).RequireRole(Roles.Operator).Produces<TestView>();

        var skills = workspace.MapGroup("/skills");
        skills.MapGet("", ListSkills.Handle).RequireRole(Roles.Agent).Produces<Page<SkillSummary>>();
        skills.MapGet("/search", SearchSkills.Handle).RequireRole(Roles.Agent).Produces<SkillsFound>();
        skills.MapGet("/{name}", GetSkill.Handle).RequireRole(Roles.Agent).Produces<SkillView>().MayRefuse(410);
        skills.MapGet("/{name}/versions", SkillHistory.Versions).RequireRole(Roles.Operator).Produces<Page<VersionSummary>>();
        skills.MapGet("/{name}/versions/{version}", GetSkill.Version).RequireRole(Roles.Agent).Produces<VersionView>().MayRefuse(410);
        skills.MapPost("/{name}/versions/{version}/test", TestCandidate.StartOfVersion).RequireRole(Roles.Operator).Produces<TestStarted>(202);
        skills.MapGet("/{name}/versions/{version}/tests/{testId:guid}", TestCandidate.GetOfVersion).RequireRole(Roles.Operator).Produces<TestView>();
        skills.MapGet("/{name}/source", GetSkill.Source).RequireRole(Roles.Agent).Produces<string>(200, "text/x-python").Produces(304).MayRefuse(410);
        skills.MapGet("/{name}/history", SkillHistory.Events).RequireRole(Roles.Operator).Produces<Page<EventView>>();
        skills.MapGet("/{name}/lineage", SkillHistory.Lineage).RequireRole(Roles.Operator).Produces<LineageView>();
        skills.MapGet("/{name}/diff", DiffVersions.Handle).RequireRole(Roles.Operator).Produces<DiffView>().MayRefuse(422);
        skills.MapGet("/{name}/usage", ShowSkillUsage.Handle).RequireRole(Roles.Operator).Produces<SkillUsageView>();
        skills.MapPost("/{name}/rollback", RollBackSkill.Handle).RequireRole(Roles.Operator).Produces<SkillView>().AcceptsIfMatch(isRequired: true).MayRefuse(409, 428);
        skills.MapPost("/{name}/retire", RetireSkill.Retire).RequireRole(Roles.Operator).Produces<SkillView>().AcceptsIfMatch().MayRefuse(409);
        skills.MapPost("/{name}/restore", RetireSkill.Restore).RequireRole(Roles.Operator).Produces<SkillView>().AcceptsIfMatch().MayRefuse(409);
        skills.MapPost("/{name}/pin", PinSkill.Pin).RequireRole(Roles.Operator).Produces<SkillView>().AcceptsIfMatch().MayRefuse(409);
        skills.MapPost("/{name}/unpin", PinSkill.Unpin).RequireRole(Roles.Operator).Produces<SkillView>().AcceptsIfMatch().MayRefuse(409);
        skills.MapGet("/{name}/export", ExportSkills.One).RequireRole(Roles.Operator).Produces<byte[]>(200, "application/zip").Produces(304).MayRefuse(404, 422);
        skills.MapGet("/export", ExportSkills.Several).RequireRole(Roles.Operator).Produces<byte[]>(200, "application/zip").Produces(304).MayRefuse(404, 422);
        skills.MapPost("/import", ImportSkills.Handle).RequireRole(Roles.Operator).Accepts<byte[]>("application/zip", "application/x-zip-compressed").Produces<SkillsImported>(202).MayRefuse(413, 415, 422);

        workspace.MapMcpServer();
    }
}

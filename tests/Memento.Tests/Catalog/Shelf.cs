using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.Memento.Tests.Catalog;

/// <summary>Skills in the catalog without the loop that leads there: published as an approval does it.</summary>
static class Shelf
{
    public static SkillCandidate Candidate(string name, string description, string task, string source = "def f(): ...\n")
    {
        var id = Guid.CreateVersion7();
        return new()
        {
            Id = id, Revision = 3, Status = CandidateStatus.Validated, PatternId = Guid.NewGuid(), Attempt = 1, AgentId = MementoFixture.Agent,
            TaskDescription = task, Episodes = [],
            Analysis = FailureAnalysis.Of(task, [], null) with { SkillName = name }, DetectedAt = DateTimeOffset.UnixEpoch,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
            Generated = new() { Generator = "by-example", FunctionName = name, Parameters = ["email"], Source = source, Description = description },
        };
    }

    public static async Task<SkillVersion> PublishedAsync(
        this MementoFixture memento, string workspace, string name, string description = "Does it.", string task = "Do it", string source = "def f(): ...\n",
        IServiceProvider? services = null)
    {
        await using var scope = (services ?? memento.Services).CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        var decision = new Decision(true, "olga", null, scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow());
        var version = await PublishSkill.StoreAsync(
            session, Candidate(name, description, task, source), decision, scope.ServiceProvider.GetRequiredService<Meanings>(), CancellationToken.None);
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(PublishSkill.Event(workspace, version));
        await session.SaveChangesAsync();
        return version;
    }
}

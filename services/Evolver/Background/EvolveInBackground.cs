using AutoDev.Contracts.Governance;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Background;

/// <summary>
/// Looks by itself, now and again, for the skill that costs most, where the workspace has switched that on and an AUTONOMOUS agent uses it; one experiment a
/// look
/// and workspace, within the day's limit.
/// </summary>
sealed class EvolveInBackground(
    IServiceProvider services, IBusControl bus, IOptions<EvolutionOptions> options, TimeProvider clock, ILogger<EvolveInBackground> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        using var timer = new PeriodicTimer(options.Value.BackgroundInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(services, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Costly skills are looked for {Interval} later: {Reason}", options.Value.BackgroundInterval, e.Message);
            }
        }
    }

    /// <summary>Looks once, in every workspace that wants it.</summary>
    internal static async Task LookAsync(IServiceProvider services, CancellationToken cancellation)
    {
        await using var query = services.GetRequiredService<IDocumentStore>().QuerySession(Workspace.None);
        var workspaces = await query.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).ToListAsync(cancellation);
        foreach (var workspace in workspaces.Where(w => w.Settings is { Enabled: true, BackgroundEvolution: true }))
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace.Id;
            var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
            var publish = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
            var turn = scope.ServiceProvider.GetRequiredService<Turns>().Begin(workspace.Id, session, publish, cancellation);
            await BeginAsync(turn, workspace.Settings);
            await session.SaveChangesAsync(cancellation);
        }
    }

    static async Task BeginAsync(Turn turn, WorkspaceSettings settings)
    {
        var (session, cancellation) = (turn.Session, turn.Cancellation);
        var autonomous = await session.Query<AgentReplica>().Where(a => a.Maturity == Maturity.Autonomous).Select(a => a.Id).ToListAsync(cancellation);
        var candidate = Choose(
            await session.Query<SkillProfile>().Where(p => p.Count > 0).ToListAsync(cancellation),
            await session.Query<CurrentSkill>().Where(s => !s.Retired).ToListAsync(cancellation),
            await session.Query<SkillEvolution>().ToListAsync(cancellation),
            autonomous.ToHashSet(StringComparer.Ordinal),
            turn.Now, turn.Options.BackgroundRest);
        if (candidate is not var (profile, agent)) return;

        var wish = new Wish(NewId.NextGuid(), profile.SkillName, "execution_time", "system:background", turn.Options.Iterations)
        {
            Version = profile.Version, AgentId = agent,
        };
        await BeginExperiment.TryAsync(turn, wish, Capability.BackgroundEvolution, new(settings, 0, Maturity.Autonomous, 0));
    }

    /// <summary>
    /// Pure: of the versions that agents get and no experiment was held on for a while, the one with the greatest expected saving, calls times median
    /// seconds, that
    /// an AUTONOMOUS agent uses; with the agent that used it last.
    /// </summary>
    internal static (SkillProfile Profile, string AgentId)? Choose(
        IReadOnlyList<SkillProfile> profiles, IReadOnlyList<CurrentSkill> current, IReadOnlyList<SkillEvolution> evolutions, IReadOnlySet<string> autonomous,
        DateTimeOffset now, TimeSpan rest)
    {
        var versions = current.Select(s => SkillVersion.IdOf(s.Id, s.Version)).ToHashSet(StringComparer.Ordinal);
        var resting = evolutions.Where(e => e.OpenExperimentId is not null || e.LastStartedAt + rest > now).Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        return profiles.Where(p => versions.Contains(p.Id) && !resting.Contains(p.SkillName) && p.Inputs.Count > 0)
            .Select(p => (Profile: p, AgentId: p.Window.Select(s => s.AgentId).FirstOrDefault(a => a is not null && autonomous.Contains(a))))
            .Where(c => c.AgentId is not null && c.Profile.P50Seconds > 0)
            .OrderByDescending(c => c.Profile.Count * c.Profile.P50Seconds).ThenBy(c => c.Profile.Id, StringComparer.Ordinal)
            .Select(c => ((SkillProfile, string)?)(c.Profile, c.AgentId!)).FirstOrDefault();
    }
}

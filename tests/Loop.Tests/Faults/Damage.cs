using System.Collections.Concurrent;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>Breaks what the plan says, when so much has been sent, and mends it again; or replaces it by another version.</summary>
sealed class Damage(Fleet fleet, Plan plan, Progress progress)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly ConcurrentDictionary<string, int> _done = new(StringComparer.Ordinal);

    /// <summary>What was hurt, and how often.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    /// <summary>Returns when everything is whole again; a service that is not is an error.</summary>
    public async Task DoAsync(CancellationToken cancellation)
    {
        using var pace = new PeriodicTimer(Pause);
        var cuts = new List<Task>();
        foreach (var hurt in plan.Hurts)
        {
            while (progress.Sent < hurt.At) await pace.WaitForNextTickAsync(cancellation);
            _done.AddOrUpdate($"{hurt.How.ToLowerInvariant()} {hurt.What}", 1, (_, count) => count + 1);
            if (hurt.What is "rabbitmq" or "postgres") await OutageAsync(hurt);
            else if (hurt.How == Planner.Replace) await ReplaceAsync(fleet.Process(hurt.What, hurt.Instance));
            else if (hurt.How != "kill") cuts.Add(CutAsync(hurt.What == "agents" ? fleet.Agents : fleet.Link(hurt.What, hurt.Instance), Enum.Parse<Cut>(hurt.How), hurt.Time));
            else await KillAsync(fleet.Process(hurt.What, hurt.Instance));
        }

        await Task.WhenAll(cuts);
        await fleet.ReadyAsync();
    }

    static async Task KillAsync(ServiceProcess process)
    {
        await process.KillAsync();
        process.Start();
    }

    // As whoever upgrades: asked to end, and the next only when this one is ready.
    async Task ReplaceAsync(ServiceProcess process)
    {
        await process.StopAsync();
        process.Build = process.Build == fleet.Before ? ServiceProcess.ThisBuild : fleet.Before!;
        process.Start();
        await process.ReadyAsync();
    }

    static async Task CutAsync(TcpProxy network, Cut how, TimeSpan time)
    {
        switch (how)
        {
            case Cut.Refused:
                network.Refuse();
                break;
            case Cut.Reset:
                network.Reset();
                break;
            default:
                network.Stall();
                break;
        }

        await Task.Delay(time);
        network.Mend();
    }

    // Nobody who cannot work may say that it can; and everybody comes back without being restarted.
    async Task OutageAsync(Hurt hurt)
    {
        await (hurt.How == "kill" ? fleet.Parts.KillAsync(hurt.What) : fleet.Parts.StopAsync(hurt.What));
        await fleet.NotReadyAsync($"{hurt.What} is away");
        await fleet.Parts.StartAsync(hurt.What);
        await fleet.ReadyAsync();
    }
}

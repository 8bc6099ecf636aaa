using System.Globalization;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Runs in a row, of several workspaces, honest and broken ones. AUTODEV_SANDBOX_RUNS says how many (100).</summary>
public sealed class ManyRunsTests(Sandbox sandbox)
{
    static readonly int Runs = int.Parse(Environment.GetEnvironmentVariable("AUTODEV_SANDBOX_RUNS") ?? "100", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Many_runs_leave_the_host_as_it_was()
    {
        var settings = Sandbox.Settings();
        (settings.MemoryMb, settings.LeaseRequests) = (64, 60);
        var (engine, pool) = sandbox.PoolAndEngineWith(settings);
        var footprint = new HostFootprint(sandbox.Docker, pool.Instance);
        for (var i = 0; i < Runs; i++)
        {
            var (body, ended) = (i % 20) switch
            {
                3 => ("os._exit(1)", "killed"),
                7 => ("if os.fork() == 0:\n        while True: pass\n    return n", "ok"),
                11 => ("open('/tmp/x', 'w').write('x' * 100000)\n    raise ValueError(n)", "exception"),
                17 => ("x = [bytearray(1 << 20) for i in range(100)]", "out_of_memory"),
                _ => ("return n", "ok"),
            };
            var isolation = (i % 50) switch { 13 => Isolation.Strict, 29 => Isolation.Input, _ => Isolation.Request };
            var answer = await sandbox.Run(
                $"import os\ndef f(n):\n    {body}", [$$"""{"n":{{i}}}"""], new() { MemoryMb = 64 }, isolation, engine, $"w{i % 3}");
            Assert.Equal(ended, Assert.Single(answer.Results).Ended);
            if (ended == "ok") Assert.Equal(i.ToString(CultureInfo.InvariantCulture), answer.Results[0].ValueJson);
            if (i % 10 == 0) await footprint.LookAsync();
        }

        await footprint.LookAsync();
        Assert.Equal(footprint.Seen, footprint.Users.Distinct().Count());
        await pool.DisposeAsync();
        await footprint.IsGoneAsync();
    }
}

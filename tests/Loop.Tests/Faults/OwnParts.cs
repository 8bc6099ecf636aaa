using System.Diagnostics;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>A broker and a database of the suite's own, which it may kill: private instances as <c>deploy/autodev</c> starts them.</summary>
sealed class OwnParts(string folder) : IAsyncDisposable
{
    /// <summary>amqp address of the broker, whether it runs or not.</summary>
    public Uri Broker { get; private set; } = null!;

    public Uri Management { get; private set; } = null!;

    /// <summary>Npgsql connection string of the server.</summary>
    public string Database { get; private set; } = "";

    /// <summary>Decides on the addresses; nothing answers there yet.</summary>
    public async Task ChooseAsync()
    {
        var lines = (await RunAsync("choose")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (Broker, Management, Database) = (new(lines[0]), new(lines[1]), lines[2]);
    }

    /// <summary>Lines of the broker's configuration beside those that it has anyway; before it starts.</summary>
    public Task ConfigureBrokerAsync(params string[] lines) => RunAsync(["configure", .. lines]);

    /// <summary>Makes a file the database server's own, as it wants a key to be.</summary>
    public Task GiveToDatabaseAsync(string file) => RunAsync("give", file);

    /// <summary>Starts <c>rabbitmq</c> or <c>postgres</c>, and returns when it answers.</summary>
    public Task StartAsync(string part) => RunAsync("start", part);

    /// <summary>An orderly shutdown.</summary>
    public Task StopAsync(string part) => RunAsync("stop", part);

    /// <summary>kill -9 of the broker; PostgreSQL's immediate shutdown.</summary>
    public Task KillAsync(string part) => RunAsync("kill", part);

    public async ValueTask DisposeAsync() => await RunAsync("delete");

    async Task<string> RunAsync(params string[] arguments)
    {
        var script = Path.Combine(LiveSystem.Repository, "tests/Loop.Tests/Faults/parts.sh");
        var start = new ProcessStartInfo("bash", [script, folder, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {output}{await errors}");
    }
}

using System.Diagnostics;
using AutoDev.Testing;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>The probe service as a process of its own, which can be killed.</summary>
sealed class ProbeProcess : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly Process _process;

    ProbeProcess(Process process) => _process = process;

    /// <summary>Starts it; returns when it consumes.</summary>
    public static async Task<ProbeProcess> StartAsync(TestInstallation installation, string name, string? killAt = null, Uri? broker = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AutoDev.OutboxProbe.dll"), name])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (key, value) in installation.Settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        if (broker is not null) start.Environment["ConnectionStrings__rabbitmq"] = broker.ToString();
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Outbox__SendTimeout"] = "00:00:02";
        start.Environment["Outbox__Lease"] = "00:00:03";
        start.Environment["Outbox__SweepInterval"] = "00:00:00.2";
        start.Environment["KILL_AT"] = killAt;
        var process = Process.Start(start)!;
        var ready = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == "ready") ready.TrySetResult();
        };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(Patience);
        return new(process);
    }

    /// <summary>Returns when it was killed, by itself.</summary>
    public Task DiedAsync() => _process.WaitForExitAsync().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AutoDev.Testing;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Another instance of the service, as a process that can be killed.</summary>
sealed class ServiceProcess : IDisposable
{
    readonly Process _process;
    readonly Uri _address;

    ServiceProcess(Process process, Uri address) => (_process, _address) = (process, address);

    /// <summary>Starts one with one slot beside whatever else runs in the installation.</summary>
    public static ServiceProcess Start(TestInstallation installation)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../SandboxRunner", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "AutoDev.SandboxRunner.dll"));
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = Path.GetDirectoryName(program), UseShellExecute = false };
        foreach (var (key, value) in installation.Settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["Sandbox__Concurrency"] = "1";
        start.Environment["Sandbox__WarmContainers"] = "1";
        start.Environment["Logging__LogLevel__Default"] = "Error";
        return new(Process.Start(start)!, address);
    }

    public async Task ReadyAsync()
    {
        using var http = new HttpClient();
        await Eventually.IsTrueAsync("the other instance to be ready", async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"It ended with {_process.ExitCode}");
            try
            {
                return (await http.GetAsync(new Uri(_address, "health/ready"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

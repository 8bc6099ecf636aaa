using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.Testing;

/// <summary>A service as a process of its own, which can be killed. It was built before, beside the program that starts it.</summary>
public sealed class ServiceProcess : IDisposable
{
    readonly Process _process;
    readonly Uri _address;

    ServiceProcess(Process process, Uri address) => (_process, _address) = (process, address);

    /// <summary>Starts one in the installation, beside whatever else runs there.</summary>
    /// <param name="installation">Its broker and databases.</param>
    /// <param name="project">The service's project, such as <c>Memento</c>.</param>
    /// <param name="settings">Settings besides, by configuration key.</param>
    public static ServiceProcess Start(TestInstallation installation, string project, params IEnumerable<(string Key, string Value)> settings)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..", project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"AutoDev.{project}.dll"));
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = Path.GetDirectoryName(program), UseShellExecute = false };
        foreach (var (key, value) in installation.Settings.Select(s => (s.Key, s.Value)).Concat(settings))
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["Logging__LogLevel__Default"] = "Error";
        return new(Process.Start(start)!, address);
    }

    /// <summary>Waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    public async Task ReadyAsync()
    {
        using var http = new HttpClient();
        await Eventually.IsTrueAsync("the process to be ready", async () =>
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

    /// <inheritdoc />
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

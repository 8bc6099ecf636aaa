using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace AutoDev.Testing;

/// <summary>Services that are called over the network, by a browser or by others.</summary>
public static class ListeningService
{
    /// <summary>The service's real program in this process, listening at a free port of this machine: <c>ClientOptions.BaseAddress</c>. It may not be ready yet.</summary>
    public static WebApplicationFactory<TProgram> Listening<TProgram>(this TestInstallation installation, IEnumerable<KeyValuePair<string, string>> settings)
        where TProgram : class
    {
        var service = new WebApplicationFactory<TProgram>().WithWebHostBuilder(host =>
        {
            host.UseContentRoot(AppContext.BaseDirectory);
            host.UseUrls("http://127.0.0.1:0");
            foreach (var (key, value) in installation.Settings.Concat(settings)) host.UseSetting(key, value);
        });
        service.UseKestrel();
        service.StartServer();
        return service;
    }
}

using Microsoft.Extensions.Configuration;

namespace AutoDev.ServiceDefaults;

/// <summary>Where another service listens, for what a person asks; no service asks another while it consumes.</summary>
public static class ServiceAddress
{
    /// <summary><c>Services:{word}</c>, else the service's usual port on this machine.</summary>
    /// <exception cref="InvalidOperationException">The setting is no absolute http(s) address.</exception>
    public static Uri Of(IConfiguration configuration, string word, int usualPort)
    {
        if (configuration[$"Services:{word}"] is not { Length: > 0 } configured) return new Uri($"http://127.0.0.1:{usualPort}/");
        if (Uri.TryCreate(configured.TrimEnd('/') + "/", UriKind.Absolute, out var address) && (address.Scheme is "http" or "https")) return address;
        throw new InvalidOperationException($"Services:{word} is '{configured}', which is not an address such as http://127.0.0.1:{usualPort}");
    }
}

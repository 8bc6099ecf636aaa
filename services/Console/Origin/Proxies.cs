using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>
/// Whose word on who called, and by which scheme, counts: <c>Proxies</c> names addresses and networks, divided by commas, and without it nobody's does. Anybody can
/// write <c>X-Forwarded-For</c>; of a chain counts what the proxies wrote, up to the first address that is none of them.
/// </summary>
static class Proxies
{
    public static void AddProxies(this WebApplicationBuilder builder)
    {
        var known = Read(builder.Configuration["Proxies"]);
        builder.Services.Configure<ForwardedHeadersOptions>(headers =>
        {
            // Empty lists would mean everybody.
            headers.ForwardedHeaders = known.Count > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in known) headers.KnownIPNetworks.Add(network);
        });
    }

    /// <summary>Pure.</summary>
    /// <exception cref="InvalidOperationException">One of them is neither an address nor a network.</exception>
    internal static IReadOnlyList<IPNetwork> Read(string? setting) =>
    [
        .. (setting ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => NetworkOf(text)
            ?? throw new InvalidOperationException($"Proxies has '{text}', which is no address such as 192.0.2.7 and no network such as 10.0.0.0/8.")),
    ];

    static IPNetwork? NetworkOf(string text)
    {
        if (IPNetwork.TryParse(text, out var network)) return network;
        var isWhole = text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3; // else 10 were 0.0.0.10
        return isWhole && IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}

using System.Net;
using System.Net.Sockets;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>
/// Connects to public addresses only: a workspace's administrator names the receiver, and must not reach through this service what is only open to this
/// machine and its network. Decided on the address that is connected to, so that a name cannot mean another one later.
/// </summary>
public static class PublicAddress
{
    /// <summary>A handler that follows no redirect and uses no proxy: both would lead elsewhere.</summary>
    /// <param name="allowPrivate">Whether other addresses are connected to as well.</param>
    /// <param name="setting">The setting that says so, to be named where one is refused.</param>
    public static SocketsHttpHandler Handler(bool allowPrivate, string setting) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectCallback = async (context, cancellation) =>
        {
            var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
            var allowed = addresses.Where(a => allowPrivate || IsPublic(a)).ToArray();
            if (allowed.Length == 0)
                throw new PrivateAddressException($"{context.DnsEndPoint.Host} is in a private network; {setting} lets this service connect to it.");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    /// <summary>Pure: not of this machine, of a private network, of a link, nor of a group.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return false;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !(address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6UniqueLocal || address.IsIPv6Multicast
                || address.Equals(IPAddress.IPv6Any));
        return address.GetAddressBytes() switch
        {
            [0 or 10 or 127 or >= 224, ..] => false,
            [100, >= 64 and < 128, ..] => false, // shared by carriers
            [169, 254, ..] or [192, 168, ..] or [192, 0, 0, _] or [198, 18 or 19, ..] => false,
            [172, >= 16 and < 32, ..] => false,
            _ => true,
        };
    }
}

/// <summary>An address is not public, and only public ones are connected to.</summary>
public sealed class PrivateAddressException(string message) : HttpRequestException(message);

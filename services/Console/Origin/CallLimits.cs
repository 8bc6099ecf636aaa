using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>How much one call may send and how long it may take to: whoever drips bytes would else hold a connection, and memory, for as long as they like.</summary>
static class CallLimits
{
    public const long MaxBodyBytes = 2 * 1024 * 1024;

    public static void AddCallLimits(this IServiceCollection services) =>
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<OriginLimits>>((kestrel, limits) =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = limits.Value.HeadersWithin;
            kestrel.Limits.MinRequestBodyDataRate = new(limits.Value.BodyBytesPerSecond, limits.Value.BodyGrace);
        });
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Microsoft.Extensions.Options;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>
/// How often one caller may call the origin: each key, and each address whatever keys it shows, or a thousand made-up keys would be a thousand callers. Signing in
/// and posting to a webhook have limits of their own. Pages, their connection and the probes of whoever runs the installation are not counted.
/// </summary>
static class RateLimits
{
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddOptions<OriginLimits>().BindConfiguration("Limits")
            .Validate(o => o.All.All(rate => rate.IsValid), "Limits: every PerSecond and Burst must be 1 to 1,000,000.")
            .Validate(o => o.HeadersWithin > TimeSpan.Zero && o.BodyBytesPerSecond > 0 && o.BodyGrace > TimeSpan.FromSeconds(1), "Limits: HeadersWithin and BodyBytesPerSecond must be above 0, BodyGrace above a second.")
            .ValidateOnStart();
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = (rejected, _) => new(RefuseAsync(rejected.HttpContext, rejected.Lease));
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(http => Partition(http, CallerOf(http.Request), AddressOf(http.Connection.RemoteIpAddress))),
                PartitionedRateLimiter.Create<HttpContext, string>(http => Partition(http, Counted.Address, AddressOf(http.Connection.RemoteIpAddress))));
        });
    }

    /// <summary>Pure: as whose call it counts.</summary>
    internal static Counted CallerOf(HttpRequest request) => request.Path switch
    {
        var path when (path == "/sign-in" && HttpMethods.IsPost(request.Method)) || path.StartsWithSegments(ProviderSignIn.Start, StringComparison.Ordinal) => Counted.SignIn,
        var path when path.StartsWithSegments("/webhooks", StringComparison.Ordinal) || path == ProviderSignIn.BackChannel => Counted.Webhook,
        var path when path.StartsWithSegments("/api", StringComparison.Ordinal) || path.StartsWithSegments("/mcp", StringComparison.Ordinal) =>
            KeyOf(request).Length > 0 ? Counted.Key : Counted.Keyless,
        _ => Counted.Not,
    };

    /// <summary>Pure: one network is one caller; who has an IPv6 network has 2⁶⁴ addresses.</summary>
    internal static string AddressOf(IPAddress? address) => address switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };

    static RateLimitPartition<string> Partition(HttpContext http, Counted counted, string address)
    {
        if (counted == Counted.Not || CallerOf(http.Request) == Counted.Not) return RateLimitPartition.GetNoLimiter("");
        var rate = http.RequestServices.GetRequiredService<IOptions<OriginLimits>>().Value.Of(counted);
        var who = counted == Counted.Key ? ApiKey.Hash(KeyOf(http.Request)) : address; // the key itself stays out of the tables
        return RateLimitPartition.GetTokenBucketLimiter($"{counted}/{who}", _ => new()
        {
            TokenLimit = rate.Burst, TokensPerPeriod = rate.PerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), AutoReplenishment = true, QueueLimit = 0,
        });
    }

    static string KeyOf(HttpRequest request) =>
        request.Headers.TryGetValue("X-Api-Key", out var key) ? key.ToString() : request.Headers.Authorization.ToString();

    static Task RefuseAsync(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
        http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        return Problem.Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Too many requests",
            $"This caller asks faster than this installation allows. Nothing was done; try again after {wait} s.").ExecuteAsync(http);
    }
}

/// <summary>As whose call a request counts.</summary>
enum Counted
{
    Not,
    Key,
    Keyless,
    Webhook,
    SignIn,
    Address,
}

/// <summary>The section <c>Limits</c>.</summary>
sealed class OriginLimits
{
    /// <summary>Each key.</summary>
    public Rate Key { get; init; } = new() { PerSecond = 500, Burst = 2_000 };

    /// <summary>Calls of the API without a key, by address.</summary>
    public Rate Keyless { get; init; } = new() { PerSecond = 50, Burst = 500 };

    /// <summary>What other systems post, by address.</summary>
    public Rate Webhook { get; init; } = new() { PerSecond = 100, Burst = 1_000 };

    /// <summary>Attempts to sign in, by address.</summary>
    public Rate SignIn { get; init; } = new() { PerSecond = 1, Burst = 60 };

    /// <summary>All of these together, by address.</summary>
    public Rate Address { get; init; } = new() { PerSecond = 2_000, Burst = 8_000 };

    /// <summary>A call's headers have to be there by then.</summary>
    public TimeSpan HeadersWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A body that comes more slowly, once <see cref="BodyGrace"/> is over, is not waited for.</summary>
    public int BodyBytesPerSecond { get; init; } = 240;

    /// <summary>See <see cref="BodyBytesPerSecond"/>.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    public IEnumerable<Rate> All => [Key, Keyless, Webhook, SignIn, Address];

    public Rate Of(Counted counted) => counted switch
    {
        Counted.Key => Key, Counted.Keyless => Keyless, Counted.Webhook => Webhook, Counted.SignIn => SignIn, _ => Address,
    };
}

/// <summary>So many at once, and then so many a second.</summary>
sealed class Rate
{
    const int Most = 1_000_000;

    public int PerSecond { get; init; }

    public int Burst { get; init; }

    public bool IsValid => PerSecond is >= 1 and <= Most && Burst is >= 1 and <= Most;
}

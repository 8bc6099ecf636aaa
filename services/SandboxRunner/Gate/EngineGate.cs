using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.SandboxRunner.Engine;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Gate;

/// <summary>
/// What stands between SandboxRunner and the engine: whoever may speak to an engine may do anything on its host, whoever speaks to this may run sandboxes. The same
/// program, begun as <c>engine-gate</c>, with the same section <c>Sandbox</c>: it listens on the unix socket <c>Gate:Socket</c> and calls the engine that
/// <c>Sandbox:Endpoint</c> or <c>DOCKER_HOST</c> names.
/// </summary>
sealed class EngineGate(HttpClient engine, IOptions<SandboxOptions> options, TimeProvider clock, ILogger<EngineGate> logger)
{
    /// <summary>The program's argument.</summary>
    public const string Mode = "engine-gate";

    const int MostBodyBytes = 256 << 10;

    static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The gate as a program. Where <c>Gate:HealthPort</c> is set, it says there, on the loopback interface only, whether the engine answers.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var socket = builder.Configuration["Gate:Socket"] ?? "/run/engine-gate/docker.sock";
        File.Delete(socket); // of a gate that was killed
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
            kestrel.ListenUnixSocket(socket);
            if (builder.Configuration.GetValue<int?>("Gate:HealthPort") is { } port) kestrel.ListenLocalhost(port);
        });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddOptions<SandboxOptions>().BindConfiguration("Sandbox").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<EngineGate>();
        builder.Services.AddSingleton(p => EngineAt(p.GetRequiredService<IOptions<SandboxOptions>>().Value.Endpoint ?? builder.Configuration["DOCKER_HOST"]));

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        });
        var gate = app.Services.GetRequiredService<EngineGate>();
        app.MapGet("/health/ready", gate.HealthAsync);
        app.MapFallback("{**path}", gate.HandleAsync);
        return app;
    }

    async Task<IResult> HealthAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await engine.GetAsync(new Uri("/_ping", UriKind.Relative), cancellation);
            return TypedResults.StatusCode((int)answer.StatusCode);
        }
        catch (HttpRequestException e)
        {
            return Away(e);
        }
    }

    async Task HandleAsync(HttpContext context)
    {
        IResult? result;
        try
        {
            result = await CallAsync(context);
        }
        catch (RefusedException e)
        {
            logger.LogWarning("Refused: {Method} {Path}: {Field}: {Why}", context.Request.Method, context.Request.Path, e.Field, e.Message);
            result = Problem.Of(StatusCodes.Status403Forbidden, "engine-call-refused", "The engine is not asked for this", $"{e.Field}: {e.Message}", new() { ["field"] = e.Field });
        }
        catch (HttpRequestException e) when (!context.Response.HasStarted)
        {
            result = Away(e);
        }

        if (result is not null) await result.ExecuteAsync(context);
    }

    /// <summary><c>null</c> when it has been answered.</summary>
    async Task<IResult?> CallAsync(HttpContext context)
    {
        var request = context.Request;
        var query = request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal);
        var call = DecideCall.Decide(new(request.Method, request.Path.Value ?? "", query, await BodyAsync(context)), options.Value, clock.GetUtcNow());
        if (call.Container is { } container)
        {
            using var found = await engine.GetAsync(new Uri($"/containers/{container}/json", UriKind.Relative), context.RequestAborted);
            if (!found.IsSuccessStatusCode) return await ShowAsync(found, null, context.RequestAborted);
            if (!IsSandbox(JsonNode.Parse(await found.Content.ReadAsStringAsync(context.RequestAborted)), container))
                throw new RefusedException("container", "It is no sandbox");
        }

        var upgrade = context.Features.Get<IHttpUpgradeFeature>();
        if (call.Attaches && upgrade is not { IsUpgradableRequest: true }) throw new RefusedException("Upgrade", "Streams are attached by an upgraded connection");
        using var asked = new HttpRequestMessage(call.Method, new Uri(call.Target, UriKind.Relative));
        if (call.Body is not null) asked.Content = new StringContent(call.Body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        if (call.Attaches)
        {
            asked.Headers.Connection.Add("Upgrade");
            asked.Headers.Upgrade.ParseAdd("tcp");
        }

        using var answer = await engine.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        if (answer.StatusCode != HttpStatusCode.SwitchingProtocols) return await ShowAsync(answer, call.Shows, context.RequestAborted);
        await StreamAsync(context, upgrade!, answer);
        return null;
    }

    static async Task<JsonNode?> BodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return null;
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        if (bytes.Length == 0) return null;
        try
        {
            return JsonNode.Parse(bytes.ToArray(), documentOptions: Strict) ?? throw new RefusedException("body", "It is null");
        }
        catch (JsonException)
        {
            throw new RefusedException("body", "It is no JSON that can mean one thing only");
        }
    }

    /// <summary>Labels and name are given when a container is made, and only the gate's callers and the host's administrators make any.</summary>
    internal static bool IsSandbox(JsonNode? inspected, string id) =>
        (string?)inspected?["Id"] == id
        && ((string?)inspected["Name"])?.StartsWith("/" + HardenedContainer.NamePrefix, StringComparison.Ordinal) == true
        && inspected["Config"]?["Labels"] is JsonObject labels && labels.ContainsKey(HardenedContainer.ExpiresLabel) && labels.ContainsKey(HardenedContainer.InstanceLabel);

    static async Task<IResult> ShowAsync(HttpResponseMessage answer, IReadOnlyList<string>? shows, CancellationToken cancellation)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        if (shows is not null && answer.IsSuccessStatusCode)
        {
            var all = JsonNode.Parse(text)!.AsObject();
            text = new JsonObject(shows.Where(all.ContainsKey).Select(name => KeyValuePair.Create(name, all[name]?.DeepClone()))).ToJsonString();
        }

        return text.Length == 0
            ? TypedResults.StatusCode((int)answer.StatusCode)
            : TypedResults.Text(text, answer.Content.Headers.ContentType?.ToString(), statusCode: (int)answer.StatusCode);
    }

    /// <summary>Carries both ways until either side has ended; then neither is left: a supervisor whose service is gone ends by that.</summary>
    static async Task StreamAsync(HttpContext context, IHttpUpgradeFeature upgrade, HttpResponseMessage answer)
    {
        context.Response.Headers.Upgrade = "tcp";
        if (answer.Content.Headers.ContentType is { } type) context.Response.ContentType = type.ToString();
        await using var caller = await upgrade.UpgradeAsync();
        await using var container = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var (forth, back) = (CopyAsync(caller, container, over.Token), CopyAsync(container, caller, over.Token));
        await Task.WhenAny(forth, back);
        await over.CancelAsync();
        await container.DisposeAsync();
        await back;
    }

    static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        try
        {
            await from.CopyToAsync(to, cancellation);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // one side has gone, which ends both
        }
    }

    static ProblemHttpResult Away(HttpRequestException e) => Problem.Of(StatusCodes.Status503ServiceUnavailable, "engine-away", "The engine does not answer", e.GetBaseException().Message);

    static HttpClient EngineAt(string? endpoint)
    {
        var address = new Uri(endpoint is { Length: > 0 } ? endpoint : "unix:///var/run/docker.sock");
        if (address.Scheme != "unix") throw new InvalidOperationException($"The gate's engine is at {address}; it may be a unix socket only");
        return new(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        })
        {
            BaseAddress = new("http://engine"), Timeout = Timeout.InfiniteTimeSpan,
        };
    }
}

using System.Net;
using System.Net.Mime;
using System.Text;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.Extensions.Options;

namespace AutoDev.Governance.Webhooks;

/// <summary>Settings of announcing, section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>How often it is looked for what is due.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a receiver may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Pauses before the attempts after the first; after the last one it is given up. Those that Standard Webhooks recommends, where none are set.
    /// </summary>
    public IReadOnlyList<TimeSpan>? Delays { get; set; }

    /// <summary>
    /// Whether a receiver may be in a private network or on this machine. A tenant's administrator names the address: off, where tenants are not trusted.
    /// </summary>
    public bool AllowPrivate { get; set; }

    /// <summary>See <see cref="Delays"/>.</summary>
    public static IReadOnlyList<TimeSpan> UsualDelays { get; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];
}

/// <summary>
/// Sends what is due, again and again until the receiver takes it. An attempt and its outcome are one transaction under the delivery's lock, so that of several
/// instances one sends; a crash in between sends it again, with the same id.
/// </summary>
sealed class SendWebhooks(
    IServiceProvider services, IHttpClientFactory http, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<SendWebhooks> logger)
    : BackgroundService
{
    const int MostAtOnce = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.Value.Interval);
        do
        {
            try
            {
                await SendDue(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning("Announcements could not be looked through, the next look is in {Interval}: {Reason}", options.Value.Interval, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task SendDue(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await using var query = services.GetRequiredService<IDocumentStore>().QuerySession(Workspace.None);
        var due = await query.Query<WebhookDelivery>()
            .Where(d => d.AnyTenant() && d.State == DeliveryState.Pending && d.DueAt <= now).OrderBy(d => d.DueAt).Take(200).ToListAsync(stop);

        // One workspace's slow receiver does not hold up another's.
        var several = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stop };
        await Parallel.ForEachAsync(due.GroupBy(d => d.WorkspaceId), several, async (ofOne, cancellation) =>
        {
            foreach (var delivery in ofOne) await SendAsync(delivery, cancellation);
        });
    }

    async Task SendAsync(WebhookDelivery seen, CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = seen.WorkspaceId;
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        await session.LockAsync($"webhook/{seen.Id}", stop);
        if (await session.LoadAsync<WebhookDelivery>(seen.Id, stop) is not { State: DeliveryState.Pending } delivery) return;
        if (delivery.DueAt > clock.GetUtcNow()) return;

        var (why, isFinal) = await TryAsync(delivery, session, stop);
        var after = why is null
            ? delivery.Delivered(clock.GetUtcNow())
            : delivery.NotDelivered(why, isFinal, options.Value.Delays ?? WebhookOptions.UsualDelays, clock.GetUtcNow());
        if (after.State == DeliveryState.Failed)
            logger.LogWarning("Announcement {Delivery} of {Workspace} is given up: {Reason}", after.Id, after.WorkspaceId, why);
        session.Store(after);
        await session.SaveChangesAsync(stop);
    }

    /// <summary>Why it did not arrive, and whether that is the last word; <c>null</c>: it did.</summary>
    async Task<(string? Why, bool IsFinal)> TryAsync(WebhookDelivery delivery, IQuerySession session, CancellationToken stop)
    {
        if ((await session.LoadAsync<GovernedWorkspace>(delivery.WorkspaceId, stop))?.Settings.WebhookUrl is not { } url)
            return ("The workspace has no webhook_url any more.", true);
        if (await session.LoadAsync<WebhookSecret>(WebhookSecret.TheOne, stop) is not { } secret)
            return ("There is no secret to sign with: POST …/webhook-secret makes one.", false);

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(options.Value.Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new StringContent(delivery.Body, Encoding.UTF8, MediaTypeNames.Application.Json);
        foreach (var (name, value) in secret.Headers(delivery.Id, delivery.Body, clock.GetUtcNow())) request.Headers.Add(name, value);
        try
        {
            using var client = http.CreateClient(nameof(SendWebhooks));
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token);
            return answer switch
            {
                { IsSuccessStatusCode: true } => (null, false),
                { StatusCode: HttpStatusCode.Gone } => ("The receiver answered 410: it wants no more.", true),
                _ => ($"The receiver answered {(int)answer.StatusCode}.", false),
            };
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return ($"The receiver did not answer within {options.Value.Timeout.TotalSeconds:0.#} seconds.", false);
        }
        catch (HttpRequestException e)
        {
            return (e.GetBaseException().Message, false);
        }
    }
}

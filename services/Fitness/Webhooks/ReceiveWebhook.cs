using System.Text;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Webhooks;

/// <summary>
/// <c>POST /webhooks/{workspace}/{source}</c>: what happened in another system, as that system writes it. Who may post is who can sign; whoever cannot hears
/// nothing of what there is.
/// </summary>
static class ReceiveWebhook
{
    const int MostBytes = 256 * 1024;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{workspace}/{source}", Handle)
        .WithSummary("What happened in another system, as that system writes it, signed by Standard Webhooks")
        .Produces<WebhookReceipt>(202).Produces<WebhookReceipt>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(413)
        .AllowAnonymous();

    static async Task<IResult> Handle(
        string source, HttpRequest request, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (await session.LoadAsync<WebhookSource>(source, cancellation) is not { } known) return Problem.NotFound("There is no such webhook.");
        if (await ReadAsync(request, cancellation) is not { } body)
            return Problem.Of(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The request is too large",
                $"At most {MostBytes / 1024} KB are accepted.");

        var now = clock.GetUtcNow();
        var headers = request.Headers;
        var signature = new Signature(headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString());
        if (signature.Fault(body, known.LiveKeys(now), now) is { } fault)
            return Problem.Of(StatusCodes.Status401Unauthorized, "unauthorized", "The request is not signed as it must be", fault);
        if (TextOf(body) is not { } text || PortableJson.Problem(text) is not null) return Problem.Invalid("body", "The body must be JSON in UTF-8.");

        var id = ReceivedDelivery.IdOf(source, signature.Id);
        await session.LockAsync($"delivery/{id}", cancellation);
        if (await session.LoadAsync<ReceivedDelivery>(id, cancellation) is { } before)
            return TypedResults.Ok(new WebhookReceipt(signature.Id, before.State, IsDuplicate: true));

        var received = new ReceivedDelivery { Id = id, Source = source, WebhookId = signature.Id, ReceivedAt = now, Body = text, State = "ignored" };
        var delivery = await received.MapAsync(known, session, bus, now, cancellation);
        session.Insert(delivery);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Json(new WebhookReceipt(signature.Id, delivery.State, IsDuplicate: false), statusCode: StatusCodes.Status202Accepted);
    }

    static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MostBytes) return null;
        var (buffer, read) = (new byte[MostBytes + 1], 0);
        for (var more = -1; more != 0 && read < buffer.Length; read += more) more = await request.Body.ReadAsync(buffer.AsMemory(read), cancellation);
        return read > MostBytes ? null : buffer[..read];
    }

    static string? TextOf(byte[] body)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(body);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>
/// It was taken, now or before: <c>recorded</c>, <c>ignored</c> (no rule is for it) or <c>failed</c> (the rules need mending; nothing has to be sent again).
/// </summary>
public sealed record WebhookReceipt(string WebhookId, string State, bool IsDuplicate);

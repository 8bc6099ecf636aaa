using System.Text;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>The dead letters of a workspace, or of all where the route names none, newest death first; and one of them with its message.</summary>
static class ListLetters
{
    public static async Task<IResult> List([AsParameters] LetterFilter filter, PageRequest page, IDocumentSession session, CancellationToken cancellation)
    {
        if (filter.Problem() is { } problem) return problem;
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = filter.Apply(In(session)).Where(l => string.Compare(l.SortKey, before) < 0);
        var loaded = await found.OrderByDescending(l => l.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, l => l.DiedAt, l => l.Id.ToString(), LetterShown.Of));
    }

    public static async Task<IResult> Get(Guid letter, HttpContext http, CancellationToken cancellation)
    {
        var (session, known) = await OpenAsync(letter, http, cancellation);
        if (known is null) return NotFound(letter);
        var content = await session.LoadAsync<LetterContent>(letter, cancellation);
        return TypedResults.Ok(LetterWithContent.Of(known, content!));
    }

    /// <summary>Those of the session's workspace; of a session that has none, all.</summary>
    public static IQueryable<DeadLetter> In(IQuerySession session) =>
        session.TenantId == Workspace.None ? session.Query<DeadLetter>().Where(l => l.AnyTenant()) : session.Query<DeadLetter>();

    /// <summary>The letter, locked until the session ends, with a session of its own workspace: on routes that name none, the letter does.</summary>
    public static async Task<(IDocumentSession Session, DeadLetter? Letter)> OpenAsync(Guid id, HttpContext http, CancellationToken cancellation)
    {
        var services = http.RequestServices;
        if (http.GetRouteValue("workspace") is null)
        {
            await using var everywhere = services.GetRequiredService<IDocumentStore>().QuerySession(Workspace.None);
            services.GetRequiredService<Workspace>().Id = (await In(everywhere).Where(l => l.Id == id).FirstOrDefaultAsync(cancellation))?.WorkspaceId;
        }

        var session = services.GetRequiredService<IDocumentSession>();
        await session.LockLetterAsync(id, cancellation);
        return (session, await session.LoadAsync<DeadLetter>(id, cancellation));
    }

    public static IResult NotFound(Guid letter) => Problem.NotFound($"There is no dead letter '{letter}' here.");
}

/// <summary>A dead letter in a list.</summary>
public sealed record LetterShown(
    Guid Id, DeadLetterState State, string Queue, string? MessageType, Guid MessageId, string? WorkspaceId, string Reason, string? ExceptionType,
    DateTimeOffset FirstFailedAt, DateTimeOffset DiedAt, int Deaths, int DelayedRetries, int Replays, int BodyBytes, LetterEvent? Decision)
{
    internal static LetterShown Of(DeadLetter l) => new(
        l.Id, l.State, l.Queue, l.MessageType, l.MessageId, l.WorkspaceId, l.Reason, l.ExceptionType, l.FirstFailedAt, l.DiedAt, l.Deaths, l.DelayedRetries,
        l.Replays, l.BodyBytes, l.Decision);
}

/// <summary>A dead letter with its message: as <c>body</c> where it is text, else as <c>body_base64</c>.</summary>
public sealed record LetterWithContent(
    LetterShown Letter, string? Stack, string? ContentType, IReadOnlyDictionary<string, string> Headers, string? Body, string? BodyBase64, IReadOnlyList<LetterEvent> History)
{
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static LetterWithContent Of(DeadLetter letter, LetterContent content)
    {
        var text = Text(content.Body);
        return new(LetterShown.Of(letter), letter.Stack, content.ContentType, content.Headers, text, text is null ? Convert.ToBase64String(content.Body) : null, letter.History);
    }

    static string? Text(byte[] body)
    {
        try
        {
            return Strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

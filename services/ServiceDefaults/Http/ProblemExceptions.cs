using System.Text.Json;
using JasperFx;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>Turns what an endpoint did not catch into a problem that says what to do; everything else stays a 500 with its trace id.</summary>
sealed class ProblemExceptions(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, type, title, detail) = (exception as NpgsqlException ?? exception.InnerException as NpgsqlException ?? exception) switch
        {
            BadHttpRequestException bad => (bad.StatusCode, "invalid-request", "The request is not valid", bad.InnerException is JsonException json ? json.Message : bad.Message),
            ConcurrencyException => (StatusCodes.Status409Conflict, "conflict", "Somebody else was faster", "The document changed meanwhile: load it again and decide again."),
            PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } =>
                (StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid", "It contains a character that cannot be stored (U+0000 or half a surrogate pair)."),
            PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidCatalogName } =>
                (StatusCodes.Status503ServiceUnavailable, "unavailable", "The service is starting", "Its tables are being made: try again in a moment."),
            NpgsqlException { IsTransient: true } => (StatusCodes.Status503ServiceUnavailable, "unavailable", "The database does not answer", "Try again in a moment."),
            _ => (0, "", "", ""),
        };
        if (status == 0) return false;

        httpContext.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) httpContext.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            Exception = exception,
            ProblemDetails = { Status = status, Type = $"/problems/{type}", Title = title, Detail = detail },
        });
    }
}

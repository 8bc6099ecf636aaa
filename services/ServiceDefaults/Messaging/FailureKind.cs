using System.Net;
using System.Net.Sockets;
using System.Runtime.Serialization;
using JasperFx;
using MassTransit;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using ConcurrencyException = JasperFx.ConcurrencyException;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>Whose fault a failure is; that decides how long the message is tried again.</summary>
enum FailureKind
{
    /// <summary>The message's: no repetition mends it.</summary>
    Invalid,

    /// <summary>The code's, or one nobody thought of.</summary>
    Unexpected,

    /// <summary>Somebody else was faster.</summary>
    Conflict,

    /// <summary>The message was: the news that it builds on is still on its way.</summary>
    Overtaken,

    /// <summary>The surroundings': database, broker, engine or network do not answer.</summary>
    Outage,
}

/// <summary>Tells failures apart, and puts them into words.</summary>
static class Failure
{
    /// <summary>
    /// Pure: the kind of the outermost exception that can be told; libraries wrap what happened (Marten the database's errors, tasks everything).
    /// </summary>
    public static FailureKind KindOf(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is AggregateException { InnerExceptions.Count: > 1 } several) return several.InnerExceptions.Select(KindOf).Max();
            if (KindOfOne(e) is { } kind) return kind;
        }

        return FailureKind.Unexpected;
    }

    /// <summary>Pure: what a person needs to know of it, in at most 4,000 characters.</summary>
    public static string InWords(Exception failure)
    {
        const int most = 4000;
        var words = failure switch
        {
            SerializationException => $"The message cannot be read: {failure.GetBaseException().Message}",
            { InnerException: { } inner } when inner.GetBaseException() is var cause && !failure.Message.Contains(cause.Message, StringComparison.Ordinal) =>
                $"{failure.Message} {cause.Message}",
            _ => failure.Message,
        };
        return words.Length > most ? words[..most] : words;
    }

    static FailureKind? KindOfOne(Exception e) => e switch
    {
        InvalidMessageException or SerializationException or MessageNotConsumedException => FailureKind.Invalid,
        NotYetKnownException => FailureKind.Overtaken,
        ConcurrencyException or DocumentAlreadyExistsException => FailureKind.Conflict,
        PostgresException postgres => KindOfSqlState(postgres.SqlState),
        NpgsqlException { IsTransient: true } or NpgsqlException { InnerException: SocketException or IOException or TimeoutException } => FailureKind.Outage,
        InvalidOperationException { Source: "Npgsql" } cut when IsOfConnection(cut.Message) => FailureKind.Outage,
        SocketException or TimeoutException or OperationCanceledException or EndOfStreamException => FailureKind.Outage,
        BrokerUnreachableException or AlreadyClosedException or OperationInterruptedException => FailureKind.Outage,
        ConnectionException or RequestTimeoutException or TransportUnavailableException => FailureKind.Outage,
        HttpRequestException http => IsAway(http.StatusCode) ? FailureKind.Outage : FailureKind.Unexpected,
        _ => null,
    };

    // What the driver says of a session that goes on after its connection broke, as a repeated query does.
    static bool IsOfConnection(string message) =>
        message.Contains("onnection", StringComparison.Ordinal) || message.Contains("ransaction", StringComparison.Ordinal);

    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    static FailureKind KindOfSqlState(string state) => state switch
    {
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.LockNotAvailable => FailureKind.Conflict,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.IdleSessionTimeout
            or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidCatalogName => FailureKind.Outage,
        _ => state[..2] switch
        {
            "40" => FailureKind.Conflict, // serialization failures and deadlocks
            "08" or "28" or "53" or "58" => FailureKind.Outage, // connection, password, out of memory or disk or connections, the system underneath
            _ => FailureKind.Unexpected,
        },
    };

    static bool IsAway(HttpStatusCode? status) =>
        status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}

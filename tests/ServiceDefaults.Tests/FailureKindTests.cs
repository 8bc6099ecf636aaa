using System.Net;
using System.Net.Sockets;
using System.Runtime.Serialization;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using Npgsql;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

public sealed class FailureKindTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, Exception> Failures() => new()
    {
        { "Invalid", new InvalidMessageException("x") },
        { "Invalid", new SerializationException("x") },
        { "Invalid", new InvalidMessageException("x") { Data = { ["cause"] = new SocketException() } } },
        { "Overtaken", new NotYetKnownException("x") },
        { "Conflict", new JasperFx.ConcurrencyException(typeof(string), "x") },
        { "Conflict", Sql(PostgresErrorCodes.SerializationFailure) },
        { "Conflict", Sql(PostgresErrorCodes.DeadlockDetected) },
        { "Conflict", Sql(PostgresErrorCodes.UniqueViolation) },
        { "Outage", new InvalidOperationException("wrapped", new NpgsqlException("x", new SocketException(111))) },
        { "Outage", new AggregateException(new NotSupportedException(), new NpgsqlException("x", new IOException())) },
        { "Outage", new InvalidOperationException("Connection is not open") { Source = "Npgsql" } },
        { "Unexpected", new InvalidOperationException("Parameter 'p' must have a value") { Source = "Npgsql" } },
        { "Outage", Sql(PostgresErrorCodes.AdminShutdown) },
        { "Outage", Sql(PostgresErrorCodes.CannotConnectNow) },
        { "Outage", Sql(PostgresErrorCodes.TooManyConnections) },
        { "Outage", Sql(PostgresErrorCodes.DiskFull) },
        { "Outage", new TimeoutException() },
        { "Outage", new HttpRequestException("x", null, HttpStatusCode.BadGateway) },
        { "Outage", new HttpRequestException("x", new SocketException(111)) },
        { "Outage", new RabbitMQ.Client.Exceptions.BrokerUnreachableException(new SocketException(111)) },
        { "Unexpected", new HttpRequestException("x", null, HttpStatusCode.BadRequest) },
        { "Unexpected", Sql(PostgresErrorCodes.UndefinedColumn) },
        { "Unexpected", Sql(PostgresErrorCodes.NotNullViolation) },
        { "Unexpected", new NpgsqlException("x") },
        { "Unexpected", new InvalidOperationException("x", new FormatException()) },
        { "Unexpected", new ObjectDisposedException("x") },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Failures))]
    public void Failures_are_told_apart(string kind, Exception failure) => Assert.Equal(kind, Failure.KindOf(failure).ToString());

    [Fact]
    public void An_outage_is_waited_for_a_day_with_growing_delays()
    {
        var (policy, delays, waited) = (new FailurePolicy(), new List<TimeSpan>(), TimeSpan.Zero);
        while (policy.DelayAfter(FailureKind.Outage, delays.Count, waited) is { } delay)
        {
            delays.Add(delay);
            waited += delay;
        }

        Assert.Equal([5, 30, 120, 600, 600], delays.Take(5).Select(d => d.TotalSeconds));
        Assert.InRange(waited.TotalHours, 23.8, 24);
        Assert.Null(policy.DelayAfter(FailureKind.Invalid, 0, TimeSpan.Zero));
        Assert.Equal([5, 30, null], new[] { 0, 5, 35 }.Select((s, i) => policy.DelayAfter(FailureKind.Unexpected, i, TimeSpan.FromSeconds(s))?.TotalSeconds));
    }

    [Fact]
    public void News_about_a_letter_is_a_death_after_what_was_decided()
    {
        var dead = DeadLetter.After(known: null, Death(Noon))!;
        var replayed = dead.Replay("me", Noon.AddHours(1));
        var discarded = dead.Discard("me", "why", Noon.AddHours(1));

        Assert.Null(DeadLetter.After(dead, Death(Noon)));
        Assert.Null(DeadLetter.After(dead, Death(Noon.AddSeconds(9)))); // the original, delivered and dead twice
        Assert.Null(DeadLetter.After(replayed, Death(Noon)));
        Assert.Null(DeadLetter.After(discarded, Death(Noon)));
        Assert.Equal((DeadLetterState.Dead, 2, 1), Told(DeadLetter.After(replayed, Death(Noon.AddMinutes(59), replays: 1)))); // a clock that is late
        Assert.Equal((DeadLetterState.Dead, 2, 0), Told(DeadLetter.After(discarded, Death(Noon.AddHours(2)))));
        Assert.Equal("later", DeadLetter.After(replayed, Death(Noon.AddHours(2), replays: 1) with { Reason = "later" })!.Reason);
    }

    [Fact]
    public void Headers_that_would_not_fit_into_a_frame_are_left_out_the_largest_first()
    {
        var sent = Enumerable.Range(1, 30).ToDictionary(i => $"h{i}", i => (object?)new byte[i * 1000], StringComparer.Ordinal);
        var fitting = Forward.Fitting(sent, [new("ours", "x"), new("h1", "ours too")]);
        Assert.Equal("ours too", fitting["h1"]);
        Assert.Equal(Enumerable.Range(2, 10).Select(i => $"h{i}").Order(), fitting.Keys.Where(k => k is not ("ours" or "h1")).Order());
    }

    static (DeadLetterState, int, int) Told(DeadLetter? letter) => (letter!.State, letter.Deaths, letter.Replays);

    static DeadLetter Death(DateTimeOffset at, int replays = 0) =>
        new() { Id = Guid.Empty, Queue = "q", MessageId = Guid.Empty, Reason = "r", FirstFailedAt = at, DiedAt = at, Replays = replays };

    static PostgresException Sql(string state) => new("x", "ERROR", "ERROR", state);
}

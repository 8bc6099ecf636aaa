using System.Text.Json;
using AutoDev.OperatorConsole.Origin;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>The dead letters of every service, the Console's own too: each has the same routes.</summary>
sealed class DeadLettersClient(HttpClient http, AuthenticationStateProvider people, IConfiguration configuration, IServer server)
{
    /// <summary>Whose there are: the service's word and its title.</summary>
    public static IReadOnlyList<(string Word, string Title)> Services { get; } = [.. BackendService.All.Select(s => (s.Word, s.Title)), ("console", "Console")];

    public Task<Answer<ListOf<LetterListed>>> ListAsync(string service, string workspace, LettersAsked asked, CancellationToken cancellation) =>
        Send<ListOf<LetterListed>>(service, HttpMethod.Get, workspace, asked.Query(limit: 25), null, cancellation);

    public Task<Answer<LetterRead>> ReadAsync(string service, string workspace, Guid letter, CancellationToken cancellation) =>
        Send<LetterRead>(service, HttpMethod.Get, workspace, $"/{letter}", null, cancellation);

    public Task<Answer<LetterListed>> ReplayAsync(string service, string workspace, Guid letter, CancellationToken cancellation) =>
        Send<LetterListed>(service, HttpMethod.Post, workspace, $"/{letter}/replay", null, cancellation);

    public Task<Answer<LetterListed>> DiscardAsync(string service, string workspace, Guid letter, string reason, CancellationToken cancellation) =>
        Send<LetterListed>(service, HttpMethod.Post, workspace, $"/{letter}/discard", new { reason }, cancellation);

    /// <summary>Every dead one that fits, one after the other.</summary>
    public Task<Answer<LettersReplayed>> ReplayAllAsync(string service, string workspace, LettersAsked asked, CancellationToken cancellation) =>
        Send<LettersReplayed>(service, HttpMethod.Post, workspace, "/replay" + (asked with { State = null, Cursor = null }).Query(limit: null), null,
            cancellation);

    Task<Answer<T>> Send<T>(string service, HttpMethod method, string workspace, string rest, object? body, CancellationToken cancellation) =>
        http.SendAsync<T>(
        people, Services.First(s => s.Word == service).Title, method,
        new Uri(BaseOf(service), $"workspaces/{Uri.EscapeDataString(workspace)}/dead-letters{rest}").ToString(), body, cancellation: cancellation);

    Uri BaseOf(string service) => service == "console"
        ? Own(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First())
        : BackendService.All.First(s => s.Word == service).Address(configuration);

    /// <summary>Pure: where the Console reaches itself, whatever addresses it listens at.</summary>
    internal static Uri Own(string bound)
    {
        var address = BindingAddress.Parse(bound);
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port, "api/console/").Uri;
    }
}

/// <summary>Which letters; what is empty does not matter.</summary>
sealed record LettersAsked(string? State = null, string? Type = null, string? Reason = null, string? Cursor = null)
{
    public string Query(int? limit)
    {
        var asked = new (string Name, string? Value)[]
        {
            ("limit", limit?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("state", State), ("type", Type), ("reason", Reason),
            ("cursor", Cursor),
        };
        return "?" + string.Join('&', asked.Where(a => !string.IsNullOrEmpty(a.Value)).Select(a => $"{a.Name}={Uri.EscapeDataString(a.Value!)}"));
    }
}

/// <summary>A state is <c>dead</c>, <c>replayed</c> or <c>discarded</c>.</summary>
public sealed record LetterListed(
    Guid Id, string State, string Queue, string? MessageType, Guid MessageId, string Reason, string? ExceptionType, DateTimeOffset FirstFailedAt,
    DateTimeOffset DiedAt,
    int Deaths, int Replays, LetterDecided? Decision)
{
    /// <summary>The message's name without its namespace.</summary>
    public string Message => MessageType?.Split(':', '.')[^1] ?? "unknown";
}

public sealed record LetterDecided(DateTimeOffset At, string? By, string? Reason);

sealed record LetterRead(LetterListed Letter, string? Stack, string? Body, IReadOnlyDictionary<string, JsonElement>? Headers);

sealed record LettersReplayed(int Matched);

using System.Collections.Concurrent;
using AutoDev.OperatorConsole.Backends;
using AutoDev.ServiceDefaults.Security;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AutoDev.OperatorConsole.Tests;

/// <summary>
/// A component in front of somebody, and behind it, over real HTTP, services that answer as the test tells them to, and have nothing else.
/// </summary>
public sealed class ToldServices : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2); // a busy machine is slow

    readonly ConcurrentDictionary<string, Func<IResult>> _answers = new(StringComparer.Ordinal);
    readonly HttpClient _http = new();
    readonly WebApplication _app;

    /// <summary>Nothing is answered yet.</summary>
    public ToldServices()
    {
        BunitContext.DefaultWaitTimeout = Patience;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.Map("/workspaces/w/{**path}", Answer);
        Page.JSInterop.Mode = JSRuntimeMode.Loose;
        Person = Page.AddAuthorization().SetAuthorized("ann").SetRoles(Roles.Operator);
    }

    /// <summary>Where components are shown.</summary>
    public BunitContext Page { get; } = new();

    /// <summary>Who looks: Ann, an operator.</summary>
    public BunitAuthorizationContext Person { get; }

    /// <summary>Everything that was asked of workspace <c>w</c>, such as <c>POST api-keys {"name":"ada"}</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>What is answered to a question such as <c>GET api-keys</c> from now on.</summary>
    public void Tell(string question, params string[] answers)
    {
        var left = new ConcurrentQueue<string>(answers);
        _answers[question] = () => TypedResults.Content(left.Count > 1 && left.TryDequeue(out var next) ? next : left.First(), "application/json"); // the last one stays
    }

    /// <summary>A question is refused from now on.</summary>
    public void Refuse(string question, int status, string title) => _answers[question] = () => TypedResults.Problem(statusCode: status, title: title, detail: "Try again.");

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
        Page.Services.AddSingleton(p => new MementoClient(_http, p.GetRequiredService<AuthenticationStateProvider>()));
        Page.Services.AddSingleton(p => new EvolverClient(_http, p.GetRequiredService<AuthenticationStateProvider>()));
        Page.Services.AddSingleton(p => new GovernanceClient(_http, p.GetRequiredService<AuthenticationStateProvider>()));
        Page.Services.AddSingleton(p => new SandboxClient(_http, p.GetRequiredService<AuthenticationStateProvider>()));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Page.DisposeAsync();
        _http.Dispose();
        await _app.DisposeAsync();
    }

    async Task<IResult> Answer(string path, HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        Asked.Enqueue($"{http.Request.Method} {path}{http.Request.QueryString} {await reader.ReadToEndAsync(http.RequestAborted)}".TrimEnd());
        return _answers.TryGetValue($"{http.Request.Method} {path}", out var answer) ? answer() : TypedResults.Problem(statusCode: 404, title: "Not found");
    }
}

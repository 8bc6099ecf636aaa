using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AutoDev.OperatorConsole.Tests;

/// <summary>A service that answers what it was asked, so that a test sees what came through the origin.</summary>
public sealed class EchoService : IAsyncDisposable
{
    readonly WebApplication _app = WebApplication.CreateSlimBuilder().Build();
    readonly SemaphoreSlim _heard = new(0);

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Starts on a free port.</summary>
    public async Task StartAsync()
    {
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapGet("/openapi/v1.json", () => TypedResults.Json(new { openapi = "3.1.1", servers = new[] { new { url = "http://inside:5082/" } }, paths = new { } }));
        _app.MapGet("/teapot", (HttpContext http) =>
        {
            http.Response.Headers.ETag = "\"7\"";
            return TypedResults.Problem("short and stout", statusCode: 418, title: "A teapot", type: "/problems/teapot");
        });
        _app.MapGet("/events", async (HttpContext http) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: first\n\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await _heard.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("data: second\n\n", http.RequestAborted);
        });
        _app.MapGet("/heard", () =>
        {
            _heard.Release();
            return TypedResults.NoContent();
        });
        _app.Map("/{**path}", async (HttpContext http) =>
        {
            using var body = new StreamReader(http.Request.Body);
            var text = await body.ReadToEndAsync();
            return TypedResults.Json(new
            {
                method = http.Request.Method, path = http.Request.Path.Value, query = http.Request.QueryString.Value, key = http.Request.Headers["X-Api-Key"].ToString(),
                authorization = http.Request.Headers.Authorization.ToString(), cookie = http.Request.Headers.Cookie.ToString(), ifmatch = http.Request.Headers.IfMatch.ToString(),
                length = text.Length,
            });
        });
        await _app.StartAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _heard.Dispose();
    }
}

using System.Text.Json.Nodes;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Origin;

/// <summary><c>GET /api/{word}/openapi/v1.json</c>: the service's own description, with this origin as its server, so that what is tried in the docs goes the right way.</summary>
static class ShowOpenApi
{
    public const string ClientName = "openapi";

    public static async Task<IResult> Handle(string word, IHttpClientFactory http, IConfiguration configuration, CancellationToken cancellation)
    {
        if (BackendService.All.FirstOrDefault(s => s.Word == word) is not { } service) return Problem.NotFound($"There is no service '{word}'. GET /api lists them.");
        try
        {
            using var client = http.CreateClient(ClientName);
            var document = await client.GetFromJsonAsync<JsonObject>(new Uri(service.Address(configuration), "openapi/v1.json"), cancellation);
            document!["servers"] = new JsonArray(new JsonObject { ["url"] = $"/api/{word}" });
            return TypedResults.Json(document);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return RouteServices.Describe(word, StatusCodes.Status502BadGateway, Yarp.ReverseProxy.Forwarder.ForwarderError.Request);
        }
    }
}

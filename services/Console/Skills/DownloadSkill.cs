using System.Net;
using System.Security.Claims;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Skills;

/// <summary>A skill's archive, for a link on a page: a browser sends the cookie, and Memento wants the key.</summary>
static class DownloadSkill
{
    public static async Task<IResult> Handle(string workspace, string name, string? version, ClaimsPrincipal person, IHttpClientFactory clients, CancellationToken cancellation)
    {
        using var memento = clients.CreateClient(nameof(MementoClient));
        var path = $"workspaces/{Uri.EscapeDataString(workspace)}/skills/{Uri.EscapeDataString(name)}/export";
        using var request = new HttpRequestMessage(HttpMethod.Get, version is null ? path : $"{path}?version={Uri.EscapeDataString(version)}");
        request.InTheNameOf(person);
        try
        {
            using var response = await memento.SendAsync(request, cancellation);
            return response.StatusCode == HttpStatusCode.OK
                ? TypedResults.Bytes(await response.Content.ReadAsByteArrayAsync(cancellation), "application/zip", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'))
                : Problem.Of((int)response.StatusCode, "export-failed", "Nothing was exported", $"Memento answered {(int)response.StatusCode} for {name}.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return Problem.Of(StatusCodes.Status502BadGateway, "service-unavailable", "Memento does not answer", "It is away or restarting; try again in a moment.");
        }
    }
}

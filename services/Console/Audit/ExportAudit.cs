using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Text;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Audit;

/// <summary>The decisions that fit as a CSV file, newest first, for a link on a page: a browser sends the cookie, and Governance wants the key.</summary>
static class ExportAudit
{
    const int Most = 100_000;
    const int AtOnce = 200;

    public static async Task<IResult> Handle(
        string workspace, string? subject, string? actor, string? kind, string? from, string? to, ClaimsPrincipal person, IHttpClientFactory clients,
        CancellationToken cancellation)
    {
        using var governance = clients.CreateClient(nameof(GovernanceClient));
        var csv = new StringBuilder("at,actor,action,subject,reason,before,after\r\n");
        var asked = new AuditAsked(subject, actor, kind, from, to, Limit: AtOnce);
        try
        {
            for (var read = 0; read < Most; read += AtOnce)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"workspaces/{Uri.EscapeDataString(workspace)}/audit{asked.Query()}");
                request.InTheNameOf(person);
                using var response = await governance.SendAsync(request, cancellation);
                if (response.StatusCode != HttpStatusCode.OK)
                    return Problem.Of((int)response.StatusCode, "export-failed", "Nothing was exported", $"Governance answered {(int)response.StatusCode}.");
                var page = (await response.Content.ReadFromJsonAsync<ListOf<AuditShown>>(ServiceCall.Json, cancellation))!;
                foreach (var entry in page.Items) csv.Append(Row(entry)).Append("\r\n");
                if (page.Next is null) break;
                asked = asked with { Cursor = page.Next };
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return Problem.Of(StatusCodes.Status502BadGateway, "service-unavailable", "Governance does not answer",
                "It is away or restarting; try again in a moment.");
        }

        return TypedResults.Bytes(Encoding.UTF8.GetBytes(csv.ToString()), "text/csv; charset=utf-8", $"audit-{workspace}.csv");
    }

    /// <summary>Pure: one line of the file.</summary>
    internal static string Row(AuditShown e) => string.Join(',', new[]
    {
        e.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), e.Actor, e.Action, e.Subject, e.Reason, e.Before?.GetRawText(), e.After?.GetRawText(),
    }.Select(Cell));

    // A spreadsheet takes what begins like this for a formula, and reasons are anybody's words.
    static string Cell(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text ?? "";
        return safe.AsSpan().ContainsAny(",\"\r\n'") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}

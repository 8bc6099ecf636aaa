using System.Globalization;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace AutoDev.Gating;

/// <summary>A refusal over HTTP, with the gate's reason as type, so that a program can tell why.</summary>
public static class GateProblem
{
    /// <summary>429 with <c>Retry-After</c> where the day's limit or the day's money is used up; 403 for everything that a person must change.</summary>
    public static IResult Of(GateDecision refused, DateTimeOffset now, HttpResponse response)
    {
        var type = refused.Reason!.Replace('_', '-');
        if (!refused.IsOverTomorrow) return Problem.Of(StatusCodes.Status403Forbidden, type, "The gate refused it", refused.Detail);

        var reset = DailyQuota.ResetsAt(now);
        response.Headers.RetryAfter = Math.Ceiling((reset - now).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Problem.Of(StatusCodes.Status429TooManyRequests, type, "The day's limit is used up", refused.Detail, new() { ["resets_at"] = reset });
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Reflection.Patterns;

/// <summary>What a decision on a pattern was made on: the ETag of its answer, to be sent back as <c>If-Match</c>.</summary>
static class PatternTag
{
    /// <summary>Another one whenever a failure joined or left, it fired, or its state changed.</summary>
    public static string Of(FailurePattern p)
    {
        var seen = string.Create(
            CultureInfo.InvariantCulture, $"{p.Id} {p.State} {p.Attempt} {p.FailureCount} {p.FirstFailureAt.UtcTicks} {p.LastFailureAt.UtcTicks} {p.MergedFrom.Count} {p.Apart.Count}");
        return $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seen)).AsSpan(0, 8))}\"";
    }

    /// <summary>412 where the request names another one; <c>null</c> where it names this one, or none and none is required.</summary>
    public static IResult? Fault(HttpRequest request, FailurePattern now, bool isRequired = false)
    {
        var tags = request.Headers.IfMatch.SelectMany(header => (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        if (tags.Count == 0)
        {
            return isRequired
                ? Problem.Of(StatusCodes.Status428PreconditionRequired, "precondition-required", "Say what you have seen", "Send the pattern's ETag as If-Match.")
                : null;
        }

        return tags.Contains(Of(now), StringComparer.Ordinal) ? null : Changed(now);
    }

    public static IResult Changed(FailurePattern now) =>
        Problem.Changed($"The pattern {now.Id} is now {now.State} with {now.FailureCount} failures at attempt {now.Attempt}: load it again and decide on what it is now.");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Fitness.Webhooks;

/// <summary>The three headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com), symmetric signatures <c>v1</c>.</summary>
/// <param name="Id"><c>webhook-id</c>, the same at every attempt to deliver the same.</param>
/// <param name="Timestamp"><c>webhook-timestamp</c>, seconds since 1970.</param>
/// <param name="Signatures"><c>webhook-signature</c>: one or more, with spaces between.</param>
readonly partial record struct Signature(string Id, string Timestamp, string Signatures)
{
    /// <summary>Older or newer ones are not taken: somebody may be sending again what was overheard.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    const string Version = "v1,";
    const int MostSignatures = 10;

    /// <summary>
    /// Pure: why this is not from somebody who has one of these keys; <c>null</c> where it is. Takes as long for a wrong signature as for a right one.
    /// </summary>
    public string? Fault(ReadOnlySpan<byte> body, IReadOnlyList<byte[]> keys, DateTimeOffset now)
    {
        if (!IdPattern().IsMatch(Id)) return "webhook-id must have 1 to 120 letters, digits and signs of _ . : ~ + = -";
        if (!long.TryParse(Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - (double)seconds) > Tolerance.TotalSeconds)
            return "webhook-timestamp must be the seconds since 1970, at most five minutes from now.";

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{Id}.{Timestamp}."), .. body];
        var isRight = false;
        var claims = Signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(s => s.StartsWith(Version, StringComparison.Ordinal)).Take(MostSignatures);
        foreach (var claimed in claims.Select(Encoding.ASCII.GetBytes))
        {
            foreach (var key in keys) isRight |= CryptographicOperations.FixedTimeEquals(claimed, Encoding.ASCII.GetBytes(Sign(key, signed)));
        }

        return isRight ? null : "webhook-signature is not right.";
    }

    /// <summary>Pure: the signature of <c>{id}.{timestamp}.{body}</c>.</summary>
    public static string Sign(byte[] key, ReadOnlySpan<byte> signed) => Version + Convert.ToBase64String(HMACSHA256.HashData(key, signed));

    [GeneratedRegex(@"\A[A-Za-z0-9_.:~+=-]{1,120}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdPattern();
}

namespace AutoDev.Governance;

/// <summary>A decision may name the version it was made on: <c>If-Match: "3"</c>, as an earlier answer's ETag said.</summary>
static class IfMatch
{
    /// <summary>The ETag of a version.</summary>
    public static string Tag(int version) => $"\"{version}\"";

    /// <summary>Whether the header (absent: any) names this version. Weak and malformed tags name none.</summary>
    public static bool Allows(string? header, int version) =>
        string.IsNullOrWhiteSpace(header)
        || header.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag == "*" || tag == Tag(version));
}

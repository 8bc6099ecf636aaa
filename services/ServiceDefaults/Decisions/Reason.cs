namespace AutoDev.ServiceDefaults.Decisions;

/// <summary>Why somebody decided, in their own words.</summary>
public static class Reason
{
    const int Longest = 2000;

    /// <summary>Pure: what is wrong with it, <c>null</c> for nothing. PostgreSQL keeps any character but NUL.</summary>
    public static string? Fault(string? reason, bool isRequired)
    {
        if (string.IsNullOrWhiteSpace(reason)) return isRequired ? "reason is required: say why." : null;
        return reason.Length > Longest || reason.Contains('\0', StringComparison.Ordinal) ? $"reason must be text of at most {Longest} characters." : null;
    }
}

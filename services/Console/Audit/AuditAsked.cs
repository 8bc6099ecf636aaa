namespace AutoDev.OperatorConsole.Audit;

/// <summary>Which decisions; what is empty does not matter. Days are UTC, the second one is not included.</summary>
sealed record AuditAsked(string? Subject = null, string? Actor = null, string? Kind = null, string? From = null, string? To = null, string? Cursor = null,
    int Limit = 25)
{
    /// <summary>Pure: as Governance asks for it.</summary>
    public string Query()
    {
        var asked = new (string Name, string? Value)[]
        {
            ("limit", Limit.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("subject", Subject), ("actor", Actor), ("kind", Kind),
            ("from", Midnight(From)), ("to", Midnight(To)), ("cursor", Cursor),
        };
        return "?" + string.Join('&', asked.Where(a => !string.IsNullOrEmpty(a.Value)).Select(a => $"{a.Name}={Uri.EscapeDataString(a.Value!)}"));
    }

    static string? Midnight(string? day) => string.IsNullOrEmpty(day) ? null : $"{day}T00:00:00Z";
}

namespace AutoDev.OperatorConsole.Fitness;

/// <summary>Scores as a person reads them. Pure.</summary>
static class FitnessWords
{
    public static string Status(string status) => status switch
    {
        "pending" => "waits for outcomes",
        "waiting" => "not known yet",
        _ => status,
    };

    /// <summary>What a score is about.</summary>
    public static string Subject(string subject) => subject.Split(':', 2) switch
    {
        ["skill", var version] => version.Replace("@", " ", StringComparison.Ordinal),
        [var kind, { Length: > 8 } id] => $"{kind} {id[..8]}…",
        _ => subject,
    };

    /// <summary>The page of what a score is about; <c>null</c> where there is none.</summary>
    public static string? Page(string subject) => subject.Split(':', 2) switch
    {
        ["candidate", var id] => $"/review/{id}",
        ["mutation", var id] => $"/mutations/{id}",
        ["skill", var version] when version.Split('@') is [var name, var number] =>
            $"/skills/{Uri.EscapeDataString(name)}?version={Uri.EscapeDataString(number)}",
        _ => null,
    };

    /// <summary>The skill whose trend it belongs to.</summary>
    public static string? Skill(string subject) => subject.StartsWith("skill:", StringComparison.Ordinal) ? subject["skill:".Length..].Split('@')[0] : null;
}

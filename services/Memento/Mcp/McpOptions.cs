namespace AutoDev.Memento.Mcp;

/// <summary>Settings of the MCP server, section <c>Mcp</c>.</summary>
sealed class McpOptions
{
    /// <summary>Wall time of a skill's call in the sandbox, loading included.</summary>
    public TimeSpan RunTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller is kept waiting; below a minute, which is how long many clients wait. A call that ends later is recorded all the same.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(55);

    /// <summary>Calls of skills that one key may have waiting in a workspace, on one instance.</summary>
    public int CallsAtOnce { get; set; } = 32;

    /// <summary>Sessions that one key may have open in a workspace, on one instance.</summary>
    public int SessionsAtOnce { get; set; } = 200;

    /// <summary>A session that nothing was heard of for so long is put away; it is taken up again where its client comes back within <see cref="SessionsKept"/>.</summary>
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>For how long a session can be taken up again by any instance.</summary>
    public TimeSpan SessionsKept { get; set; } = TimeSpan.FromDays(2);

    /// <summary>For how long a call's record is kept after it was made.</summary>
    public TimeSpan CallsKept { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Tools on a page of <c>tools/list</c>.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>Whether they make sense together.</summary>
    public bool IsValid =>
        RunTime > TimeSpan.Zero && Patience > TimeSpan.Zero && CallsAtOnce > 0 && SessionsAtOnce > 0 && SessionIdle > TimeSpan.Zero && SessionsKept >= SessionIdle
        && CallsKept >= TimeSpan.FromMinutes(10) && PageSize is >= 1 and <= 1000;
}

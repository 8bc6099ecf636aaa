using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>A page's place in a list, out of its address.</summary>
static class Cursor
{
    public static PageRequest Start(int limit) => new(limit, DateTimeOffset.MaxValue, "");

    /// <summary>A cursor that somebody has mangled is the start.</summary>
    public static PageRequest Read(string? cursor, int limit)
    {
        try
        {
            return PageRequest.Parse("", cursor ?? "") with { Limit = limit };
        }
        catch (BadHttpRequestException)
        {
            return Start(limit);
        }
    }
}

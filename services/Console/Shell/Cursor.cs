using AutoDev.ServiceDefaults.Http;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>A page's place in a list, out of its address.</summary>
static class Cursor
{
    public static PageRequest Start(int limit) => new(limit, DateTimeOffset.MaxValue, "");

    /// <summary>A cursor that somebody has mangled is the start.</summary>
    public static async ValueTask<PageRequest> ReadAsync(string? cursor, int limit)
    {
        if (string.IsNullOrEmpty(cursor)) return Start(limit);
        try
        {
            var address = new DefaultHttpContext { Request = { QueryString = QueryString.Create("cursor", cursor) } };
            return await PageRequest.BindAsync(address) with { Limit = limit };
        }
        catch (BadHttpRequestException)
        {
            return Start(limit);
        }
    }
}

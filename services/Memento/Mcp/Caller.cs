using System.Collections.Concurrent;
using System.Security.Claims;
using AutoDev.Reports;
using AutoDev.ServiceDefaults.Security;

namespace AutoDev.Memento.Mcp;

/// <summary>Who calls: the key, and the agent that the call is counted for.</summary>
/// <param name="Key">The key's public part.</param>
/// <param name="AgentId">What the header <c>X-Agent-Id</c> says, else the key's name. What a client calls itself is the same for many agents.</param>
sealed record Caller(string Key, string AgentId)
{
    /// <summary>Names the agent where several share a key.</summary>
    public const string Header = "X-Agent-Id";

    /// <summary>Of a request that is let in.</summary>
    public static Caller Of(HttpContext http) => new(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, http.Request.Headers[Header] is [{ Length: > 0 } named] ? named : http.User.Actor());

    /// <summary>Pure: what is wrong with the header, which is an agent's id like any other.</summary>
    public static string? Fault(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(Header, out var named)) return null;
        var check = new ReportCheck();
        check.Id(Header, named is [var only] ? only : null);
        return check.Errors.Values.FirstOrDefault();
    }
}

/// <summary>Counts what each caller has at once.</summary>
sealed class CallLimit
{
    readonly ConcurrentDictionary<(string Workspace, string Key), int> _taken = new();

    /// <summary>A place until it is given back; <c>null</c> where so many are taken.</summary>
    public IDisposable? TryTake((string Workspace, string Key) caller, int most)
    {
        if (_taken.AddOrUpdate(caller, 1, static (_, count) => count + 1) <= most) return new Place(this, caller);
        GiveBack(caller);
        return null;
    }

    void GiveBack((string Workspace, string Key) caller)
    {
        if (_taken.AddOrUpdate(caller, 0, static (_, count) => count - 1) == 0) _taken.TryRemove(new(caller, 0));
    }

    sealed class Place(CallLimit owner, (string Workspace, string Key) caller) : IDisposable
    {
        bool _isGivenBack;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isGivenBack, true)) owner.GiveBack(caller);
        }
    }
}

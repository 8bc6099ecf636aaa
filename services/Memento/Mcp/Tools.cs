using System.Buffers.Text;
using System.Text;
using AutoDev.Memento.Catalog;
using Marten;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AutoDev.Memento.Mcp;

/// <summary>What a client sees and calls: the workspace's skills, and the tools of the system itself.</summary>
static class Tools
{
    /// <summary>No skill is called so: the system's own tools begin with it.</summary>
    public const string SystemPrefix = "autodev_";

    /// <summary><c>tools/list</c>: the system's tools first, then the skills by name, a page at a time.</summary>
    public static async ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellation)
    {
        var services = request.Services!;
        var size = services.GetRequiredService<IOptions<McpOptions>>().Value.PageSize;
        var cursor = request.Params?.Cursor;
        var caller = Caller.Of(services.GetRequiredService<IHttpContextAccessor>().HttpContext!);
        var page = await AgentSkills.PageAsync(
            services.GetRequiredService<IQuerySession>(), caller.AgentId, cursor is null ? "" : NameOf(cursor), size + 1, cancellation);
        var shown = page.Take(size).Where(skill => IsOffered(skill.SkillName)).Select(SkillTool.Of);
        return new()
        {
            Tools = [.. cursor is null ? services.GetServices<ISystemTool>().Select(tool => tool.Tool) : [], .. shown],
            NextCursor = page.Count > size ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[size - 1].SkillName)) : null,
            TimeToLive = TimeSpan.Zero,
            CacheScope = CacheScope.Private,
        };
    }

    /// <summary><c>tools/call</c>.</summary>
    public static async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        try
        {
            return await FindAndCallAsync(request, cancellation);
        }
        catch (Exception e) when (e is not McpProtocolException && !cancellation.IsCancellationRequested)
        {
            request.Services!.GetRequiredService<ILogger<CallSkill>>().LogError(e, "A call of a tool failed");
            return ToolAnswer.Trouble("The call failed for a reason of the service's own, such as a database that does not answer: call again in a moment.");
        }
    }

    static async Task<CallToolResult> FindAndCallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        var services = request.Services!;
        var name = request.Params!.Name;
        var caller = Caller.Of(services.GetRequiredService<IHttpContextAccessor>().HttpContext!);
        if (services.GetServices<ISystemTool>().FirstOrDefault(tool => tool.Tool.Name == name) is { } system) return await system.CallAsync(request.Params.Arguments, caller, cancellation);
        if (!IsOffered(name) || await AgentSkills.FindAsync(services.GetRequiredService<IQuerySession>(), caller.AgentId, name, cancellation) is not { } skill)
            throw new McpProtocolException("There is no such tool in this workspace: tools/list has them.", McpErrorCode.InvalidParams);
        return await services.GetRequiredService<CallSkill>().HandleAsync(skill, caller, request, cancellation);
    }

    static bool IsOffered(string skill) => SkillTool.IsName(skill) && !skill.StartsWith(SystemPrefix, StringComparison.Ordinal);

    static string NameOf(string cursor)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Replace('\0', '\uFFFD');
        }
        catch (FormatException e)
        {
            throw new McpProtocolException("cursor is not one that this list gave out.", e, McpErrorCode.InvalidParams);
        }
    }
}

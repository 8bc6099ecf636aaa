using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>A tool of the system itself.</summary>
interface ISystemTool
{
    /// <summary>As clients see it.</summary>
    Tool Tool { get; }

    /// <summary>Answers a call.</summary>
    Task<CallToolResult> CallAsync(IDictionary<string, JsonElement>? given, Caller caller, CancellationToken cancellation);

    /// <summary>Describes one.</summary>
    static Tool Described(string name, string title, string description, JsonElement schema, bool isReadOnly) => new()
    {
        Name = Tools.SystemPrefix + name, Description = description, InputSchema = schema,
        Annotations = new() { Title = title, ReadOnlyHint = isReadOnly, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
    };
}

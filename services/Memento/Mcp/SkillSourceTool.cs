using System.Text.Json;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>Hands a skill's code to an agent that would rather run it where it is.</summary>
sealed class SkillSourceTool(IDocumentStore store, Workspace workspace) : ISystemTool
{
    static readonly JsonElement Schema = JsonElement.Parse(
        """
        {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200, "description": "The skill's name."}},
         "required": ["name"], "additionalProperties": false}
        """);

    public Tool Tool { get; } = ISystemTool.Described("skill_source", "Read a skill", "Returns an approved skill's Python source, to read it or to run it yourself.", Schema, isReadOnly: true);

    public async Task<CallToolResult> CallAsync(IDictionary<string, JsonElement>? given, Caller caller, CancellationToken cancellation)
    {
        if (CallArguments.Read(given, Schema) is { Fault: { } fault }) return ToolAnswer.Trouble(fault);
        await using var session = store.QuerySession(workspace.Id!);
        return await AgentSkills.FindAsync(session, caller.AgentId, given!["name"].GetString()!, cancellation) is { } skill
            ? ToolAnswer.Of(skill.Source, new() { ["name"] = skill.SkillName, ["version"] = skill.Version, ["function"] = skill.FunctionName, ["source"] = skill.Source })
            : ToolAnswer.Trouble("There is no such skill in this workspace.");
    }
}

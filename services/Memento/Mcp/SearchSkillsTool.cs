using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Search;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>Finds skills by what is to be done, for agents whose workspace has more of them than fit into a prompt.</summary>
sealed class SearchSkillsTool(IDocumentStore store, Workspace workspace, SkillMemory memory) : ISystemTool
{
    const int Most = 10;

    static readonly JsonElement Schema = JsonElement.Parse(
        """
        {"type": "object", "properties": {"task": {"type": "string", "minLength": 1, "maxLength": 4000, "description": "What is to be done, in words."}},
         "required": ["task"], "additionalProperties": false}
        """);

    public Tool Tool { get; } = ISystemTool.Described(
        "search_skills", "Search skills", "Finds the workspace's approved skills that may help with a task. Each is a tool of its own: call it by its name.", Schema, isReadOnly: true);

    public async Task<CallToolResult> CallAsync(IDictionary<string, JsonElement>? given, Caller caller, CancellationToken cancellation)
    {
        if (CallArguments.Read(given, Schema) is { Fault: { } fault }) return ToolAnswer.Trouble(fault);
        await using var session = store.QuerySession(workspace.Id!);
        var found = await AgentSkills.SearchAsync(session, memory, given!["task"].GetString()!, Most, cancellation);
        var skills = found.Select(skill => new JsonObject { ["name"] = skill.Name, ["description"] = skill.Description, ["learned_for"] = skill.TaskDescription, ["version"] = skill.VersionFor(caller.AgentId) });
        return ToolAnswer.Of(
            found.Count == 0 ? "No skill of the workspace fits." : string.Join("\n", found.Select(skill => $"{skill.Name}: {skill.Description}")),
            new() { ["skills"] = new JsonArray([.. skills]) });
    }
}

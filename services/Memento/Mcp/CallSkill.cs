using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AutoDev.Memento.Mcp;

/// <summary>Runs a skill in the sandbox for an agent that called it as a tool. Whatever goes wrong is the tool's answer, for the model to read.</summary>
sealed class CallSkill(
    IDocumentSession session, IPublishEndpoint bus, IDocumentStore store, Workspace workspace, InstanceSignals signals, CallLimit limit, IOptions<McpOptions> options,
    TimeProvider clock)
{
    static readonly TimeSpan BetweenNews = TimeSpan.FromSeconds(1);

    /// <summary><c>tools/call</c> of a skill.</summary>
    public async Task<CallToolResult> HandleAsync(SkillVersion skill, Caller caller, RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        var (input, fault) = CallArguments.Read(request.Params!.Arguments, SkillTool.InputSchema(skill));
        if (fault is not null) return ToolAnswer.Trouble(fault);
        using var place = limit.TryTake((workspace.Id!, caller.Key), options.Value.CallsAtOnce);
        if (place is null) return ToolAnswer.Trouble($"{options.Value.CallsAtOnce} calls of yours are waiting for the sandbox, which is the most: call again when one has ended.");

        var call = SkillCall.Of(skill, caller.AgentId, input, clock.GetUtcNow());
        using var waiting = signals.WaitFor(call.Id);
        session.Insert(call);
        await bus.Publish(
            new RunInSandbox
            {
                RunId = call.Id, WorkspaceId = workspace.Id!, RequestedBy = SkillCall.Asker, SubjectId = call.Id, Source = skill.Source, FunctionName = skill.FunctionName,
                Inputs = [input], Limits = new() { TimeoutSeconds = options.Value.RunTime.TotalSeconds },
            },
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return await AnswerAsync(call.Id, waiting, request, cancellation) is { } answered
            ? Shown(answered)
            : ToolAnswer.Trouble(
                $"The sandbox has not answered within {options.Value.Patience.TotalSeconds:0} s: it is unavailable or busy. The call may still run, and is recorded then.");
    }

    async Task<SkillCall?> AnswerAsync(Guid id, InstanceSignals.Waiting waiting, RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var elapsed = TimeSpan.Zero; elapsed < options.Value.Patience; elapsed = Stopwatch.GetElapsedTime(begun))
        {
            await waiting.AWhileAsync(BetweenNews, cancellation);
            await using (var look = store.QuerySession(workspace.Id!))
            {
                if (await look.LoadAsync<SkillCall>(id, cancellation) is { Status: not SkillCall.Running } answered) return answered;
            }

            if (request.Params!.ProgressToken is { } token)
            {
                await request.Server.NotifyProgressAsync(
                    token, new() { Progress = (float)Stopwatch.GetElapsedTime(begun).TotalSeconds, Message = "The sandbox is at work." }, cancellationToken: cancellation);
            }
        }

        return null;
    }

    /// <summary>Pure: a result as an object, since clients may rely on one, and as text for those that know nothing else.</summary>
    internal static CallToolResult Shown(SkillCall call)
    {
        if (!call.Succeeded) return ToolAnswer.Trouble(call.Trouble);
        var value = JsonElement.Parse(call.Result!.ValueJson!);
        return ToolAnswer.Of(value.ValueKind == JsonValueKind.String ? value.GetString()! : call.Result.ValueJson!, new JsonObject { ["result"] = JsonNode.Parse(call.Result.ValueJson!) });
    }
}

/// <summary>Answers of tools.</summary>
static class ToolAnswer
{
    /// <summary>A good one, as text and as an object.</summary>
    public static CallToolResult Of(string text, JsonObject structured) => new()
    {
        Content = [new TextContentBlock { Text = text }], StructuredContent = JsonSerializer.SerializeToElement(structured),
    };

    /// <summary>A bad one, in words.</summary>
    public static CallToolResult Trouble(string what) => new() { IsError = true, Content = [new TextContentBlock { Text = what }] };
}

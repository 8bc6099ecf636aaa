using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>Answers for "Last, F.", the task of these tests, as its true function would: hostile inputs raise.</summary>
static class PlayedSandbox
{
    public static SandboxRunCompleted Answer(RunInSandbox run) => new()
    {
        RunId = run.RunId, WorkspaceId = run.WorkspaceId, RequestedBy = run.RequestedBy, SubjectId = run.SubjectId, Status = "completed", ExecutionLatencyMs = 1.5,
        SecurityFindings = [], Shape = new() { DefinesFunction = true, HasTypeHints = true, HasDocstring = true, Parameters = ["name"], Signature = Signature },
        Results = [.. run.Inputs.Select(Call)], CompletedAt = DateTimeOffset.UtcNow,
    };

    static readonly FunctionSignature Signature = new() { Parameters = [new() { Name = "name", Hint = "str", SchemaJson = """{"type": "string"}""" }] };

    static InputResult Call(string input)
    {
        using var arguments = JsonDocument.Parse(input);
        return arguments.RootElement.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString()!.Split(' ') is [{ Length: > 0 } first, { Length: > 0 } last]
            ? new() { Ended = "ok", ValueJson = JsonSerializer.Serialize($"{last}, {first[0]}."), WallMs = 0.2 }
            : new() { Ended = "exception", ExceptionType = "ValueError", Message = "name must be two words", WallMs = 0.1 };
    }
}

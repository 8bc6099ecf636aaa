using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>What an operator wants to try. What is not named here is refused: an unknown limit would be one that nobody holds.</summary>
/// <param name="Source">The Python source of one module.</param>
/// <param name="FunctionName">The function to call.</param>
/// <param name="Inputs">1 to 1,000 objects: the arguments by name of one call each.</param>
/// <param name="Limits">Limits other than the settings'; above the ceilings they are lowered to them.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
sealed record RunAsked(string? Source, string? FunctionName, IReadOnlyList<JsonElement>? Inputs, SandboxLimits? Limits);

/// <summary>Where to ask for it.</summary>
sealed record RunQueued(Guid RunId);

/// <summary>Runs what an operator typed, in its turn with everything else of all workspaces.</summary>
static class StartRun
{
    /// <summary>As a service asks for its runs by its word, operators ask by this.</summary>
    public const string Word = "operator";

    /// <summary>POST. The same <c>Idempotency-Key</c> again starts nothing and answers the same.</summary>
    public static async Task<IResult> Post(
        string workspace, RunAsked body, [FromHeader(Name = "Idempotency-Key")] string? key, IDocumentSession session, RequestQueue queue,
        IOptions<SandboxOptions> options, CancellationToken cancellation)
    {
        if (Invalid(body) is { } missing) return missing;
        List<string> inputs = [.. body.Inputs!.Select(i => i.GetRawText())];
        if (RunRequest.Find(body.Source!, body.FunctionName!, inputs, RunLimits.Of(body.Limits, options.Value)) is var (property, what))
            return Problem.Invalid(property, what + ".");

        var id = key is { Length: > 0 } ? IdOf(workspace, key) : Guid.CreateVersion7();
        if (key is null || await session.LoadAsync<SandboxRun>(id, cancellation) is null)
        {
            var request = new RunInSandbox
            {
                RunId = id, WorkspaceId = workspace, RequestedBy = Word, SubjectId = id, Source = body.Source!, FunctionName = body.FunctionName!,
                Inputs = inputs, Limits = body.Limits, Scan = true,
            };
            queue.Enqueue(session, RunKind.Queued(request, conversation: null));
            await session.SaveChangesAsync(cancellation);
        }

        return TypedResults.Accepted($"/workspaces/{Uri.EscapeDataString(workspace)}/runs/{id}", new RunQueued(id));
    }

    static ProblemHttpResult? Invalid(RunAsked body)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(body.Source)) errors["source"] = "source must hold the Python source.";
        if (string.IsNullOrWhiteSpace(body.FunctionName)) errors["function_name"] = "function_name must name the function to call.";
        if (body.Inputs is null or { Count: 0 }) errors["inputs"] = "inputs must hold at least one object, the arguments by name.";
        return errors.Count > 0 ? Problem.Invalid(errors) : null;
    }

    static Guid IdOf(string workspace, string key) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{workspace}\n{key}")).AsSpan(0, 16));
}

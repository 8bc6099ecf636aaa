using System.Diagnostics;
using System.Security.Claims;
using System.Text.Json;
using AutoDev.Gating;
using AutoDev.Gating.Spend;
using AutoDev.LanguageModels;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.Extensions.AI;

namespace AutoDev.Memento.Generation;

/// <summary>
/// <c>POST /workspaces/{workspace}/generator/try</c>: asks the workspace's language model one small question, on the workspace's cap like every other, so that an
/// administrator sees whether key, address, model and price are right before an agent needs them.
/// </summary>
public static class TryModel
{
    const int LongestAnswer = 500;

    static readonly JsonElement Schema = JsonElement.Parse(
        """{"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"], "additionalProperties": false}""");

    /// <summary>POST. Answers when the model has, or when its patience is at its end; 409 where it cannot be asked as things are.</summary>
    public static async Task<IResult> Handle(
        string workspace, LanguageModel model, IQuerySession session, ClaimsPrincipal caller, CancellationToken cancellation)
    {
        var settings = await session.SettingsAsync(cancellation) ?? new();
        if (model.Problem(workspace, settings) is { } problem) return Problem.Conflict(problem);

        var (subject, begun) = ($"model_try:{Guid.CreateVersion7()}", Stopwatch.GetTimestamp());
        var reply = await model.AskAsync(
            new()
            {
                WorkspaceId = workspace, Model = settings.ModelProvider!, Capability = Capability.MementoSkills, AgentId = caller.Actor(), Subject = subject,
                Messages =
                [
                    new(ChatRole.User, """Say in at most ten words that you are ready to write Python. Answer with one JSON object: {"answer": "…"}"""),
                ],
                Schema = Schema,
            },
            cancellation);
        var calls = await session.Query<SpendEntry>().Where(e => e.Subject == subject).ToListAsync(cancellation);
        return TypedResults.Ok(new ModelTried(
            settings.ModelProvider!.Model, reply.Text is null ? null : Words(reply.Text), reply.Reason, Stopwatch.GetElapsedTime(begun).TotalSeconds,
            calls.Count, calls.Sum(c => c.InputTokens ?? 0), calls.Sum(c => c.OutputTokens ?? 0), calls.Sum(c => c.Cost ?? c.Estimate), calls.Any(c => c.IsEstimate)));
    }

    /// <summary>Pure: what it said; what is not of the form that was asked for is shown as it came, since that tells more than a refusal.</summary>
    internal static string Words(string text)
    {
        var said = ModelAnswer.Read(text, "answer") is { } answer && answer.GetProperty("answer").ValueKind == JsonValueKind.String
            ? answer.GetProperty("answer").GetString()!
            : text;
        return said.Length <= LongestAnswer ? said : said[..LongestAnswer] + "…";
    }
}

/// <summary>What came of the question.</summary>
/// <param name="Model">Who was asked.</param>
/// <param name="Answer">What it said, not trusted: show it as text only. Absent where it said nothing.</param>
/// <param name="Reason">Why there is no answer.</param>
/// <param name="Seconds">How long it took, repetitions too.</param>
/// <param name="Calls">How many requests were made.</param>
/// <param name="InputTokens">Tokens that were read.</param>
/// <param name="OutputTokens">Tokens that were written.</param>
/// <param name="Cost">In the currency of the workspace's prices.</param>
/// <param name="IsEstimate">The provider did not say what it took: the most counts.</param>
public sealed record ModelTried(
    string Model, string? Answer, string? Reason, double Seconds, int Calls, long InputTokens, long OutputTokens, decimal Cost, bool IsEstimate);

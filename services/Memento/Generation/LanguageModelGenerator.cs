using System.Diagnostics;
using AutoDev.Gating;
using AutoDev.LanguageModels;

namespace AutoDev.Memento.Generation;

/// <summary>Asks the workspace's language model. What cannot be used of an answer is asked for once more, with the reason, where that may help.</summary>
sealed class LanguageModelGenerator(LanguageModel model) : ISkillGenerator
{
    const int MostAnswers = 2;

    public async Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.Requester.Model is not { } provider) return GenerationResult.Nothing("The workspace has no language model.");
        if (!request.AllInputs().Any()) return GenerationResult.Nothing("No episode has an input: what a model wrote could not be proven on anything.");
        var started = Stopwatch.GetTimestamp();
        string? objection = null;
        for (var asked = 1; ; asked++)
        {
            var reply = await model.AskAsync(
                new()
                {
                    WorkspaceId = request.Requester.WorkspaceId, Model = provider, Capability = Capability.MementoSkills, AgentId = request.Requester.AgentId,
                    Subject = $"candidate:{request.Requester.CandidateId}", Messages = SkillPrompt.Of(request, objection), Schema = SkillPrompt.Schema,
                },
                cancellation);
            var answer = reply.Text is { } text ? SkillAnswer.Of(text, request.FunctionName) : SkillAnswer.None(reply.Reason!, reply.IsWorthAnotherTry);
            if (answer.Source is { } source)
            {
                return GenerationResult.Found(new()
                {
                    Generator = provider.Model,
                    FunctionName = request.FunctionName,
                    Parameters = request.Parameters(),
                    Source = source,
                    Description = answer.Description,
                    Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
                });
            }

            if (!answer.IsWorthAnotherTry || asked == MostAnswers) return GenerationResult.Nothing($"{provider.Model}: {answer.Reason}");
            objection = answer.Reason;
        }
    }
}

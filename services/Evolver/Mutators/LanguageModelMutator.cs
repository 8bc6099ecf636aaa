using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.LanguageModels;

namespace AutoDev.Evolver.Mutators;

/// <summary>
/// The workspace's language model, within its daily cap: one form an iteration, which is told what came of those before. What cannot be used of an answer is asked for
/// once more, with the reason, where that may help.
/// </summary>
sealed class LanguageModelMutator(LanguageModel model) : IMutator
{
    const int MostAnswers = 2;

    /// <inheritdoc />
    public string Word => "language_model";

    /// <inheritdoc />
    public bool CanPropose(WorkspaceSettings settings) => settings.ModelProvider is not null;

    /// <inheritdoc />
    public async Task<Proposals> ProposeAsync(MutationRequest request, CancellationToken cancellation)
    {
        if (request.Settings.ModelProvider is not { } provider) return Proposals.Nothing("The workspace has no language model.");
        var (objection, tokens) = ((string?)null, 0L);
        for (var asked = 1; ; asked++)
        {
            var reply = await model.AskAsync(
                new()
                {
                    WorkspaceId = request.WorkspaceId, Model = provider, Capability = Capability.AlphaEvolver, AgentId = request.AgentId ?? "",
                    Subject = $"experiment:{request.ExperimentId}", Messages = MutationPrompt.Of(request, objection), Schema = MutationPrompt.Schema,
                },
                cancellation);
            tokens += reply.Tokens;
            var answer = reply.Text is { } text
                ? MutationAnswer.Of(text, request.Parent.Source, request.FunctionName)
                : MutationAnswer.None(reply.Reason!, reply.IsWorthAnotherTry);
            if (answer.Source is { } source)
                return new() { Found = [new(source, [], answer.Description)], Note = $"{provider.Model}: {answer.Description}", Tokens = tokens };
            if (!answer.IsWorthAnotherTry || asked == MostAnswers) return Proposals.Nothing($"{provider.Model}: {answer.Reason}") with { Tokens = tokens };
            objection = answer.Reason;
        }
    }
}

namespace AutoDev.Memento.Generation;

/// <summary>The search first, which costs nothing and cannot be wrong on the examples; the workspace's language model where it finds nothing, or what was found wanting.</summary>
sealed class ByExampleThenModel(ByExampleGenerator byExample, LanguageModelGenerator model) : ISkillGenerator
{
    public async Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.Requester.Model is null) return Noted(await byExample.GenerateAsync(request, cancellation), request);
        if (request.Try > 1) return await model.GenerateAsync(request, cancellation);

        var searched = await byExample.GenerateAsync(request, cancellation);
        if (searched.Skill is { } found && found.Source != request.LastTry?.Source) return Noted(searched, request);

        var written = await model.GenerateAsync(request, cancellation);
        return written.Skill is null && searched.Reason is { } none ? GenerationResult.Nothing($"{none} {written.Reason}") : written;
    }

    /// <summary>Pure: what the search found, with what its reviewer must not take it for. A search reads examples and no words.</summary>
    internal static GenerationResult Noted(GenerationResult searched, GenerationRequest request)
    {
        if (searched.Skill is not { } found) return searched;
        if (found.Source == request.LastTry?.Source)
            return GenerationResult.Found(found with { Notice = "The search found the same program as before: it goes by examples only. Another example, or a language model, may change that." });
        return request.ReviewerSaid is null
            ? searched
            : GenerationResult.Found(found with { Notice = "The search goes by examples only: what the reviewer said of the candidate before had no part in it." });
    }
}

namespace AutoDev.Memento.Generation;

/// <summary>The search first, which costs nothing and cannot be wrong on the examples; the workspace's language model where it finds nothing, or what was found wanting.</summary>
sealed class ByExampleThenModel(ByExampleGenerator byExample, LanguageModelGenerator model) : ISkillGenerator
{
    public async Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.Requester.Model is null) return await byExample.GenerateAsync(request, cancellation);
        if (request.Try > 1) return await model.GenerateAsync(request, cancellation);

        var searched = await byExample.GenerateAsync(request, cancellation);
        if (searched.Skill is { } found && found.Source != request.LastTry?.Source) return searched;

        var written = await model.GenerateAsync(request, cancellation);
        return written.Skill is null && searched.Reason is { } none ? GenerationResult.Nothing($"{none} {written.Reason}") : written;
    }
}

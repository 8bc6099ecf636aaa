namespace AutoDev.Memento.Generation;

sealed class ByExampleGenerator : ISkillGenerator
{
    public Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation) => Task.FromResult(GenerationResult.Nothing("not yet"));
}

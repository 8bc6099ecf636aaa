using AutoDev.OperatorConsole.Inbox;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

public sealed class RiskTests
{
    [Theory]
    [InlineData("by-example", 5, 5, RiskLevel.Low, "right on all 5 unseen examples")]
    [InlineData("by-example", 2, 2, RiskLevel.Medium, "2 unseen examples only")]
    [InlineData("by-example", 0, 0, RiskLevel.High, "no example that its generator had not seen")]
    [InlineData("by-example", 4, 5, RiskLevel.High, "1 of 5 unseen examples wrong")]
    [InlineData("gpt-4o-mini", 5, 5, RiskLevel.Medium, "a language model wrote it")]
    [InlineData("import", 5, 5, RiskLevel.High, "it came from outside")]
    [InlineData(null, 1, 1, RiskLevel.Medium, "1 unseen example only")]
    public void A_candidate_is_as_risky_as_little_is_proven(string? generator, int passed, int total, RiskLevel level, string why) =>
        Assert.Equal((level, why), Risk.Of(new() { Id = Guid.NewGuid(), Generator = generator, HeldOutPassed = passed, HeldOutTotal = total }));

    [Theory]
    [InlineData("rewrite_rules", 8, 0, RiskLevel.Low, "the same on all 8 recorded inputs")]
    [InlineData("rewrite_rules", 1, 0, RiskLevel.High, "compared on 1 input only")]
    [InlineData("rewrite_rules", 8, 2, RiskLevel.Medium, "answers 2 inputs otherwise than its parent, which failed there")]
    [InlineData("rewrite_rules+language_model", 8, 0, RiskLevel.Medium, "a language model wrote it")]
    public void A_mutation_is_as_risky_as_it_changes_or_is_little_compared(string mutator, int inputs, int mended, RiskLevel level, string why) =>
        Assert.Equal((level, why), Risk.Of(new() { Id = Guid.NewGuid(), Kind = InboxKind.Mutation, Generator = mutator, Inputs = inputs, Mended = mended }));
}

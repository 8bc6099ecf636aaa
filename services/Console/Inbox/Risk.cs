namespace AutoDev.OperatorConsole.Inbox;

/// <summary>How much a person has to look, in order.</summary>
public enum RiskLevel
{
    Low,
    Medium,
    High,
}

/// <summary>What could be wrong with something that passed every check, by how well it is proven. Pure.</summary>
static class Risk
{
    const int Few = 3;
    const int FewInputs = 5;

    /// <summary>The level, and the reason in words.</summary>
    public static (RiskLevel Level, string Why) Of(InboxItem item) => item switch
    {
        { Kind: InboxKind.Mutation, Inputs: < FewInputs } => (RiskLevel.High, $"compared on {Count(item.Inputs, "input")} only"),
        { Kind: InboxKind.Mutation, Mended: > 0 } => (RiskLevel.Medium, $"answers {Count(item.Mended, "input")} otherwise than its parent, which failed there"),
        { Kind: InboxKind.Mutation } when IsOfModel(item) => (RiskLevel.Medium, "a language model wrote it"),
        { Kind: InboxKind.Mutation } => (RiskLevel.Low, $"the same on all {item.Inputs} recorded inputs"),
        { Generator: "import" } => (RiskLevel.High, "it came from outside"),
        { HeldOutTotal: 0 } => (RiskLevel.High, "no example that its generator had not seen"),
        _ when item.HeldOutPassed < item.HeldOutTotal => (RiskLevel.High,
            $"{item.HeldOutTotal - item.HeldOutPassed} of {Count(item.HeldOutTotal, "unseen example")} wrong"),
        { HeldOutTotal: < Few } => (RiskLevel.Medium, $"{Count(item.HeldOutTotal, "unseen example")} only"),
        _ when IsOfModel(item) => (RiskLevel.Medium, "a language model wrote it"),
        _ => (RiskLevel.Low, $"right on all {item.HeldOutTotal} unseen examples"),
    };

    // What writes without a language model has these two words.
    static bool IsOfModel(InboxItem item) => item.Generator is not (null or "by-example" or "rewrite_rules");

    static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}

namespace AutoDev.Governance.Diagnosis;

/// <summary>The answer to one question of a diagnosis.</summary>
/// <param name="Question">A stable word, such as <c>quota</c>.</param>
/// <param name="Asks">The question, for a person.</param>
/// <param name="State"><c>ok</c>; <c>blocks</c>: nothing goes on until somebody does something; <c>waits</c>: for a person or for news; <c>idle</c>: there is
/// nothing to do; <c>unknown</c>: the service that knows does not answer.</param>
/// <param name="Answer">In one sentence.</param>
/// <param name="Facts">What the answer rests on.</param>
/// <param name="Advice">What to do about it; empty where nothing needs to be done.</param>
sealed record Finding(string Question, string Asks, string State, string Answer, IReadOnlyList<string> Facts, IReadOnlyList<string> Advice)
{
    public static Finding Ok(string question, string asks, string answer, params IReadOnlyList<string> facts) => new(question, asks, "ok", answer, facts, []);

    public static Finding Blocks(string question, string asks, string answer, IReadOnlyList<string> facts, params IReadOnlyList<string> advice) =>
        new(question, asks, "blocks", answer, facts, advice);

    public static Finding Waits(string question, string asks, string answer, IReadOnlyList<string> facts, params IReadOnlyList<string> advice) =>
        new(question, asks, "waits", answer, facts, advice);

    public static Finding Idle(string question, string asks, string answer, IReadOnlyList<string> facts, params IReadOnlyList<string> advice) =>
        new(question, asks, "idle", answer, facts, advice);

    public static Finding Unknown(string question, string asks, string why) =>
        new(question, asks, "unknown", $"Unknown: {why}", [], ["Look at its /health/ready and at its log, then ask again."]);
}

using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>
/// What is known about a program besides that it fits the examples, and how likely that makes it to be right on the next input.
/// </summary>
/// <param name="Features">Named quantities, from 0 to about 1; <see cref="Weights"/> says what each counts.</param>
/// <param name="Dispute">A likely input on which a rival that fits as well answers otherwise, the most telling one; null where none is known.</param>
/// <param name="Objection">Why the program is not to be believed whatever else speaks for it; null where nothing is.</param>
sealed record Evidence(IReadOnlyList<(string Name, double Value)> Features, Dispute? Dispute, string? Objection)
{
    /// <summary>
    /// Log-odds of being right. A logistic regression (L2) on one half of the public tasks, shown two, three and five examples, gave signs and sizes; they were
    /// rounded and balanced so that few wrong programs pass, and hold on the other half. <c>deploy/eval/synthesis FILE --explain --bold</c> prints the features
    /// of every program with its verdict.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, double> Weights = new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["bias"] = -1.7,
        // Rivals agree on likely inputs that differ in their tokens, and on those that differ in their form.
        ["near"] = 3, ["far"] = 0.6,
        // Two examples only.
        ["two"] = -0.4,
        // The program's cost, as a share of what the outputs cost written down as constants.
        ["ratio"] = -1.4,
        // The share of the outputs that the program holds as constants.
        ["constant"] = -0.8,
        // Cuts at places that nothing marks.
        ["scraps"] = -1.1,
        // Of a JSON program, which has no rivals: it is one; from two examples only; a list that was never seen with one item or none; its cost in hundreds, for
        // each value that it makes and each example after the first.
        ["document"] = 3.8, ["pair"] = -0.6, ["plural"] = -0.9, ["steps"] = -0.9,
    };

    public const string TooFew = "One example fits too many rules.";
    public const string OneMore = " One more example, as different as can be, would tell.";

    /// <summary>Below it there is no answer.</summary>
    public const double Least = 0.5;

    public double Confidence => 1 / (1 + Math.Exp(-Features.Sum(feature => Weights[feature.Name] * feature.Value) - Weights["bias"]));

    /// <summary>Why there is no answer, with the question that would help most; null where the program may be believed.</summary>
    public string? Refusal(string program)
    {
        var question = Dispute is { } dispute
            ? $" What should the answer be for {dispute.Input}: {Shown(dispute.Answer)} or {Shown(dispute.Rival)}?" : OneMore;
        if (Objection is not null) return Objection + question;
        if (Confidence >= Least) return null;
        return (Dispute is null ? $"The simplest rule that fits, {Brief(program)}, explains too little of the answers to be believed."
            : $"The examples fit more than one rule; the simplest is {Brief(program)}.") + question;

        static string Shown(string? answer) => answer is null ? "none" : answer.Length > 80 ? $"\"{answer[..80]}…\"" : $"\"{answer}\"";
    }

    public static string Brief(string program) => program.Length > 120 ? program[..120] + "…" : program;
}

/// <summary>An input on which two programs that fit all examples differ, as it is shown to people.</summary>
sealed record Dispute(string Input, string? Answer, string? Rival);

/// <summary>Collects the evidence for a program.</summary>
static class Weighing
{
    // A program dearer by this much is a third as likely.
    const double Temperature = 90;
    const int FewExamples = 4;

    // A share of the outputs' own cost; dearer programs are put together from accidents.
    const double HardlySimpler = 0.8;

    /// <summary>Of the first of several programs that fit: what the others say on likely inputs, and what it looks like itself.</summary>
    public static Evidence Of(Goal goal, IReadOnlyList<Solution> rivals)
    {
        var best = rivals[0];
        var probes = Probes.Of(goal.Rows);
        var answers = rivals.Select(rival => probes.Select(probe => rival.Node.Evaluate(probe.Input)).ToArray()).ToList();
        // Programs that behave alike are one program.
        var behaviours = rivals.Select((rival, i) => (Answers: answers[i], Weight: Math.Min(1, Math.Exp((best.Cost - rival.Cost) / Temperature))))
            .GroupBy(rival => string.Join('\u0001', rival.Answers.Select(answer => answer ?? "\u0002")), StringComparer.Ordinal)
            .Select(group => (group.First().Answers, Weight: group.Max(rival => rival.Weight))).ToList();
        Dispute? dispute = null;
        double strongest = 0;
        var (near, far) = (new List<double>(), new List<double>());
        for (var p = 0; p < probes.Count; p++)
        {
            double all = 0, same = 0;
            foreach (var (given, weight) in behaviours)
            {
                all += weight;
                var telling = weight * (probes[p].IsNear ? 1 : 0.5);
                if (given[p] == answers[0][p]) same += weight;
                else if (telling > strongest && given[p] is not null)
                {
                    strongest = telling;
                    dispute = new Dispute(Probes.Shown(probes[p].Input), answers[0][p], given[p]);
                }
            }

            (probes[p].IsNear ? near : far).Add(same / all);
        }

        var wanted = goal.Wanted.OfType<string>().ToList();
        var nodes = best.Node.WithDescendants().ToList();
        // A yes or no by a condition is always a constant.
        var isVerdict = best.Node is Choice && wanted.TrueForAll(text => text.ToLowerInvariant() is "true" or "false" or "yes" or "no");
        var literal = wanted.Distinct(StringComparer.Ordinal).Sum(text => Prices.Constant(text, 1, isInEveryInput: false));
        var letters = wanted.Average(text => Math.Max(1, text.Count(char.IsLetterOrDigit)));
        var constants = nodes.OfType<Constant>().Sum(constant => constant.Text.Count(char.IsLetterOrDigit));
        var distinct = goal.Rows.Select(Probes.Shown).Distinct(StringComparer.Ordinal).Count();
        return new Evidence(
        [
            ("near", near.Count == 0 ? 0.5 : near.Average()),
            ("far", far.Count == 0 ? 0.5 : far.Average()),
            ("two", distinct == 2 ? 1 : 0),
            ("ratio", isVerdict ? 0 : Math.Min(2, (double)best.Cost / literal)),
            ("constant", isVerdict ? 0 : Math.Min(1.5, constants / letters)),
            ("scraps", Plausibility.Scraps(best.Node, goal.Rows)),
        ], dispute, Objection(goal, best.Node, distinct) ?? (isVerdict || best.Cost < HardlySimpler * literal ? null
            : $"The simplest rule that fits, {Evidence.Brief(best.Node.Key)}, is hardly simpler than the answers themselves."));
    }

    static string? Objection(Goal goal, TextNode program, int distinct)
    {
        if (distinct < 2) return Evidence.TooFew;
        if (program is Argument or NumberArgument && distinct < FewExamples) return $"In every example the answer is {program.Key} as it is; that is no rule yet.";
        var isConditional = program is Choice;
        var texts = goal.Rows.SelectMany(row => row.Arguments.Values).Where(value => value.Kind == JsonKind.Text).Select(value => value.Text).ToList();
        var echo = isConditional || distinct >= FewExamples ? null : program.WithDescendants().OfType<Constant>().FirstOrDefault(constant =>
            constant.Text.Count(char.IsLetter) > 1 && texts.Exists(text => text.Contains(constant.Text, StringComparison.Ordinal)));
        return echo is null ? null : $"The simplest rule adds \"{echo.Text}\", which some inputs hold already.";
    }

    /// <summary>Of a JSON program, which has no rivals.</summary>
    public static Evidence Of(IReadOnlyList<Inputs> rows, IReadOnlyList<Json> wanted, JsonExpr program, int cost)
    {
        var distinct = rows.Select(Probes.Shown).Distinct(StringComparer.Ordinal).Count();
        var isPlural = wanted.All(value => value is { Kind: JsonKind.List, Items.Count: > 1 });
        return new Evidence(
            [("document", 1), ("pair", distinct == 2 ? 1 : 0), ("plural", isPlural ? 1 : 0), ("steps", cost / 100d / Members(program) / Math.Max(1, distinct - 1))], null,
            program is Variable && distinct < FewExamples ? $"In every example the answer is {program.Python} as it is; that is no rule yet." : null);
    }

    /// <summary>How many values the program makes side by side.</summary>
    static int Members(JsonExpr program) => program switch
    {
        NewObject { Parts: var parts } => parts.Sum(part => Members(part.Value)),
        NewList { Items: var items } => items.Sum(Members),
        Mapped { Body: var body } => Members(body),
        Indexed { Key: var key, Body: var body } => Members(key) + Members(body),
        Grouped { Key: var key, Body: var body } => Members(key) + Members(body),
        Printed { Parts: var parts } => parts.Count(part => part is not Literal),
        _ => 1,
    };
}

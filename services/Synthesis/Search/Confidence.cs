using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>What is known about a program besides that it fits: how surprising it is, how many examples carry it, and whether its rivals agree with it.</summary>
/// <param name="Features">Named quantities.</param>
/// <param name="Dispute">A likely input on which a rival answers otherwise, the most telling first; null where all agree.</param>
sealed record Evidence(IReadOnlyList<(string Name, double Value)> Features, Dispute? Dispute);

/// <summary>An input on which two programs that fit all examples differ.</summary>
sealed record Dispute(Inputs Input, string? Answer, string? Rival);

static class Weighing
{
    // A program dearer by this much is a third as likely.
    const double Temperature = 90;

    public static Evidence Of(Goal goal, IReadOnlyList<Solution> rivals)
    {
        var best = rivals[0];
        var probes = Probes.Of(goal.Rows);
        var answers = rivals.Select(rival => probes.Select(probe => rival.Node.Evaluate(probe.Input)).ToArray()).ToList();
        var weights = rivals.Select(rival => Math.Exp((best.Cost - rival.Cost) / Temperature)).ToArray();
        // Programs that behave alike are one program.
        var behaviours = Enumerable.Range(0, rivals.Count).GroupBy(i => string.Join('\u0001', answers[i].Select(answer => answer ?? "\u0002")), StringComparer.Ordinal)
            .Select(group => (Answers: answers[group.First()], Weight: Math.Min(1, group.Max(i => weights[i])))).ToList();
        Dispute? dispute = null;
        double strongest = 0;
        var (near, far) = (new List<double>(), new List<double>());
        for (var p = 0; p < probes.Count; p++)
        {
            double all = 0, same = 0;
            foreach (var (given, weight) in behaviours)
            {
                all += weight;
                if (given[p] == behaviours[0].Answers[p]) same += weight;
                else if (weight * (probes[p].IsNear ? 1 : 0.5) > strongest && given[p] is not null)
                {
                    strongest = weight * (probes[p].IsNear ? 1 : 0.5);
                    dispute = new Dispute(probes[p].Input, behaviours[0].Answers[p], given[p]);
                }
            }

            (probes[p].IsNear ? near : far).Add(same / all);
        }

        var margin = behaviours.Skip(1).Select(behaviour => behaviour.Weight).DefaultIfEmpty(0).Max();
        var wanted = goal.Wanted.OfType<string>().ToList();
        var distinct = goal.Rows.Select(Probes.Shown).Distinct(StringComparer.Ordinal).Count();
        var nodes = best.Node.WithDescendants().ToList();
        var letters = wanted.Average(text => Math.Max(1, text.Count(char.IsLetterOrDigit)));
        var constants = nodes.OfType<Constant>().Sum(constant => constant.Text.Count(char.IsLetterOrDigit));
        var nearAnswers = Enumerable.Range(0, probes.Count).Where(p => probes[p].IsNear).Select(p => answers[0][p]).ToList();
        return new Evidence(
        [
            ("cost", best.Cost / 500d),
            ("near", near.Count == 0 ? 0.5 : near.Average()),
            ("nearmin", near.Count == 0 ? 0.5 : near.Min()),
            ("far", far.Count == 0 ? 0.5 : far.Average()),
            ("silent", nearAnswers.Count == 0 ? 0.5 : nearAnswers.Count(answer => answer is null) / (double)nearAnswers.Count),
            ("margin", margin),
            ("one", distinct == 1 ? 1 : 0), ("two", distinct == 2 ? 1 : 0), ("three", distinct == 3 ? 1 : 0),
            ("alike", distinct > 1 && wanted.Distinct(StringComparer.Ordinal).Count() == 1 ? 1 : 0),
            ("constant", Math.Min(1.5, constants / letters)),
            ("scraps", Plausibility.Scraps(best.Node, goal.Rows)),
            ("choices", nodes.OfType<Choice>().Count()),
            ("identity", best.Node is Argument ? 1 : 0),
            ("moment", nodes.Exists(node => node is MomentPart) ? 1 : 0),
            ("number", nodes.Exists(node => node is PrintedNumber) ? 1 : 0),
            ("match", nodes.Exists(node => node is Stepped { Step: Match }) ? 1 : 0),
            ("parts", best.Node is Concatenation ? best.Node.Children.Count(part => part is not Constant) : 1),
        ], dispute);
    }
}

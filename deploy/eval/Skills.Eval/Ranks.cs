using System.Text.Json.Nodes;

namespace AutoDev.Skills.Eval;

/// <summary>On which place what was searched for came.</summary>
sealed class Ranks
{
    public const int Most = 20;

    int _first, _amongFive;
    double _reciprocal;

    public int Searches { get; private set; }

    public void Count(string wanted, IReadOnlyList<string> found)
    {
        Searches++;
        var rank = found.Index().Where(f => f.Item == wanted).Select(f => f.Index + 1).FirstOrDefault();
        if (rank == 0) return;
        _first += rank == 1 ? 1 : 0;
        _amongFive += rank <= 5 ? 1 : 0;
        _reciprocal += 1.0 / rank;
    }

    public JsonObject Report() => new() { ["recall_at_1"] = Share(_first), ["recall_at_5"] = Share(_amongFive), ["mrr"] = Share(_reciprocal) };

    double Share(double count) => Math.Round(count / Searches, 3);
}

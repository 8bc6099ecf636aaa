using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.Mutators;

/// <summary>
/// Reads what a <see cref="SandboxQuestion"/> came back with: a list of <c>{source, rules, description}</c>, out of the sandbox and so not trusted.
/// </summary>
static class ProposalAnswer
{
    const int MostProposals = 64;
    const int LongestSource = 200_000;
    const int LongestText = 1000;

    /// <summary>Pure: the forms in it; none, with the reason, where it is no such list.</summary>
    public static Proposals Read(SandboxRunCompleted run)
    {
        var call = run.Results is [var only] ? only : null;
        if (call is not { Ended: "ok", ValueJson: { } answer })
            return Proposals.Nothing($"It gave no answer: {run.Reason ?? call?.Message ?? call?.Ended ?? run.Status}");
        return JsonEquality.TryParse(answer, out var list) && list.ValueKind == JsonValueKind.Array
            ? new() { Found = [.. list.EnumerateArray().Take(MostProposals).Select(Proposal).OfType<Proposal>()] }
            : Proposals.Nothing("Its answer is no list.");
    }

    static Proposal? Proposal(JsonElement item) => Text(item, "source") is { Length: > 0 and <= LongestSource } source
        ? new(source, [.. Rules(item)], Cut(Text(item, "description") ?? ""), Member(item, "crossover") is { ValueKind: JsonValueKind.True })
        : null;

    static IEnumerable<string> Rules(JsonElement item) => Member(item, "rules") is { ValueKind: JsonValueKind.Array } rules
        ? rules.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.String).Select(r => Cut(JsonEquality.TextOf(r))).Take(MostProposals)
        : [];

    static string? Text(JsonElement item, string name) => Member(item, name) is { ValueKind: JsonValueKind.String } text ? JsonEquality.TextOf(text) : null;

    static JsonElement? Member(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) ? value : null;

    static string Cut(string text) => text.Length > LongestText ? text[..LongestText] : text;
}

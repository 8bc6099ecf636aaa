using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Mutators;
using AutoDev.Evolver.Profiles;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// First stage: what the experiment compares on. Recorded inputs, and others near them, so that a variant that is right on the few recorded ones only is
/// caught.
/// </summary>
static class GatherInputs
{
    const int LongestAltered = 4 * 1024;
    const int MostAltered = 20;
    const int LongestInput = 32 * 1024;

    /// <summary>Pure: the newest distinct inputs of all versions of a skill that every program can read.</summary>
    public static IReadOnlyList<TrialInput> Recorded(IEnumerable<SkillProfile> profiles, int most) =>
    [
        .. profiles.SelectMany(p => p.Inputs).OrderByDescending(i => i.RecordedAt).ThenBy(i => i.Json, StringComparer.Ordinal)
            .Where(i => PortableJson.Problem(i.Json, JsonValueKind.Object) is null)
            .Select(i => i.Json).Distinct(JsonEquality.OfTexts).Take(most).Select(json => new TrialInput(json, IsRecorded: true)),
    ];

    /// <summary>Asks for inputs near the recorded ones.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment, IReadOnlyList<TrialInput> recorded)
    {
        turn.Session.Store(new TrialInputs { Id = experiment.Id, Inputs = recorded });
        var run = ExperimentId.Nearby(experiment.Id);
        await turn.AskAsync(
            experiment, run, RewriteRules.Module("nearby"), "nearby", [Question(recorded, experiment.Seed, turn.Options.NearbyInputs)]);
        return experiment.To(Stage.Inputs, [run], $"{recorded.Count} recorded inputs.", turn.Now);
    }

    /// <summary>Adds them, and goes on. Without them the recorded ones have to do.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxRunCompleted run)
    {
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!;
        var nearby = Nearby(inputs.Inputs, run, turn.Options.NearbyInputs);
        inputs = inputs with { Inputs = [.. inputs.Inputs, .. nearby] };
        turn.Session.Store(inputs);
        return await HoldReference.AskAsync(turn, experiment.Note($"{nearby.Count} more near them.", turn.Now), inputs);
    }

    /// <summary>Pure: the inputs of the answer that are of use and not recorded already.</summary>
    internal static IReadOnlyList<TrialInput> Nearby(IReadOnlyList<TrialInput> recorded, SandboxRunCompleted run, int most)
    {
        if (run.Results is not [{ Ended: "ok", ValueJson: { } answer }] || !JsonEquality.TryParse(answer, out var list)) return [];
        if (list.ValueKind != JsonValueKind.Array) return [];
        return
        [
            .. list.EnumerateArray().Select(i => i.GetRawText())
                .Where(json => json.Length <= LongestInput && PortableJson.Problem(json, JsonValueKind.Object) is null)
                .Distinct(JsonEquality.OfTexts).Except(recorded.Select(r => r.InputJson), JsonEquality.OfTexts)
                .Take(most).Select(json => new TrialInput(json, IsRecorded: false)),
        ];
    }

    static string Question(IReadOnlyList<TrialInput> recorded, int seed, int most)
    {
        var near = recorded.Where(r => r.InputJson.Length <= LongestAltered).Take(MostAltered).Select(r => JsonElement.Parse(r.InputJson));
        return JsonSerializer.Serialize(new { inputs = near, seed, most });
    }
}

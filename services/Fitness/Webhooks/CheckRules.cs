using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Webhooks;

/// <summary>What a source's rules must be.</summary>
static class CheckRules
{
    const int Most = 20, MostConditions = 10, LongestText = 500;

    /// <summary>Pure: every fault at once, by property.</summary>
    public static Dictionary<string, string> Faults(IReadOnlyList<MappingRule>? rules)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (rules is null || rules.Count is < 1 or > Most)
        {
            faults["rules"] = $"rules must be 1 to {Most} rules.";
            return faults;
        }

        for (var i = 0; i < rules.Count; i++)
        {
            var (rule, at) = (rules[i], $"rules[{i}]");
            if (rule.Name is null || !WebhookSource.IsName(rule.Name)) faults[$"{at}.name"] = "name must have 1 to 40 lower-case letters, digits, _ and -.";
            else if (rules.Take(i).Any(r => r.Name == rule.Name)) faults[$"{at}.name"] = $"There are two rules named '{rule.Name}'.";
            if (string.IsNullOrWhiteSpace(rule.Subject)) faults[$"{at}.subject"] = "subject is missing.";
            if (string.IsNullOrWhiteSpace(rule.Signal) == string.IsNullOrWhiteSpace(rule.Retracts))
                faults[$"{at}.signal"] = "A rule has either signal or retracts.";
            else if (rule.Signal is { } signal && !signal.Contains('{', StringComparison.Ordinal) && !SignalWeights.External.Contains(signal))
                faults[$"{at}.signal"] = $"signal must be one of {string.Join(", ", SignalWeights.External)}, or a template.";
            foreach (var (property, text) in Templates(rule))
            {
                if (text?.Length > LongestText || text is not null && !JsonPointer.IsTemplate(text))
                    faults[$"{at}.{property}"] = $"{property} must be at most {LongestText} characters, with braces around JSON Pointers only, such as {{/data/id}}.";
            }

            Conditions(rule.When ?? [], $"{at}.when", faults);
        }

        return faults;
    }

    static void Conditions(IReadOnlyList<MappingCondition> conditions, string at, Dictionary<string, string> faults)
    {
        if (conditions.Count > MostConditions) faults[at] = $"At most {MostConditions} conditions.";
        for (var i = 0; i < conditions.Count; i++)
        {
            if (!JsonPointer.IsOne(conditions[i].Path) || conditions[i].Path!.Length > LongestText) faults[$"{at}[{i}].path"] = "path must be a JSON Pointer, such as /type.";
            if (conditions[i].HasIs == conditions[i].Exists is not null) faults[$"{at}[{i}]"] = "A condition has either is or exists.";
        }
    }

    static IEnumerable<(string Property, string? Text)> Templates(MappingRule rule) =>
    [
        ("subject", rule.Subject), ("signal", rule.Signal), ("value", rule.Value), ("occurred_at", rule.OccurredAt), ("signal_id", rule.SignalId),
        ("replaces", rule.Replaces), ("retracts", rule.Retracts),
    ];
}

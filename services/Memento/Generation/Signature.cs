using System.Text.Json;
using System.Text.RegularExpressions;

namespace AutoDev.Memento.Generation;

/// <summary>The head that a function must have so that it can be called with what the episodes hold.</summary>
static partial class Signature
{
    const int MostParameters = 50;

    static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
        "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    };

    /// <summary>
    /// Pure: one line of Python. What a name of an argument is that Python does not know as one, its text is not repeated here: it is data, and this is a rule.
    /// </summary>
    public static string Of(GenerationRequest request)
    {
        var inputs = request.AllInputs().ToList();
        var names = request.Parameters();
        var returns = request.Examples.Count == 0 ? "" : $" -> {TypeOf(request.Examples.Select(e => JsonElement.Parse(e.ExpectedJson)))}";
        var fits = names.Count is > 0 and <= MostParameters && names.All(n => Identifier().IsMatch(n) && !Keywords.Contains(n));
        return $"def {request.FunctionName}({(fits ? string.Join(", ", Parameters(names, inputs)) : "**arguments: object")}){returns}:";
    }

    static IEnumerable<string> Parameters(IEnumerable<string> names, List<JsonElement> inputs)
    {
        var parameters = names.Select(name => (Name: name, Values: inputs.Where(i => i.TryGetProperty(name, out _)).Select(i => i.GetProperty(name)).ToList())).ToList();
        return parameters.Where(p => p.Values.Count == inputs.Count).Select(p => $"{p.Name}: {TypeOf(p.Values)}")
            .Concat(parameters.Where(p => p.Values.Count < inputs.Count).Select(p => $"{p.Name}: {TypeOf(p.Values.Append(JsonElement.Parse("null")))} = None"));
    }

    static string TypeOf(IEnumerable<JsonElement> values)
    {
        var types = values.Select(TypeOf).Distinct(StringComparer.Ordinal).ToList();
        if (types.Contains("float", StringComparer.Ordinal)) types.Remove("int");
        return string.Join(" | ", types.Where(t => t != "None").Concat(types.Where(t => t == "None")));
    }

    static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "str",
        JsonValueKind.Number => value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "int" : "float",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "dict",
        _ => "None",
    };

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,62}\z", RegexOptions.None, 1000)]
    private static partial Regex Identifier();
}

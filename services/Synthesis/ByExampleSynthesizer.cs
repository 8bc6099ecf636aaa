using System.Globalization;
using System.Text.Json;
using AutoDev.Synthesis.Language;
using AutoDev.Synthesis.Python;
using AutoDev.Synthesis.Search;

namespace AutoDev.Synthesis;

/// <summary>One example of a goal.</summary>
/// <param name="Input">A JSON object: the named arguments.</param>
/// <param name="Output">The right answer, any JSON; null where the input has none.</param>
public sealed record Example(JsonElement Input, JsonElement Output)
{
    /// <exception cref="JsonException">One of the texts is not JSON.</exception>
    public static Example Parse(string inputJson, string outputJson)
    {
        using var input = JsonDocument.Parse(inputJson);
        using var output = JsonDocument.Parse(outputJson);
        return new Example(input.RootElement.Clone(), output.RootElement.Clone());
    }
}

/// <summary>What is to be found.</summary>
/// <param name="FunctionName">A Python identifier.</param>
/// <param name="Description">What the function is for; becomes its docstring.</param>
/// <param name="Examples">One at least. Of more than 64 the first 64 guide the search, all are checked.</param>
/// <param name="Budget">Time after which the search ends without a program.</param>
public sealed record SynthesisRequest(string FunctionName, string Description, IReadOnlyList<Example> Examples, TimeSpan Budget)
{
    public static readonly TimeSpan DefaultBudget = TimeSpan.FromSeconds(5);

    /// <summary>Whether a program that fits is held back where the examples do not settle it; to be switched off only to measure what is held back.</summary>
    internal bool IsCautious { get; init; } = true;
}

public abstract record SynthesisResult;

/// <summary>A program that gives the wanted output on every example.</summary>
/// <param name="Source">A Python 3.11 module with the function.</param>
/// <param name="Program">The program in short form, for people.</param>
/// <param name="Cost">How complicated the program is; comparable between programs of one task only.</param>
public sealed record Found(string Source, string Program, int Cost) : SynthesisResult
{
    internal Evidence? Evidence { get; init; }
}

/// <summary>No program.</summary>
/// <param name="Reason">Why, as a sentence for an operator.</param>
public sealed record NotFound(string Reason) : SynthesisResult;

/// <summary>
/// Finds a Python function from examples, offline: searches a small language of text, number, date and JSON programs for the simplest one that gives every
/// wanted output.
/// The same request gives the same source, byte for byte, unless time runs out: then there is no program rather than another one.
/// </summary>
public static class ByExampleSynthesizer
{
    const int MostExamples = 64;
    const int LongestText = 20_000;

    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static SynthesisResult Synthesize(SynthesisRequest request, CancellationToken cancellationToken = default) =>
        Synthesize(request, TimeProvider.System, cancellationToken);

    /// <inheritdoc cref="Synthesize(SynthesisRequest, CancellationToken)"/>
    public static SynthesisResult Synthesize(SynthesisRequest request, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        if (!IsIdentifier(request.FunctionName)) return new NotFound($"\"{request.FunctionName}\" is not a name for a Python function.");
        try
        {
            var (examples, refusal) = Read(request);
            return refusal is null ? Search(request, examples, new Deadline(request.Budget, clock, cancellationToken)) : new NotFound(refusal);
        }
        catch (OutOfTimeException)
        {
            return new NotFound(string.Create(CultureInfo.InvariantCulture, $"No program was found within {request.Budget.TotalSeconds:0.#} seconds."));
        }
    }

    static (List<(Inputs Input, Json Output)> Examples, string? Refusal) Read(SynthesisRequest request)
    {
        var examples = new List<(Inputs Input, Json Output)>();
        if (request.Examples.Count == 0) return (examples, "There are no examples with an expected output.");
        foreach (var example in request.Examples)
        {
            if (example.Input.ValueKind != JsonValueKind.Object) return (examples, "An input is not a JSON object of named arguments.");
            if (example.Input.GetRawText().Length > LongestText
                || example.Output.GetRawText().Length > LongestText) return (examples, "An example is too long to learn from.");
            try
            {
                var arguments = Json.Of(example.Input).Members.ToDictionary(member => member.Key, member => member.Value, StringComparer.Ordinal);
                examples.Add((new Inputs(arguments), Json.Of(example.Output)));
            }
            catch (FormatException exception)
            {
                return (examples, $"An example cannot be read: {exception.Message}.");
            }
        }

        var distinct = new List<(Inputs Input, Json Output)>();
        foreach (var example in examples)
        {
            var same = distinct.FindIndex(known => SameArguments(known.Input, example.Input));
            if (same < 0) distinct.Add(example);
            else if (!distinct[same].Output.Equals(example.Output)) return (examples,
                "Two examples contradict each other: the same input has different outputs.");
        }

        var names = distinct.SelectMany(example => example.Input.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0) return (examples, "The inputs hold no arguments.");
        if (names.Find(name => !IsIdentifier(name)) is { } odd) return (examples, $"\"{PythonLiteral.Prose(odd, 40)}\" is not a name for a Python parameter.");
        return (distinct, null);
    }

    static bool SameArguments(Inputs one, Inputs other) =>
        one.Arguments.Count == other.Arguments.Count && one.Arguments.All(argument => argument.Value.Equals(other[argument.Key]));

    static bool IsIdentifier(string name) =>
        name.Length is > 0 and <= 80 && !char.IsAsciiDigit(name[0]) && name.All(c => c == '_' || char.IsAsciiLetterOrDigit(c))
            && !PythonModule.Reserved.Contains(name);

    static SynthesisResult Search(SynthesisRequest request, List<(Inputs Input, Json Output)> examples, Deadline deadline)
    {
        var guiding = examples.Take(MostExamples).ToList();
        var outputs = guiding.Select(example => example.Output).Where(output => output.Kind != JsonKind.Null).ToList();
        if (outputs.Count == 0) return new NotFound("No example has an answer: every expected output is null.");
        if (outputs.Count > 2 && outputs.Count == guiding.Count
            && outputs.Distinct().Count() == 1) return new NotFound("Every example has the same output, so there is nothing to tell the answer by.");

        var isDocument = guiding.Exists(example => example.Input.Arguments.Values.Any(value => value.Kind is JsonKind.Object or JsonKind.List));
        var hasNumbers = guiding.Exists(example => example.Input.Arguments.Values.Any(value => value.Kind == JsonKind.Number));
        var form = OutputForm.Of(outputs);
        if (isDocument || form is null || (hasNumbers && outputs.TrueForAll(output => output.Kind == JsonKind.Number)))
        {
            if (SearchDocument(request, examples, guiding, deadline) is { } result) return result;
        }

        return form is null ? new NotFound("No program of the by-example language gives the expected output on every example.")
            : SearchText(request, examples, guiding, form, deadline);
    }

    static SynthesisResult? SearchDocument(SynthesisRequest request, List<(Inputs Input, Json Output)> examples, List<(Inputs Input, Json Output)> guiding,
        Deadline deadline)
    {
        // Equal inputs are one example by now.
        if (request.IsCautious && examples.Count < 2) return new NotFound(Evidence.TooFew + Evidence.OneMore);
        var answered = guiding.Where(example => example.Output.Kind != JsonKind.Null).ToList();
        if (JsonSearch.Find(answered.Select(example => example.Input).ToList(), answered.Select(example => example.Output)
            .ToList(), deadline) is not { } found) return null;
        foreach (var (input, output) in examples)
        {
            var value = found.Expr.Evaluate(Scope.Of(input));
            if (output.Kind == JsonKind.Null ? value is not null : value is null || !JsonSearch.Same(value, output)) return null;
        }

        var evidence = Weighing.Of(answered.Select(example => example.Input).ToList(), answered.Select(example => example.Output).ToList(), found.Expr, found.Cost);
        if (request.IsCautious && evidence.Refusal(found.Expr.Python) is { } refusal) return new NotFound(refusal);
        var onFailure = answered.Count < guiding.Count ? OnFailure.ReturnNone : OnFailure.Raise;
        var source = PythonFunction.Write(request.FunctionName, request.Description, Parameters(examples), ReturnType(examples), onFailure,
            new DocumentProgram(found.Expr), expression => expression);
        return new Found(source, found.Expr.Python, found.Cost) { Evidence = evidence };
    }

    static SynthesisResult SearchText(SynthesisRequest request, List<(Inputs Input, Json Output)> examples, List<(Inputs Input, Json Output)> guiding,
        OutputForm form, Deadline deadline)
    {
        var goal = new Goal(guiding.Select(example => example.Input).ToList(), guiding
            .Select(example => example.Output.Kind == JsonKind.Null ? null : form.Text(example.Output)).ToList());
        var pool = TextPool.Build(goal, Sources(goal, deadline), deadline);
        var solutions = new CaseSearch(goal, pool, deadline).Solve(guiding.Count > 4 ? 2 : 1);
        if (solutions.Count == 0) return new NotFound("No program of the by-example language gives the expected output on every example.");
        foreach (var (input, output) in examples)
        {
            if (solutions[0].Node.Evaluate(input) != (output.Kind == JsonKind.Null ? null
                : form.Text(output))) return new NotFound("The program that fits the first examples fails on a later one.");
        }

        var rivals = solutions.Select(solution => solution with { Node = MomentStyle.Settle(solution.Node, goal.Rows) }).ToList();
        var evidence = Weighing.Of(goal, rivals);
        var node = rivals[0].Node;
        if (request.IsCautious && evidence.Refusal(node.Key) is { } refusal) return new NotFound(refusal);
        var onFailure = examples.Exists(example => example.Output.Kind == JsonKind.Null)
            || IsSearchInProse(node, goal.Rows) ? OnFailure.ReturnNone : OnFailure.Raise;
        var returnType = form.Type + (onFailure == OnFailure.ReturnNone ? " | None" : "");
        var source = PythonFunction.Write(request.FunctionName, request.Description, Parameters(examples), returnType, onFailure, node, form.Wrap);
        return new Found(source, node.Key, solutions[0].Cost) { Evidence = evidence };
    }

    static string ReturnType(List<(Inputs Input, Json Output)> examples)
    {
        var types = examples.Select(example => example.Output.Kind == JsonKind.Null ? "None" : TypeName(example.Output)).Distinct(StringComparer.Ordinal);
        return string.Join(" | ", types.OrderBy(type => type == "None").ThenBy(type => type, StringComparer.Ordinal));
    }

    /// <summary>What is looked for in running text may well not be there, even where all examples have it.</summary>
    static bool IsSearchInProse(TextNode node, IReadOnlyList<Inputs> rows) =>
        node.WithDescendants().OfType<Stepped>().Any(stepped => stepped is { Step: Match, Source: Argument argument }
            && rows.Select(argument.Evaluate).OfType<string>().Select(text => PythonText.Words(text).Count).DefaultIfEmpty().Average() > 8);

    static List<(TextNode Node, int Cost)> Sources(Goal goal, Deadline deadline)
    {
        var sources = new List<(TextNode, int)>();
        var names = goal.Rows.SelectMany(row => row.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var values = goal.Rows.Select(row => row[names[i]]).ToList();
            if (values.Exists(value => value?.Kind == JsonKind.Text)) sources.Add((new Argument(names[i]), Prices.NextArgument * i));
            if (values.Exists(value =>
                value?.Kind == JsonKind.Number)) sources.Add((new NumberArgument(names[i]), (Prices.NextArgument * i) + Prices.NumberSource));
        }

        sources.AddRange(JsonSearch.TextSources(goal.Rows, deadline));
        return sources;
    }

    static List<Parameter> Parameters(List<(Inputs Input, Json Output)> examples)
    {
        var names = examples.SelectMany(example => example.Input.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        var parameters = names.Select(name =>
        {
            var values = examples.Select(example => example.Input[name]).ToList();
            var types = values.OfType<Json>().Where(value => value.Kind != JsonKind.Null).Select(TypeName)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            var isOptional = values.Contains(null);
            var isNullable = isOptional || values.Exists(value => value?.Kind == JsonKind.Null);
            return new Parameter(name, (types.Count == 0 ? "object" : string.Join(" | ", types)) + (isNullable && types.Count > 0 ? " | None" : ""),
                isNullable, isOptional);
        });

        // Parameters with a default stand last.
        return parameters.OrderBy(parameter => parameter.IsOptional).ToList();
    }

    static string TypeName(Json value) => value.Kind switch
    {
        JsonKind.Boolean => "bool",
        JsonKind.Number => value.IsInteger ? "int" : "float",
        JsonKind.Text => "str",
        JsonKind.List => "list",
        _ => "dict",
    };
}

/// <summary>How an output that is no text is made from one.</summary>
sealed record OutputForm(string Type, Func<Json, string?> Text, Func<string, string> Wrap)
{
    public static OutputForm? Of(IReadOnlyList<Json> outputs)
    {
        if (outputs.All(output => output.Kind == JsonKind.Text)) return new("str", output => output.Text, expression => expression);
        if (outputs.All(output => output.Kind == JsonKind.Boolean)) return new("bool", output => output.Boolean ? "true"
            : "false", expression => expression == "\"true\"" ? "True" : expression == "\"false\"" ? "False" : $"{expression} == \"true\"");
        if (outputs.All(output => output.Kind == JsonKind.Number && output.IsInteger)) return new("int", output => output.NumberText(), expression =>
            $"int({expression})");
        if (outputs.All(output => output.Kind == JsonKind.Number)
            && outputs.All(output => output.NumberText() is not null)) return new("float", output => output.NumberText(), expression => $"float({expression})");
        return null;
    }
}

using System.Text;

namespace AutoDev.Synthesis.Python;

/// <summary>The module that is being written: its imports, its private helpers, and the names that are taken.</summary>
sealed class PythonModule
{
    /// <summary>Names that generated code uses itself; a parameter of that name would hide them.</summary>
    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally",
            "for", "from",
        "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match", "case",
            "_",
        "re", "datetime", "timedelta", "Decimal", "InvalidOperation", "ROUND_HALF_UP", "ROUND_FLOOR", "ROUND_CEILING", "ROUND_DOWN",
        "str", "int", "float", "bool", "list", "dict", "object", "len", "isinstance", "sum", "min", "max", "sorted", "round", "set", "range", "enumerate",
            "any", "all", "type",
        "abs", "reversed", "zip", "TypeError", "ValueError", "KeyError", "IndexError", "LookupError",
    };

    readonly HashSet<(string Module, string Name)> _imports = [];
    readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    readonly List<string> _constantLines = [];
    readonly List<string> _helpers = [];
    readonly Dictionary<string, int> _needs;

    /// <param name="parameters">The function's parameters, in order.</param>
    /// <param name="needs">How many parts each split text must have; what one pass of writing learns, the next one checks once.</param>
    public PythonModule(IReadOnlyList<Parameter> parameters, Dictionary<string, int> needs)
    {
        Parameters = parameters;
        _needs = needs;
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public string Declaration =>
        string.Join(", ", Parameters.Select(parameter => $"{parameter.Name}: {parameter.Type}{(parameter.IsOptional ? " = None" : "")}"));

    /// <summary>Imports a module, or names from it.</summary>
    public void Import(string module, params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _imports.Add((module, name));
        if (names.Length == 0) _imports.Add((module, ""));
    }

    /// <summary>The name of a module constant that holds these texts, a few a line.</summary>
    public string Tuple(string stem, IReadOnlyList<string> texts)
    {
        var lines = texts.Chunk(6).Select(chunk => $"    {string.Join(" ", chunk.Select(text => PythonLiteral.Text(text) + ","))}\n");
        var expression = $"(\n{string.Concat(lines)})";
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? $"_{stem}" : $"_{stem}_{number}";
            if (_constantLines.Contains($"{name} = {expression}")) return name;
            if (!_constants.Add(name)) continue;
            _constantLines.Add($"{name} = {expression}");
            return name;
        }
    }

    public void Helper(string code)
    {
        if (!_helpers.Contains(code)) _helpers.Add(code);
    }

    public int Need(string key, int count) => _needs[key] = Math.Max(count, _needs.GetValueOrDefault(key));

    public string Write(string function)
    {
        var module = new StringBuilder();
        foreach (var import in _imports.GroupBy(import => import.Module, StringComparer.Ordinal).OrderBy(group => group.First().Name.Length > 0)
            .ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            var names = string.Join(", ", import.Select(entry => entry.Name).Order(StringComparer.Ordinal));
            module.Append(names.Length == 0 ? $"import {import.Key}\n" : $"from {import.Key} import {names}\n");
        }

        if (_imports.Count > 0) module.Append('\n');
        foreach (var line in _constantLines) module.Append(line).Append('\n');
        if (_imports.Count > 0 || _constantLines.Count > 0) module.Append('\n');
        if (_imports.Count > 0 && _constantLines.Count > 0) module.Append('\n');
        foreach (var helper in _helpers) module.Append(helper).Append("\n\n");
        return module.Append(function).ToString();
    }
}

/// <summary>A parameter of the function: its type hint, and whether examples leave it out or pass null.</summary>
sealed record Parameter(string Name, string Type, bool IsNullable, bool IsOptional);

/// <summary>What the code does when the input has no answer.</summary>
enum OnFailure { ReturnNone, Raise }

/// <summary>Lines of one Python block with the names that are known in it. A value that is computed twice is computed once.</summary>
sealed class PythonBlock
{
    readonly StringBuilder _lines;
    readonly Dictionary<string, string> _locals;
    readonly HashSet<string> _guards;
    readonly HashSet<string> _names;
    readonly string _indent;

    public PythonBlock(PythonModule module, OnFailure onFailure)
        : this(module, onFailure, new StringBuilder(), [], [],
            new HashSet<string>(module.Parameters.Select(parameter => parameter.Name), StringComparer.Ordinal), "    ")
    {
    }

    PythonBlock(
        PythonModule module, OnFailure onFailure, StringBuilder lines, Dictionary<string, string> locals, HashSet<string> guards, HashSet<string> names,
            string indent)
    {
        (Module, OnFailure, _lines, _locals, _guards, _names, _indent) = (module, onFailure, lines, locals, guards, names, indent);
    }

    public PythonModule Module { get; }
    public OnFailure OnFailure { get; }

    /// <summary>A block one level deeper; what it names is unknown after it.</summary>
    public PythonBlock Nested() => new(Module, OnFailure, _lines, new(_locals), new(_guards), _names, _indent + "    ");

    public void Line(string line) => _lines.Append(_indent).Append(line).Append('\n');

    /// <summary>The variable that holds <paramref name="expression"/>; assigned here unless it is known already.</summary>
    public string Local(string key, string name, string expression)
    {
        if (_locals.TryGetValue(key, out var known)) return known;
        var local = Fresh(name);
        Line($"{local} = {expression}");
        return _locals[key] = local;
    }

    public bool Knows(string key, out string local) => _locals.TryGetValue(key, out local!);

    public void Know(string key, string local) => _locals[key] = local;

    public string Fresh(string name)
    {
        var fresh = name;
        for (var number = 2; PythonModule.Reserved.Contains(fresh) && fresh != "match" || !_names.Add(fresh); number++) fresh = $"{name}_{number}";
        return fresh;
    }

    public void FailIf(string condition, string message)
    {
        if (!_guards.Add(condition)) return;
        Line($"if {condition}:");
        Nested().Fail(message);
    }

    /// <summary>A wrong type is the caller's mistake, unless examples show that null is to be expected.</summary>
    public void RequireType(string parameter, string condition, string type)
    {
        if (!_guards.Add(condition)) return;
        Line($"if {condition}:");
        var message = $"{parameter} must be {type}";
        if (Module.Parameters.Any(known => known.Name == parameter && known.IsNullable)) Nested().Fail(message);
        else Nested().Line($"raise TypeError({PythonLiteral.Text(message)})");
    }

    public void Fail(string message) => Line(OnFailure == OnFailure.ReturnNone ? "return None" : $"raise ValueError({PythonLiteral.Text(message)})");

    public override string ToString() => _lines.ToString();
}

using System.Globalization;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>A question about the input; null where it cannot be asked.</summary>
abstract record Condition
{
    public abstract string Key { get; }
    public abstract bool? Holds(Inputs inputs);
    public abstract string Emit(PythonBlock block);
}

/// <summary>The argument is null or was left out.</summary>
sealed record IsNull(string Name) : Condition
{
    public override string Key => $"{Name} is None";
    public override bool? Holds(Inputs inputs) => (inputs[Name]?.Kind ?? JsonKind.Null) == JsonKind.Null;
    public override string Emit(PythonBlock block) => Key;
}

/// <summary>One text argument stands in another, or all or any of several do.</summary>
sealed record HoldsArguments(string Name, IReadOnlyList<string> Wanted, bool All) : Condition
{
    public override string Key => Wanted.Count == 1
        ? $"{Wanted[0]} in {Name}"
        : $"{(All ? "all" : "any")}(wanted in {Name} for wanted in ({string.Join(", ", Wanted)}))";

    public override bool? Holds(Inputs inputs)
    {
        if (inputs[Name] is not { Kind: JsonKind.Text } text) return null;
        var wanted = Wanted.Select(name => inputs[name]).ToList();
        if (!wanted.TrueForAll(value => value is { Kind: JsonKind.Text })) return null;
        return All ? wanted.TrueForAll(value => text.Text.Contains(value!.Text, StringComparison.Ordinal))
            : wanted.Exists(value => text.Text.Contains(value!.Text, StringComparison.Ordinal));
    }

    public override string Emit(PythonBlock block)
    {
        foreach (var name in Wanted.Prepend(Name)) block.RequireType(name, $"not isinstance({name}, str)", "a string");
        return Key;
    }

    public bool Equals(HoldsArguments? other) => other is not null && other.Key == Key;
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}

enum TextTest { IsEmpty, IsBlank, Contains, StartsWith, EndsWith, Equals, Matches, IsDigits, HasLength, HasWords, HasParts }

/// <summary>A question about one text argument.</summary>
sealed record TextCondition(string Name, TextTest Test, string Text = "", int Count = 0, bool Negated = false) : Condition
{
    readonly Pattern? _pattern = Test == TextTest.Matches ? new Pattern(Text) : null;

    string AtLeast => Negated ? "<" : ">=";

    string Positive => Test switch
    {
        TextTest.IsEmpty => $"not {Name}",
        TextTest.IsBlank => $"not {Name}.strip()",
        TextTest.Contains => $"{PythonLiteral.Text(Text)} in {Name}",
        TextTest.StartsWith => $"{Name}.startswith({PythonLiteral.Text(Text)})",
        TextTest.EndsWith => $"{Name}.endswith({PythonLiteral.Text(Text)})",
        TextTest.Equals => $"{Name} == {PythonLiteral.Text(Text)}",
        TextTest.IsDigits => $"re.fullmatch(r\"\\d+\", {Name})",
        TextTest.Matches => $"re.search({PythonLiteral.Pattern(Text)}, {Name})",
        TextTest.HasLength => $"len({Name}) {AtLeast} {Count.ToString(CultureInfo.InvariantCulture)}",
        TextTest.HasWords => $"len({Name}.split()) {AtLeast} {Count.ToString(CultureInfo.InvariantCulture)}",
        _ => $"{Name}.count({PythonLiteral.Text(Text)}) {AtLeast} {Count.ToString(CultureInfo.InvariantCulture)}",
    };

    public override string Key => !Negated ? Positive : Test switch
    {
        TextTest.IsEmpty => Name,
        TextTest.IsBlank => $"{Name}.strip()",
        TextTest.Contains => $"{PythonLiteral.Text(Text)} not in {Name}",
        TextTest.Equals => $"{Name} != {PythonLiteral.Text(Text)}",
        TextTest.HasLength or TextTest.HasWords or TextTest.HasParts => Positive,
        _ => $"not {Positive}",
    };

    public override bool? Holds(Inputs inputs) => inputs[Name] is not { Kind: JsonKind.Text } value ? null : Negated != Test switch
    {
        TextTest.IsEmpty => value.Text.Length == 0,
        TextTest.IsBlank => PythonText.Strip(value.Text).Length == 0,
        TextTest.Contains => value.Text.Contains(Text, StringComparison.Ordinal),
        TextTest.StartsWith => value.Text.StartsWith(Text, StringComparison.Ordinal),
        TextTest.EndsWith => value.Text.EndsWith(Text, StringComparison.Ordinal),
        TextTest.Equals => value.Text == Text,
        TextTest.IsDigits => value.Text.Length > 0 && value.Text.All(char.IsDigit),
        TextTest.Matches => _pattern!.IsIn(value.Text),
        TextTest.HasLength => value.Text.Length >= Count,
        TextTest.HasWords => PythonText.Words(value.Text).Count >= Count,
        _ => Occurrences(value.Text, Text) >= Count,
    };

    public override string Emit(PythonBlock block)
    {
        block.RequireType(Name, $"not isinstance({Name}, str)", "a string");
        if (Test is TextTest.Matches or TextTest.IsDigits) block.Module.Import("re");
        return Key;
    }

    public static int Occurrences(string text, string part)
    {
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    public bool Equals(TextCondition? other) => other is not null && other.Key == Key;
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}

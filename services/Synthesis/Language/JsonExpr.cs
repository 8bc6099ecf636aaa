using System.Globalization;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>The variables in sight: arguments and what comprehensions bind.</summary>
sealed class Scope(Scope? outer, string name, Json value)
{
    public Json? this[string wanted] => wanted == name ? value : outer?[wanted];

    public static Scope Of(Inputs inputs)
    {
        Scope? scope = null;
        foreach (var argument in inputs.Arguments) scope = new Scope(scope, argument.Key, argument.Value);
        return scope!;
    }
}

/// <summary>A program over JSON values that is one Python expression; null where that expression raises KeyError, IndexError, TypeError or the like.</summary>
abstract record JsonExpr
{
    public abstract Json? Evaluate(Scope scope);
    public abstract string Python { get; }

    /// <summary>What the module must hold beside the function.</summary>
    public virtual void Require(PythonModule module)
    {
        foreach (var child in Children) child.Require(module);
    }

    public virtual IEnumerable<JsonExpr> Children => [];
}

sealed record Variable(string Name) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => scope[Name];
    public override string Python => Name;
}

sealed record Literal(Json Value) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => Value;
    public override string Python => Write(Value);

    public static string Write(Json value) => value.Kind switch
    {
        JsonKind.Null => "None",
        JsonKind.Boolean => value.Boolean ? "True" : "False",
        JsonKind.Number => value.IsInteger ? value.Number.ToString("F0", CultureInfo.InvariantCulture)
            : value.Number.ToString("R", CultureInfo.InvariantCulture),
        JsonKind.Text => PythonLiteral.Text(value.Text),
        JsonKind.List => $"[{string.Join(", ", value.Items.Select(Write))}]",
        _ => $"{{{string.Join(", ", value.Members.Select(member => $"{PythonLiteral.Text(member.Key)}: {Write(member.Value)}"))}}}",
    };
}

sealed record Member(JsonExpr Source, string Name) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => Source.Evaluate(scope) is { Kind: JsonKind.Object } value ? value.Member(Name) : null;
    public override string Python => $"{Source.Python}[{PythonLiteral.Text(Name)}]";
    public override IEnumerable<JsonExpr> Children => [Source];
}

sealed record Item(JsonExpr Source, int Index) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var index = Index < 0 ? Index + list.Items.Count : Index;
        return index >= 0 && index < list.Items.Count ? list.Items[index] : null;
    }

    public override string Python => $"{Source.Python}[{Index.ToString(CultureInfo.InvariantCulture)}]";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>The first items of a list.</summary>
sealed record FirstItems(JsonExpr Source, int Count) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => Source.Evaluate(scope) is { Kind: JsonKind.List } list ? Json.Of(list.Items.Take(Count).ToList()) : null;
    public override string Python => $"{Source.Python}[:{Count.ToString(CultureInfo.InvariantCulture)}]";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>One member of every item that has it; lists among them are laid end to end.</summary>
sealed record Collect(JsonExpr Source, string Name, bool Flat) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var found = new List<Json>();
        foreach (var item in list.Items)
        {
            if (item.Kind != JsonKind.Object || item.Member(Name) is not { } value) continue;
            if (!Flat) found.Add(value);
            else if (value.Kind == JsonKind.List) found.AddRange(value.Items);
            else return null;
        }

        return Json.Of(found);
    }

    public override string Python
    {
        get
        {
            var name = PythonLiteral.Text(Name);
            var condition = $"isinstance(entry, dict) and {name} in entry";
            return Flat
                ? $"[value for entry in {Source.Python} if {condition} for value in entry[{name}]]"
                : $"[entry[{name}] for entry in {Source.Python} if {condition}]";
        }
    }

    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>Lists in a list laid end to end.</summary>
sealed record Flattened(JsonExpr Source) : JsonExpr
{
    public override Json? Evaluate(Scope scope) =>
        Source.Evaluate(scope) is { Kind: JsonKind.List } list && list.Items.All(item => item.Kind == JsonKind.List)
            ? Json.Of(list.Items.SelectMany(item => item.Items).ToList()) : null;

    public override string Python => $"[value for values in {Source.Python} for value in values]";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>The values of an object, lists among them laid end to end.</summary>
sealed record Values(JsonExpr Source) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => Source.Evaluate(scope) is { Kind: JsonKind.Object } value
        ? Json.Of(value.Members.SelectMany(member => member.Value.Kind == JsonKind.List ? member.Value.Items : [member.Value]).ToList())
        : null;

    public override string Python => $"[value for values in {Source.Python}.values() for value in (values if isinstance(values, list) else [values])]";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>The names of an object's members.</summary>
sealed record Names(JsonExpr Source) : JsonExpr
{
    public override Json? Evaluate(Scope scope) => Source.Evaluate(scope) is { Kind: JsonKind.Object } value
        ? Json.Of(value.Members.Select(member => Json.Of(member.Key)).ToList()) : null;
    public override string Python => $"list({Source.Python}.keys())";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>Every value of one name, however deep, outer ones first.</summary>
sealed record Descendants(JsonExpr Source, string Name) : JsonExpr
{
    const string Helper = """
        def _find_all(value: object, name: str) -> list:
            found = []
            if isinstance(value, dict):
                if name in value:
                    found.append(value[name])
                for member in value.values():
                    found.extend(_find_all(member, name))
            elif isinstance(value, list):
                for item in value:
                    found.extend(_find_all(item, name))
            return found

        """;

    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { } value) return null;
        var found = new List<Json>();
        Find(value, found);
        return Json.Of(found);
    }

    void Find(Json value, List<Json> found)
    {
        if (value.Member(Name) is { } here) found.Add(here);
        foreach (var member in value.Members) Find(member.Value, found);
        foreach (var item in value.Items) Find(item, found);
    }

    public override string Python => $"_find_all({Source.Python}, {PythonLiteral.Text(Name)})";
    public override IEnumerable<JsonExpr> Children => [Source];

    public override void Require(PythonModule module)
    {
        base.Require(module);
        module.Helper(Helper);
    }
}

/// <summary>A comprehension: for each item, where the condition holds, the body.</summary>
sealed record Mapped(JsonExpr Source, string Name, JsonExpr Body, ItemTest? Test) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var mapped = new List<Json>();
        foreach (var item in list.Items)
        {
            var inner = new Scope(scope, Name, item);
            if (Test is not null)
            {
                if (Test.Holds(inner) is not { } holds) return null;
                if (!holds) continue;
            }

            if (Body.Evaluate(inner) is not { } value) return null;
            mapped.Add(value);
        }

        return Json.Of(mapped);
    }

    public override string Python => $"[{Body.Python} for {Name} in {Source.Python}{(Test is null ? "" : $" if {Test.Python}")}]";
    public override IEnumerable<JsonExpr> Children => [Source, Body];
}

/// <summary>An object with one member for each item; of equal names the last wins.</summary>
sealed record Indexed(JsonExpr Source, string Name, JsonExpr Key, JsonExpr Body) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var members = new List<KeyValuePair<string, Json>>();
        foreach (var item in list.Items)
        {
            var inner = new Scope(scope, Name, item);
            if (Key.Evaluate(inner) is not { Kind: JsonKind.Text } key || Body.Evaluate(inner) is not { } value) return null;
            var at = members.FindIndex(member => member.Key == key.Text);
            if (at >= 0) members[at] = KeyValuePair.Create(key.Text, value);
            else members.Add(KeyValuePair.Create(key.Text, value));
        }

        return Json.Of(members);
    }

    public override string Python => $"{{{Key.Python}: {Body.Python} for {Name} in {Source.Python}}}";
    public override IEnumerable<JsonExpr> Children => [Source, Key, Body];
}

/// <summary>An object with the items' values by name, all of one name together; a name that came once has its value alone where <c>Single</c> says so.</summary>
sealed record Grouped(JsonExpr Source, string Name, JsonExpr Key, JsonExpr Body, bool Single) : JsonExpr
{
    const string Lists = """
        def _group(pairs: list) -> dict:
            groups = {}
            for name, value in pairs:
                groups.setdefault(name, []).append(value)
            return groups

        """;

    const string Singles = """
        def _group(pairs: list) -> dict:
            groups = {}
            for name, value in pairs:
                groups.setdefault(name, []).append(value)
            return {name: values[0] if len(values) == 1 else values for name, values in groups.items()}

        """;

    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var pairs = list.Items.Select(item => new Scope(scope, Name, item)).Select(inner => (Key: Key.Evaluate(inner), Value: Body.Evaluate(inner))).ToList();
        if (pairs.Exists(pair => pair.Key is not { Kind: JsonKind.Text } || pair.Value is null)) return null;
        return Json.Of(pairs.GroupBy(pair => pair.Key!.Text, StringComparer.Ordinal).Select(group => KeyValuePair.Create(group.Key,
            Single && group.Count() == 1 ? group.First().Value! : Json.Of(group.Select(pair => pair.Value!).ToList()))).ToList());
    }

    public override string Python => $"_group([({Key.Python}, {Body.Python}) for {Name} in {Source.Python}])";
    public override IEnumerable<JsonExpr> Children => [Source, Key, Body];

    public override void Require(PythonModule module)
    {
        base.Require(module);
        module.Helper(Single ? Singles : Lists);
    }
}

/// <summary>A question about a comprehension's item: a member compared with a fixed value.</summary>
sealed record ItemTest(JsonExpr Subject, string Operator, Json Value)
{
    public bool? Holds(Scope scope)
    {
        if (Subject.Evaluate(scope) is not { } subject) return null;
        return Operator switch
        {
            "==" => subject.Equals(Value),
            "!=" => !subject.Equals(Value),
            "in" => subject.Kind == JsonKind.Text && Value.Kind == JsonKind.Text ? subject.Text.Contains(Value.Text, StringComparison.Ordinal)
                : subject.Kind == JsonKind.List ? subject.Items.Contains(Value) : null,
            "<=" => subject.Kind == JsonKind.Number ? subject.Number <= Value.Number : null,
            _ => subject.Kind == JsonKind.Number ? subject.Number >= Value.Number : null,
        };
    }

    public string Python => Operator == "in" ? $"{Literal.Write(Value)} in {Subject.Python}" : $"{Subject.Python} {Operator} {Literal.Write(Value)}";
}

/// <summary>A list put in order by a key; numbers or texts, never both.</summary>
sealed record Ordered(JsonExpr Source, string Name, JsonExpr Key, bool Descending) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        var keys = list.Items.Select(item => Key.Evaluate(new Scope(scope, Name, item))).ToList();
        if (keys.Contains(null)) return null;
        if (keys.TrueForAll(key => key!.Kind == JsonKind.Number))
        {
            var pairs = list.Items.Zip(keys, (item, key) => (item, key: key!.Number));
            return Json.Of((Descending ? pairs.OrderByDescending(pair => pair.key) : pairs.OrderBy(pair => pair.key)).Select(pair => pair.item).ToList());
        }

        if (!keys.TrueForAll(key => key!.Kind == JsonKind.Text && PythonText.HasPlainPositions(key.Text))) return null;
        var texts = list.Items.Zip(keys, (item, key) => (item, key: key!.Text));
        return Json.Of((Descending ? texts.OrderByDescending(pair => pair.key, StringComparer.Ordinal)
            : texts.OrderBy(pair => pair.key, StringComparer.Ordinal)).Select(pair => pair.item).ToList());
    }

    public override string Python =>
        $"sorted({Source.Python}{(Key is Variable ? "" : $", key=lambda {Name}: {Key.Python}")}{(Descending ? ", reverse=True" : "")})";

    public override IEnumerable<JsonExpr> Children => [Source, Key];
}

enum Total { Sum, Count, Largest, Smallest, Average, Distinct, Reversed }

/// <summary>One value, or another list, from all items of a list.</summary>
sealed record Totalled(JsonExpr Source, Total Total) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Source.Evaluate(scope) is not { Kind: JsonKind.List } list) return null;
        switch (Total)
        {
            case Total.Count: return Json.OfInteger(list.Items.Count);
            case Total.Distinct: return list.Items.All(item => item.Kind == JsonKind.Text) ? Json.Of(list.Items.Distinct().ToList()) : null;
            case Total.Reversed: return Json.Of(list.Items.Reverse().ToList());
        }

        if (list.Items.Any(item => item.Kind != JsonKind.Number) || (list.Items.Count == 0 && Total != Total.Sum)) return null;
        var sum = 0d;
        foreach (var item in list.Items) sum += item.Number;
        var isInteger = list.Items.All(item => item.IsInteger);
        return Total switch
        {
            Total.Sum => isInteger ? Json.OfInteger(sum) : Json.OfFloat(sum),
            Total.Largest => list.Items.MaxBy(item => item.Number),
            Total.Smallest => list.Items.MinBy(item => item.Number),
            _ => Json.OfFloat(sum / list.Items.Count),
        };
    }

    public override string Python => Total switch
    {
        Total.Sum => $"sum({Source.Python})",
        Total.Count => $"len({Source.Python})",
        Total.Largest => $"max({Source.Python})",
        Total.Smallest => $"min({Source.Python})",
        Total.Distinct => $"list(dict.fromkeys({Source.Python}))",
        Total.Reversed => $"{Source.Python}[::-1]",
        _ => $"(sum({Source.Python}) / len({Source.Python}))",
    };

    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>Two numbers and what is between them: + - * / %.</summary>
sealed record Arithmetic(JsonExpr Left, char Operator, JsonExpr Right) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        if (Left.Evaluate(scope) is not { Kind: JsonKind.Number } left || Right.Evaluate(scope) is not { Kind: JsonKind.Number } right) return null;
        if (Operator is '/' or '%' && right.Number == 0) return null;
        // The sign of a remainder differs between languages.
        if (Operator == '%' && (left.Number < 0 || right.Number < 0)) return null;
        var result = Operator switch
        {
            '+' => left.Number + right.Number,
            '-' => left.Number - right.Number,
            '*' => left.Number * right.Number,
            '/' => left.Number / right.Number,
            _ => left.Number % right.Number,
        };
        if (Math.Abs(result) > 9e15) return null;
        return left.IsInteger && right.IsInteger && Operator != '/' ? Json.OfInteger(result) : Json.OfFloat(result);
    }

    public override string Python => $"({Left.Python} {Operator} {Right.Python})";
    public override IEnumerable<JsonExpr> Children => [Left, Right];
}

/// <summary>Texts of a list with a separator between them.</summary>
sealed record Joined(JsonExpr Source, string Separator) : JsonExpr
{
    public override Json? Evaluate(Scope scope) =>
        Source.Evaluate(scope) is { Kind: JsonKind.List } list && list.Items.All(item => item.Kind == JsonKind.Text)
            ? Json.Of(string.Join(Separator, list.Items.Select(item => item.Text))) : null;

    public override string Python => $"{PythonLiteral.Text(Separator)}.join({Source.Python})";
    public override IEnumerable<JsonExpr> Children => [Source];
}

/// <summary>A list of one item is that item.</summary>
sealed record Unwrapped(JsonExpr Source) : JsonExpr
{
    const string Helper = """
        def _unwrap(values: list) -> object:
            return values[0] if len(values) == 1 else values

        """;

    public override Json? Evaluate(Scope scope) => Source.Evaluate(scope) is { Kind: JsonKind.List } list ? list.Items.Count == 1 ? list.Items[0] : list : null;
    public override string Python => $"_unwrap({Source.Python})";
    public override IEnumerable<JsonExpr> Children => [Source];

    public override void Require(PythonModule module)
    {
        base.Require(module);
        module.Helper(Helper);
    }
}

sealed record NewList(IReadOnlyList<JsonExpr> Items) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        var values = Items.Select(item => item.Evaluate(scope)).ToList();
        return values.Contains(null) ? null : Json.Of(values!);
    }

    public override string Python => $"[{string.Join(", ", Items.Select(item => item.Python))}]";
    public override IEnumerable<JsonExpr> Children => Items;
}

sealed record NewObject(IReadOnlyList<(string Name, JsonExpr Value)> Parts) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        var values = Parts.Select(part => part.Value.Evaluate(scope)).ToList();
        return values.Contains(null) ? null : Json.Of(Parts.Zip(values, (part, value) => KeyValuePair.Create(part.Name, value!)).ToList());
    }

    public override string Python => $"{{{string.Join(", ", Parts.Select(part => $"{PythonLiteral.Text(part.Name)}: {part.Value.Python}"))}}}";
    public override IEnumerable<JsonExpr> Children => Parts.Select(part => part.Value);
}

/// <summary>Texts and numbers printed one after the other.</summary>
sealed record Printed(IReadOnlyList<JsonExpr> Parts) : JsonExpr
{
    public override Json? Evaluate(Scope scope)
    {
        var texts = Parts.Select(part => part.Evaluate(scope) is { } value ? Print(value) : null).ToList();
        return texts.Contains(null) ? null : Json.Of(string.Concat(texts));
    }

    public static string? Print(Json value) => value.Kind switch { JsonKind.Text => value.Text, JsonKind.Number => value.NumberText(), _ => null };

    public override string Python => Parts.Count == 1
        ? $"str({Parts[0].Python})"
        : string.Join(" + ", Parts.Select(part => part is Literal or Joined ? part.Python : $"str({part.Python})")) is var sum ? $"({sum})" : "";

    public override IEnumerable<JsonExpr> Children => Parts;
}

/// <summary>A text inside a JSON argument, as a source for text programs.</summary>
sealed class JsonText(JsonExpr expression) : TextNode
{
    public override string Key => expression.Python;
    public JsonExpr Expression => expression;

    public override string? Evaluate(Inputs inputs) => expression.Evaluate(Scope.Of(inputs)) is { } value ? Printed.Print(value) : null;

    public override string Emit(PythonBlock block)
    {
        if (block.Knows(Key, out var known)) return known;
        expression.Require(block.Module);
        var name = block.Fresh("value");
        block.Line("try:");
        block.Nested().Line($"{name} = {expression.Python}");
        block.Line("except (KeyError, IndexError, TypeError, ValueError, AttributeError):");
        block.Nested().Line($"{name} = None");
        block.FailIf($"isinstance({name}, bool) or not isinstance({name}, (str, int, float))", "the input lacks a value that is needed");
        block.Know(Key, $"str({name})");
        return $"str({name})";
    }
}

/// <summary>A JSON program as the whole function: one expression, whose exceptions mean that the input is not of the expected form.</summary>
sealed class DocumentProgram(JsonExpr expression) : TextNode
{
    public override string Key => expression.Python;
    public override string? Evaluate(Inputs inputs) => throw new InvalidOperationException("a document program gives no text");

    public override string Emit(PythonBlock block) => expression.Python;

    public override void EmitReturn(PythonBlock block, Func<string, string> wrap)
    {
        expression.Require(block.Module);
        block.Line("try:");
        block.Nested().Line($"return {expression.Python}");
        block.Line($"except (AttributeError, IndexError, KeyError, TypeError, ZeroDivisionError){(block.OnFailure == OnFailure.Raise ? " as error" : "")}:");
        if (block.OnFailure == OnFailure.ReturnNone) block.Nested().Line("return None");
        else block.Nested().Line("raise ValueError(\"the input does not have the expected form\") from error");
    }
}

using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>A JSON program with its value on every instance (an example, or an item of a list in one).</summary>
sealed record View(JsonExpr Expr, Json?[] Values, int Cost);

/// <summary>
/// Finds programs over JSON from the shape of the wanted value: it may be there already, or be made of what is there: a list item by item (all, some, in
/// order),
/// an object member by member, a number by arithmetic, a text from texts.
/// </summary>
sealed class JsonSearch(Deadline deadline)
{
    const int MostViews = 260;
    const int MostDepth = 4;
    static readonly string[] ItemNames = ["item", "part", "element", "piece", "unit"];

    public static (JsonExpr Expr, int Cost)? Find(IReadOnlyList<Inputs> rows, IReadOnlyList<Json> wanted, Deadline deadline)
    {
        var names = rows.SelectMany(row => row.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        var variables = names.Select((name, i) => new View(new Variable(name), rows.Select(row => row[name]).ToArray(), 10 * i)).ToList();
        return new JsonSearch(deadline).Solve(variables, wanted.ToArray(), 0);
    }

    /// <summary>Texts and numbers that lie inside JSON arguments, as sources for text programs.</summary>
    public static IEnumerable<(TextNode Node, int Cost)> TextSources(IReadOnlyList<Inputs> rows, Deadline deadline)
    {
        var names = rows.SelectMany(row => row.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        var variables = names.Select((name, i) => new View(new Variable(name), rows.Select(row => row[name]).ToArray(), 10 * i))
            .Where(view => view.Values.Any(value => value is { Kind: JsonKind.Object or JsonKind.List })).ToList();
        if (variables.Count == 0) return [];
        return new JsonSearch(deadline).Views(variables)
            .Where(view => view.Values.All(value => value is { Kind: JsonKind.Text or JsonKind.Number }))
            .OrderBy(view => view.Cost).Take(24).Select(view => ((TextNode)new JsonText(view.Expr), view.Cost));
    }

    (JsonExpr Expr, int Cost)? Solve(IReadOnlyList<View> variables, Json[] wanted, int depth)
    {
        deadline.Check();
        if (wanted.Any(value => value.Kind == JsonKind.List) && wanted.Any(value => value.Kind is not (JsonKind.List or JsonKind.Null))
            && !wanted.Any(value => value is { Kind: JsonKind.List, Items.Count: 1 }))
        {
            // One item stands for itself where several make a list.
            var lists = wanted.Select(value => value.Kind == JsonKind.List ? value : Json.Of([value])).ToArray();
            return Solve(variables, lists, depth) is { } list ? (new Unwrapped(list.Expr), list.Cost + 60) : null;
        }

        var views = Views(variables, MostViews >> depth);
        (JsonExpr Expr, int Cost)? best = null;
        foreach (var view in views)
        {
            if (Gives(view.Values, wanted)) Consider(view.Expr, view.Cost);
        }

        if (best is not null) return best;
        if (wanted.All(value => value.Kind == JsonKind.Number)) Numbers();
        else if (wanted.All(value => value.Kind == JsonKind.Text)) Texts();
        else if (wanted.All(value => value.Kind == JsonKind.List)) Lists();
        else if (wanted.All(value => value.Kind == JsonKind.Object)) Objects();
        if (best is null && depth > 0 && wanted.All(value => value.Equals(wanted[0]))) Consider(new Literal(wanted[0]), 400);
        return best;

        void Consider(JsonExpr expr, int cost)
        {
            if (best is null || cost < best.Value.Cost) best = (expr, cost);
        }

        void Numbers()
        {
            foreach (var total in new[] { Total.Sum, Total.Largest, Total.Smallest, Total.Average, Total.Count })
            {
                foreach (var view in NumberLists(variables, views, depth).Concat(total == Total.Count ? views.Where(IsList) : []))
                {
                    var expr = new Totalled(view.Expr, total);
                    if (best is null || view.Cost + 60 < best.Value.Cost)
                    {
                        if (GivesExpr(expr, variables, wanted)) Consider(expr, view.Cost + 60 + (total == Total.Count ? 10 : 0));
                    }
                }
            }

            var numbers = views.Where(view => view.Values.All(value => value is { Kind: JsonKind.Number })).OrderBy(view => view.Cost).Take(30).ToList();
            foreach (var left in numbers)
            {
                foreach (var right in numbers)
                {
                    foreach (var op in "+-*/%")
                    {
                        if ((op is '+' or '*' && left.Cost > right.Cost) || (ReferenceEquals(left, right) && op is '-' or '/' or '%')) continue;
                        if (best is not null && left.Cost + right.Cost + 100 >= best.Value.Cost) continue;
                        var fits = true;
                        for (var i = 0; fits && i < wanted.Length; i++) fits = Compute(left.Values[i]!.Number, op, right.Values[i]!.Number) is { } result
                            && Close(result, wanted[i].Number);
                        if (fits) Consider(new Arithmetic(left.Expr, op, right.Expr), left.Cost + right.Cost + 100);
                    }
                }
            }

            foreach (var view in numbers)
            {
                foreach (var (op, constant) in new[] { ('*', 2d), ('/', 2d), ('+', 1d), ('-', 1d), ('*', 100d), ('/', 100d), ('*', 10d), ('/', 10d),
                    ('*', 1000d), ('/', 1000d) })
                {
                    if (Enumerable.Range(0, wanted.Length).All(i => Compute(view.Values[i]!.Number, op, constant) is { } result
                        && Close(result, wanted[i].Number)))
                        Consider(new Arithmetic(view.Expr, op, new Literal(Json.OfInteger(constant))), view.Cost + 200);
                }
            }
        }

        void Texts()
        {
            foreach (var view in views.Where(view =>
                view.Values.All(value => value is { Kind: JsonKind.List } && value.Items.All(item => item.Kind == JsonKind.Text))))
            {
                foreach (var separator in new[] { ", ", " ", ",", "", "; ", "-", " & ", "\n", "/", " and " })
                {
                    var expr = new Joined(view.Expr, separator);
                    if (GivesExpr(expr, variables, wanted)) Consider(expr, view.Cost + 60);
                }
            }

            var scalars = views.Where(view => view.Values.All(value => value is { Kind: JsonKind.Text or JsonKind.Number }))
                .Concat(Totals(variables, views, depth)).ToList();
            if (Concatenate(scalars, wanted) is { } printed) Consider(printed.Expr, printed.Cost);
        }

        void Lists()
        {
            var lists = views.Where(IsList).OrderBy(view => view.Cost).Take(60).ToList();
            var derived = lists.SelectMany(Derived).ToList();
            foreach (var view in derived.Where(view => Gives(view.Values, wanted))) Consider(view.Expr, view.Cost);
            if (best is not null) return;
            foreach (var view in derived.OrderBy(view => view.Cost).Take(60).SelectMany(Derived).Where(view => Gives(view.Values, wanted)))
                Consider(view.Expr, view.Cost);
            if (best is not null || depth >= MostDepth) return;
            var name = ItemNames[depth];
            foreach (var view in lists)
            {
                if (best is not null && best.Value.Cost <= view.Cost + 80) continue;
                if (Map(variables, view, name, wanted, depth) is { } mapped) Consider(mapped.Expr, mapped.Cost);
            }

            if (best is null)
            {
                foreach (var view in lists)
                {
                    foreach (var ordered in Orders(view, name))
                    {
                        if (Gives(ordered.Values, wanted)) Consider(ordered.Expr, ordered.Cost);
                        else if (Map(variables, ordered, name, wanted, depth) is { } mapped) Consider(mapped.Expr, mapped.Cost);
                    }
                }
            }

            var length = wanted[0].Items.Count;
            if (best is null && length is > 0 and < 9 && wanted.All(value => value.Items.Count == length))
            {
                var items = new List<JsonExpr>();
                var cost = 60;
                for (var i = 0; i < length; i++)
                {
                    var at = i;
                    if (Solve(variables, wanted.Select(value => value.Items[at]).ToArray(), depth + 1) is not { } item) return;
                    items.Add(item.Expr);
                    cost += item.Cost + 20;
                }

                Consider(new NewList(items), cost);
            }
        }

        void Objects()
        {
            var names = wanted[0].Members.Select(member => member.Key).ToList();
            if (names.Count > 0 && wanted.All(value => value.Members.Count == names.Count && names.TrueForAll(name => value.Member(name) is not null))
                && !NamesAreData(names, views))
            {
                var parts = new List<(string, JsonExpr)>();
                var cost = 60;
                foreach (var name in names)
                {
                    if (Solve(variables, wanted.Select(value => value.Member(name)!).ToArray(), depth + 1) is not { } part) { parts.Clear(); break; }
                    parts.Add((name, part.Expr));
                    cost += part.Cost + 20;
                }

                if (parts.Count > 0) Consider(new NewObject(parts), cost);
            }

            if (best is null && depth < MostDepth) Index();
            if (best is null && depth < MostDepth) Group();
        }

        // An object whose members hold all items that name them.
        void Group()
        {
            var name = ItemNames[depth];
            foreach (var view in views.Where(IsList).OrderBy(view => view.Cost).Take(30))
            {
                if (!Enumerable.Range(0, wanted.Length).All(i => view.Values[i]!.Items.Count >= wanted[i].Members.Count)) continue;
                var (inner, outerIndex) = Inside(variables, view, name);
                if (outerIndex.Count is 0 or > 200) continue;
                foreach (var key in Views([inner[^1]], 30).Where(key => key.Values.All(value => value is { Kind: JsonKind.Text })))
                {
                    foreach (var single in new[] { false, true })
                    {
                        if (Members(key, outerIndex, single) is not { } values || Solve(inner, values, depth + 1) is not { } body || !UsesName(body.Expr, name)) continue;
                        Consider(new Grouped(view.Expr, name, key.Expr, body.Expr, single), view.Cost + 140 + key.Cost + body.Cost);
                        return;
                    }
                }
            }
        }

        // What each item must give, if its key names the member it went into.
        Json[]? Members(View key, List<int> outerIndex, bool single)
        {
            var values = new Json[outerIndex.Count];
            for (var outer = 0; outer < wanted.Length; outer++)
            {
                var groups = Enumerable.Range(0, outerIndex.Count).Where(i => outerIndex[i] == outer).GroupBy(i => key.Values[i]!.Text, StringComparer.Ordinal).ToList();
                if (groups.Count != wanted[outer].Members.Count) return null;
                foreach (var group in groups)
                {
                    if (wanted[outer].Member(group.Key) is not { } member) return null;
                    var items = group.ToList();
                    if (single && items.Count == 1) values[items[0]] = member;
                    else if (member.Kind != JsonKind.List || member.Items.Count != items.Count) return null;
                    else for (var i = 0; i < items.Count; i++) values[items[i]] = member.Items[i];
                }
            }

            return values;
        }

        // An object whose members are named by the items of a list.
        void Index()
        {
            var name = ItemNames[depth];
            foreach (var view in views.Where(IsList).OrderBy(view => view.Cost).Take(30))
            {
                if (!Enumerable.Range(0, wanted.Length).All(i => view.Values[i]!.Items.Count == wanted[i].Members.Count)) continue;
                if (wanted.Sum(value => value.Members.Count) is 0 or > 200) continue;
                var (inner, outerIndex) = Inside(variables, view, name);
                var offsets = new List<int>();
                for (int i = 0, at = 0; i < wanted.Length; at += wanted[i].Members.Count, i++) offsets.Add(at);
                var keys = outerIndex.Select((outer, at) => Json.Of(wanted[outer].Members[at - offsets[outer]].Key)).ToArray();
                var values = outerIndex.Select((outer, at) => wanted[outer].Members[at - offsets[outer]].Value).ToArray();
                if (Solve(inner, keys, depth + 1) is not { } key || key.Expr is Literal || Solve(inner, values, depth + 1) is not { } body) continue;
                Consider(new Indexed(view.Expr, name, key.Expr, body.Expr), view.Cost + 100 + key.Cost + body.Cost);
                return;
            }
        }
    }

    /// <summary>The list put in order, cut short, turned round, or without what it repeats; those that differ from it.</summary>
    static IEnumerable<View> Derived(View list)
    {
        var value = new Variable("value");
        var steps = new List<(Func<JsonExpr, JsonExpr> Step, int Price)>
        {
            (source => new Ordered(source, "item", new Variable("item"), Descending: false), 60), (source => new Totalled(source, Total.Distinct), 60),
            (source => new Totalled(source, Total.Reversed), 62), (source => new Ordered(source, "item", new Variable("item"), Descending: true), 64),
        };
        for (var count = 1; count <= 5; count++)
        {
            var most = count;
            steps.Add((source => new FirstItems(source, most), 60 + (10 * most)));
        }

        foreach (var (step, price) in steps)
        {
            var values = list.Values.Select(one => step(value).Evaluate(new Scope(null, "value", one!))).ToArray();
            if (Array.Exists(values, one => one is null) || values.Zip(list.Values, (one, other) => one!.Equals(other)).All(same => same)) continue;
            yield return new View(step(list.Expr), values, list.Cost + price);
        }
    }

    (JsonExpr Expr, int Cost)? Map(IReadOnlyList<View> variables, View view, string name, Json[] wanted, int depth)
    {
        if (Enumerable.Range(0, wanted.Length).All(i => view.Values[i]!.Items.Count == wanted[i].Items.Count))
        {
            if (wanted.Sum(value => value.Items.Count) is 0 or > 200) return null;
            var (inner, _) = Inside(variables, view, name);
            var targets = wanted.SelectMany(value => value.Items).ToArray();
            return Solve(inner, targets, depth + 1) is { } body && UsesName(body.Expr, name)
                ? (new Mapped(view.Expr, name, body.Expr, null), view.Cost + 80 + body.Cost) : null;
        }

        return Filter(variables, view, name, wanted);
    }

    /// <summary>Some items of a list, or one member of them: those that pass a test.</summary>
    (JsonExpr Expr, int Cost)? Filter(IReadOnlyList<View> variables, View view, string name, Json[] wanted)
    {
        if (Enumerable.Range(0, wanted.Length).Any(i => view.Values[i]!.Items.Count < wanted[i].Items.Count)) return null;
        var (inner, outerIndex) = Inside(variables, view, name);
        if (outerIndex.Count is 0 or > 200) return null;
        (JsonExpr Expr, int Cost)? best = null;
        var fields = Views([inner[^1]]).ToList();
        foreach (var body in fields.OrderBy(field => field.Cost).Take(24))
        {
            if (Kept(body, wanted, outerIndex) is not { } kept) continue;
            foreach (var (test, cost) in Tests(fields, kept))
            {
                var expr = new Mapped(view.Expr, name, body.Expr, test);
                var total = view.Cost + 120 + body.Cost + cost;
                if ((best is null || total < best.Value.Cost) && GivesExpr(expr, variables, wanted)) best = (expr, total);
            }
        }

        return best;
    }

    /// <summary>Which items were kept, if what was kept tells; null where it cannot be told or nothing was left out.</summary>
    static bool[]? Kept(View body, Json[] wanted, List<int> outerIndex)
    {
        var kept = new bool[outerIndex.Count];
        var at = 0;
        for (var outer = 0; outer < wanted.Length; outer++)
        {
            var next = 0;
            var items = wanted[outer].Items;
            for (; at < outerIndex.Count && outerIndex[at] == outer; at++)
            {
                if (next < items.Count && body.Values[at] is { } value && value.Equals(items[next]))
                {
                    kept[at] = true;
                    next++;
                }
            }

            if (next < items.Count) return null;
        }

        return kept.Contains(false) && kept.Contains(true) ? kept : null;
    }

    static IEnumerable<(ItemTest Test, int Cost)> Tests(List<View> fields, bool[] kept)
    {
        foreach (var field in fields)
        {
            if (field.Values.Any(value => value is null)) continue;
            var inside = field.Values.Where((_, i) => kept[i]).OfType<Json>().Distinct().ToList();
            var outside = field.Values.Where((_, i) => !kept[i]).OfType<Json>().Distinct().ToList();
            if (inside.Count == 1
                && inside[0].Kind is JsonKind.Text or JsonKind.Number or JsonKind.Boolean) yield return (new ItemTest(field.Expr, "==", inside[0]),
                    field.Cost + 40);
            if (outside.Count == 1
                && outside[0].Kind is JsonKind.Text or JsonKind.Number or JsonKind.Boolean) yield return (new ItemTest(field.Expr, "!=", outside[0]),
                    field.Cost + 60);
            if (inside.Concat(outside).All(value => value.Kind == JsonKind.Number))
            {
                var (low, high) = (inside.Min(value => value.Number), inside.Max(value => value.Number));
                var above = outside.Where(value => value.Number > high).Select(value => value.Number).DefaultIfEmpty(double.NaN).Min();
                var below = outside.Where(value => value.Number < low).Select(value => value.Number).DefaultIfEmpty(double.NaN).Max();
                if (double.IsNaN(below)) yield return (new ItemTest(field.Expr, "<=", Threshold(high, above)), field.Cost + 120);
                if (double.IsNaN(above)) yield return (new ItemTest(field.Expr, ">=", Threshold(low, below)), field.Cost + 120);
            }

            if (inside.Concat(outside).All(value => value.Kind == JsonKind.Text) && inside.Count > 1)
            {
                foreach (var word in Steps.CommonPhrases(inside.Select(value => value.Text).ToList()).Where(word => word.Length > 1)
                    .Take(6)) yield return (new ItemTest(field.Expr, "in", Json.Of(word)), field.Cost + 80);
            }

            if (inside.Concat(outside).All(value => value.Kind == JsonKind.List))
            {
                foreach (var member in inside[0].Items.Where(item => inside.TrueForAll(list => list.Items.Contains(item)))
                    .Take(4)) yield return (new ItemTest(field.Expr, "in", member), field.Cost + 80);
            }
        }
    }

    /// <summary>The roundest number between the last that is in and the first that is out.</summary>
    static Json Threshold(double inside, double outside)
    {
        if (double.IsNaN(outside)) outside = inside;
        var (low, high) = (Math.Min(inside, outside), Math.Max(inside, outside));
        foreach (var unit in new[] { 1000d, 100, 50, 10, 5, 1, 0.5, 0.1 })
        {
            var candidate = Math.Ceiling(low / unit) * unit;
            if (candidate > low && candidate < high) return candidate == Math.Floor(candidate) ? Json.OfInteger(candidate) : Json.OfFloat(candidate);
        }

        return inside == Math.Floor(inside) ? Json.OfInteger(inside) : Json.OfFloat(inside);
    }

    static bool UsesName(JsonExpr expr, string name) => expr is Variable variable ? variable.Name == name : expr.Children.Any(child => UsesName(child, name));

    /// <summary>One instance for every item of every instance; the item is the last variable.</summary>
    static (List<View> Variables, List<int> OuterIndex) Inside(IReadOnlyList<View> variables, View view, string name)
    {
        var outerIndex = new List<int>();
        var items = new List<Json>();
        for (var i = 0; i < view.Values.Length; i++)
        {
            foreach (var item in view.Values[i]!.Items)
            {
                outerIndex.Add(i);
                items.Add(item);
            }
        }

        var inner = variables.Select(variable => new View(variable.Expr, outerIndex.Select(i => variable.Values[i]).ToArray(), variable.Cost + 60)).ToList();
        inner.Add(new View(new Variable(name), items.ToArray(), 0));
        return (inner, outerIndex);
    }

    IEnumerable<View> Orders(View view, string name)
    {
        if (!view.Values.All(value => value!.Items.All(item => item.Kind == JsonKind.Object))) yield break;
        var (inner, outerIndex) = Inside([], view, name);
        foreach (var key in Views([inner[^1]]).OrderBy(key => key.Cost).Take(20))
        {
            if (!key.Values.All(value => value is { Kind: JsonKind.Number }) && !key.Values.All(value => value is { Kind: JsonKind.Text })) continue;
            foreach (var descending in new[] { false, true })
            {
                var expr = new Ordered(view.Expr, name, key.Expr, descending);
                var values = new Json?[view.Values.Length];
                for (var i = 0; i < values.Length; i++) values[i] =
                    new Ordered(new Literal(view.Values[i]!), name, key.Expr, descending).Evaluate(new Scope(null, "", Json.Null));
                if (Array.Exists(values, value => value is null) || values.Zip(view.Values, (one, other) => one!.Equals(other)).All(same => same)) continue;
                yield return new View(expr, values, view.Cost + 80 + key.Cost + (descending ? 10 : 0));
            }
        }
    }

    /// <summary>Lists of numbers that are there, and products of two members of each item.</summary>
    IEnumerable<View> NumberLists(IReadOnlyList<View> variables, List<View> views, int depth)
    {
        foreach (var view in views.Where(IsList))
        {
            if (view.Values.All(value => value!.Items.All(item => item.Kind == JsonKind.Number))) yield return view;
            if (!view.Values.All(value => value!.Items.All(item => item.Kind == JsonKind.Object)) || depth >= MostDepth) continue;
            var name = ItemNames[depth];
            var (inner, outerIndex) = Inside([], view, name);
            if (outerIndex.Count is 0 or > 300) continue;
            var numbers = Views([inner[^1]]).Where(field => field.Values.All(value => value is { Kind: JsonKind.Number })).Take(6).ToList();
            for (var i = 0; i < numbers.Count; i++)
            {
                for (var j = i + 1; j < numbers.Count; j++)
                {
                    var expr = new Mapped(view.Expr, name, new Arithmetic(numbers[i].Expr, '*', numbers[j].Expr), null);
                    yield return new View(expr, [], view.Cost + 100 + numbers[i].Cost + numbers[j].Cost);
                }
            }
        }
    }

    IEnumerable<View> Totals(IReadOnlyList<View> variables, List<View> views, int depth)
    {
        var scopes = Scopes(variables);
        foreach (var total in new[] { Total.Sum, Total.Count, Total.Largest, Total.Smallest })
        {
            foreach (var view in NumberLists(variables, views, depth).Concat(total == Total.Count ? views.Where(IsList) : []).Take(20))
            {
                var expr = new Totalled(view.Expr, total);
                var values = scopes.Select(expr.Evaluate).ToArray();
                if (values.All(value => value is not null)) yield return new View(expr, values, view.Cost + 60);
            }
        }
    }

    (JsonExpr Expr, int Cost)? Concatenate(List<View> scalars, Json[] wanted)
    {
        if (wanted.Length > 64) return null;
        var goal = new Goal(wanted.Select(_ => new Inputs(new Dictionary<string, Json>(StringComparer.Ordinal))).ToList(), wanted.Select(value => value.Text)
            .ToList());
        var columns = new List<Column>();
        foreach (var view in scalars)
        {
            var texts = view.Values.Select(value => Printed.Print(value!)).ToArray();
            if (TextPool.IsUseful(texts, goal)) columns.Add(new Column(new JsonText(view.Expr), texts, view.Cost + Prices.Whole));
        }

        var solution = ConcatSearch.Solve(columns, goal, Enumerable.Range(0, wanted.Length).ToList(), [], 1, deadline).FirstOrDefault();
        if (solution is null) return null;
        var parts = solution.Node is Concatenation ? solution.Node.Children : [solution.Node];
        return (new Printed(parts.Select(part => part is Constant constant ? new Literal(Json.Of(constant.Text)) : ((JsonText)part).Expression).ToList()),
            solution.Cost);
    }

    static bool IsList(View view) => view.Values.All(value => value is { Kind: JsonKind.List });

    /// <summary>Names that are found as texts in the input name nothing: they are data.</summary>
    static bool NamesAreData(List<string> names, List<View> views) =>
        names.TrueForAll(name => views.Exists(view => view.Values.Any(value => value is { Kind: JsonKind.Text } && value.Text == name)));

    static bool Gives(Json?[] values, Json[] wanted)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if (values[i] is not { } value || !Same(value, wanted[i])) return false;
        }

        return true;
    }

    public static bool Same(Json value, Json wanted) => value.Kind == JsonKind.Number && wanted.Kind == JsonKind.Number ? Close(value.Number, wanted.Number)
        : value.Equals(wanted);

    static bool GivesExpr(JsonExpr expr, IReadOnlyList<View> variables, Json[] wanted)
    {
        var at = 0;
        foreach (var scope in Scopes(variables))
        {
            if (expr.Evaluate(scope) is not { } value || !Same(value, wanted[at++])) return false;
        }

        return true;
    }

    static IEnumerable<Scope> Scopes(IReadOnlyList<View> variables)
    {
        for (var i = 0; i < variables[0].Values.Length; i++)
        {
            Scope? scope = null;
            foreach (var variable in variables)
            {
                if (variable.Values[i] is { } value) scope = new Scope(scope, ((Variable)variable.Expr).Name, value);
            }

            yield return scope ?? new Scope(null, "", Json.Null);
        }
    }

    static bool Close(double one, double other) => one.Equals(other) || Math.Abs(one - other) <= 1e-9 * Math.Max(Math.Abs(one), Math.Abs(other));

    static double? Compute(double left, char op, double right) => op switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => right == 0 ? null : left / right,
        _ => right <= 0 || left < 0 ? null : left % right,
    };

    /// <summary>What can be reached from the variables by names, positions and collecting from lists.</summary>
    List<View> Views(IReadOnlyList<View> variables, int most = MostViews)
    {
        deadline.Check();
        var views = new List<View>();
        var known = new Dictionary<int, List<View>>();
        var queue = new PriorityQueue<View, (int, int)>();
        var order = 0;
        foreach (var variable in variables) queue.Enqueue(variable, (variable.Cost, order++));
        while (views.Count < most && queue.TryDequeue(out var view, out _))
        {
            if (!IsNew(view)) continue;
            views.Add(view);
            foreach (var next in From(view)) queue.Enqueue(next, (next.Cost, order++));
        }

        return views;

        bool IsNew(View view)
        {
            var hash = view.Values.Aggregate(7, (sum, value) => (sum * 31) + (value?.GetHashCode() ?? 0));
            if (!known.TryGetValue(hash, out var same)) known[hash] = same = [];
            if (same.Exists(other => ((IEnumerable<Json?>)other.Values).SequenceEqual(view.Values))) return false;
            same.Add(view);
            return true;
        }
    }

    static IEnumerable<View> From(View view)
    {
        var values = view.Values;
        if (values.All(value => value is { Kind: JsonKind.Object }))
        {
            foreach (var name in values[0]!.Members.Select(member => member.Key).Where(name => values.All(value => value!.Member(name) is not null)))
                yield return Apply(new Member(view.Expr, name), value => value.Member(name), 20);
            yield return Apply(new Values(view.Expr), value =>
                Json.Of(value.Members.SelectMany(member => member.Value.Kind == JsonKind.List ? member.Value.Items : [member.Value]).ToList()), 150);
            yield return Apply(new Names(view.Expr), value => Json.Of(value.Members.Select(member => Json.Of(member.Key)).ToList()), 150);
        }

        if (view.Cost < 100)
        {
            foreach (var name in values.OfType<Json>().SelectMany(value => DeepNames(value, 0)).Distinct(StringComparer.Ordinal).Take(30))
            {
                var expr = new Descendants(new Variable("value"), name);
                yield return Apply(new Descendants(view.Expr, name), value => expr.Evaluate(new Scope(null, "value", value)), 190);
            }
        }

        if (!values.All(value => value is { Kind: JsonKind.List })) yield break;
        foreach (var index in new[] { 0, -1, 1, 2 })
        {
            if (values.All(value => value!.Items.Count > (index < 0 ? 0 : index)))
                yield return Apply(new Item(view.Expr, index), value => value.Items[index < 0 ? value.Items.Count - 1 : index], index is 0 or -1 ? 50 : 80);
        }

        var items = values.SelectMany(value => value!.Items).ToList();
        foreach (var name in items.SelectMany(item => item.Members).Select(member => member.Key).Distinct(StringComparer.Ordinal).Take(40))
        {
            var flat = items.Select(item => item.Member(name)).OfType<Json>().All(value => value.Kind == JsonKind.List);
            var single = new Collect(new Variable("value"), name, Flat: false);
            yield return Apply(new Collect(view.Expr, name, Flat: false), value => single.Evaluate(new Scope(null, "value", value)), flat ? 45 : 30);
            if (!flat) continue;
            var joined = new Collect(new Variable("value"), name, Flat: true);
            yield return Apply(new Collect(view.Expr, name, Flat: true), value => joined.Evaluate(new Scope(null, "value", value)), 35);
        }

        if (items.Count > 0 && items.TrueForAll(item => item.Kind == JsonKind.List))
            yield return Apply(new Flattened(view.Expr), value => Json.Of(value.Items.SelectMany(item => item.Items).ToList()), 50);

        View Apply(JsonExpr expr, Func<Json, Json?> step, int cost) =>
            new(expr, values.Select(value => value is null ? null : step(value)).ToArray(), view.Cost + cost);
    }

    static IEnumerable<string> DeepNames(Json value, int depth)
    {
        if (depth > 6) yield break;
        foreach (var member in value.Members)
        {
            yield return member.Key;
            foreach (var name in DeepNames(member.Value, depth + 1)) yield return name;
        }

        foreach (var item in value.Items)
        {
            foreach (var name in DeepNames(item, depth + 1)) yield return name;
        }
    }
}

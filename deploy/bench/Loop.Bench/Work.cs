namespace AutoDev.Loop.Bench;

/// <summary>What agents of the bench fail at: tasks that the search by example solves, each time with other cases.</summary>
static class Work
{
    // Of four neighbours no two last names are of one length: examples of one length fit more than one rule, and the search says so.
    static readonly string[] First = ["Ada", "Alan", "Donald", "Radia", "Edsger", "Grace", "Frances", "Dennis", "Ken", "Barbara", "Niklaus", "Katherine"];
    static readonly string[] Last = ["Lovelace", "Turing", "Knuth", "Perlman", "Dijkstra", "Hopper", "Allen", "Ritchie", "Thompson", "Liskov", "Wirth", "Johnson"];

    static readonly (string Task, string Error, Func<Random, int, (object Input, object Answer)> Case)[] Tasks =
    [
        ("Write a customer's name as last name and initial", "ValueError: the directory wants another form of name", (_, i) =>
        {
            var (first, last) = (First[i % First.Length], Last[i % Last.Length]);
            return (new { name = $"{first} {last}" }, $"{last}, {first[0]}.");
        }),
        ("Take the domain out of an e-mail address", "KeyError: the mail server is not known", (random, _) =>
        {
            var domain = $"{Pick(random, Last)}{random.Next(100)}.example".ToLowerInvariant();
            return (new { address = $"{Pick(random, First)}@{domain}".ToLowerInvariant() }, domain);
        }),
        ("Put a product code into capital letters", "LookupError: no such product", (random, _) =>
        {
            var code = $"{Pick(random, Last)[..3]}-{random.Next(1000, 9999)}{(char)('a' + random.Next(26))}".ToLowerInvariant();
            return (new { code }, code.ToUpperInvariant());
        }),
        ("Add up the amounts of an order's lines", "AssertionError: the total does not match the order", (random, _) =>
        {
            var amounts = Enumerable.Range(0, random.Next(2, 6)).Select(_ => random.Next(1, 500)).ToArray();
            return (new { amounts }, amounts.Sum());
        }),
    ];

    /// <summary>Failures of one task: how it is put, and cases with a person's answers.</summary>
    public static (string Task, string Error, IReadOnlyList<(object Input, object Answer)> Cases) Next(int turn, int cases, Random random)
    {
        var task = Tasks[turn % Tasks.Length];
        var first = random.Next(1000);
        return (task.Task, task.Error, [.. Enumerable.Range(first, cases).Select(i => task.Case(random, i))]);
    }

    /// <summary>A skill that can be made faster, under a name of its own.</summary>
    public static string Slow(string function) =>
        $$""""
        def {{function}}(orders: list, customers: list) -> list:
            """Say the name of the customer of each order, or None where nobody knows them; raise TypeError for anything else than two lists of dicts."""
            for rows in (orders, customers):
                if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                    raise TypeError("orders and customers must be lists of dicts")
            names = []
            for order in orders:
                name = None
                for customer in customers:
                    if customer["id"] == order["customer"]:
                        name = customer["name"]
                        break
                names.append(name)
            return names

        """";

    /// <summary>What it is used on.</summary>
    public static object Orders(int seed) => new
    {
        orders = Enumerable.Range(0, 250).Select(i => new { customer = (i * 7 + seed) % 320 }), customers = Enumerable.Range(0, 300).Select(i => new { id = i, name = $"c{i}" }),
    };

    static string Pick(Random random, string[] words) => words[random.Next(words.Length)];
}

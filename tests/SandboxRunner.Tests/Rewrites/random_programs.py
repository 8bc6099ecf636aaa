"""Random functions for the property that no rule changes what a function does. Loops over lists, texts and ranges, conditions, collecting, counting, text,
early returns, nested loops, helpers: what the rules look for, in combinations that nobody thought of."""
import random


class Writer:
    def __init__(self, seed):
        self.draw, self.lines, self.depth, self.names, self.loops = random.Random(seed), [], 1, {"xs": "list", "text": "str", "n": "int"}, []

    def pick(self, *choices):
        return self.draw.choice(choices)

    def line(self, text):
        self.lines.append("    " * self.depth + text)

    def number(self, depth=0):
        ints = [name for name, kind in self.names.items() if kind == "int"]
        choices = [lambda: self.pick(*ints), lambda: self.pick(*ints), lambda: str(self.draw.randint(-2, 5)), lambda: "len(xs)", lambda: "len(text)"]
        if depth < 2:
            choices += [
                lambda: f"{self.number(depth + 1)} {self.pick('+', '-', '*')} {self.number(depth + 1)}",
                lambda: f"{self.number(depth + 1)} % {self.draw.randint(2, 5)}",
                lambda: f"{self.pick('max', 'min')}({self.number(depth + 1)}, {self.number(depth + 1)})",
                lambda: f"abs({self.number(depth + 1)})",
                lambda: "sum(xs)",
                lambda: f"helper({self.number(depth + 1)})",
                lambda: "max(xs, default=0)",
                lambda: f"{self.pick(*ints)} ** 2",
            ]
            if self.loops:
                choices.append(lambda: f"xs[{self.pick(*self.loops)} % len(xs)]")
        return self.draw.choice(choices)()

    def words(self):
        texts = [name for name, kind in self.names.items() if kind == "str"]
        return self.pick(
            self.pick(*texts),
            self.pick(*texts),
            f"str({self.number(1)})",
            "'ab'",
            f"{self.pick(*texts)}.upper()",
            f"{self.pick(*texts)}[::-1]",
            f"'x' + {self.pick(*texts)}[:2]",
        )

    def condition(self):
        lists = [name for name, kind in self.names.items() if kind == "list"]
        return self.pick(
            f"{self.number(1)} {self.pick('<', '>', '==', '!=', '<=', '>=')} {self.number(1)}",
            f"{self.number(1)} % 2 == 0",
            f"{self.number(1)} in {self.pick(*lists)}",
            f"{self.number(1)} in (1, 2, 3, 5)",
            f"{self.words()} == {self.words()}",
            f"{self.number(1)} > 0 and {self.number(1)} % 3 == 1",
            "xs == sorted(xs)",
            f"any(v > {self.number(2)} for v in xs)",
            f"not {self.pick(*lists)}",
            "text == text[::-1]",
            f"'.' not in str({self.number(2)})",
        )

    def fresh(self, kind):
        name = f"{kind[0]}{len(self.names)}"
        self.names[name] = kind
        return name

    def block(self, statements):
        self.depth += 1
        kept, loops = dict(self.names), list(self.loops)
        for _ in range(statements):
            self.statement()
        self.names, self.loops = kept, loops
        self.depth -= 1

    def statement(self):
        kinds = [
            "set",
            "set",
            "add",
            "append",
            "text",
            "if",
            "for",
            "for",
            "count",
            "index",
            "while",
            "return",
            "list",
            "dict",
            "divisor",
            "comprehension",
            "pairs",
        ]
        kind = self.draw.choice(kinds)
        ints = [name for name, k in self.names.items() if k == "int" and name != "n" and name not in self.loops]
        lists = [name for name, k in self.names.items() if k == "list" and name != "xs"]
        texts = [name for name, k in self.names.items() if k == "str" and name != "text"]
        deep = self.depth > 3
        if kind == "add" and ints:
            self.line(f"{self.pick(*ints)} {self.pick('+=', '-=', '=')} {self.number()}")
        elif kind == "append" and lists:
            self.line(f"{self.pick(*lists)}.append({self.number()})")
        elif kind == "text" and texts:
            self.line(f"{self.pick(*texts)} += {self.words()}")
        elif kind == "list":
            name = self.fresh("list")
            self.line(f"{name} = {self.pick('[]', '[]', '[' + self.number(1) + ']', 'list(xs)', 'sorted(xs)', 'xs[::-1]')}")
        elif kind == "comprehension":
            value = self.pick(
                f"[v * {self.number(2)} for v in xs]",
                f"[v for v in xs if v > {self.number(2)}]",
                "list(map(lambda v: v + 1, xs))",
                "list(filter(lambda v: v % 2 == 0, xs))",
                "[v for i, v in enumerate(xs) if i % 2 == 0]",
                "[xs[i] for i in range(len(xs))]",
                f"[{self.number(2)} + 2 * i for i in range(4)]",
                "sorted(list(xs))",
            )
            name = self.fresh("list")
            self.line(f"{name} = {value}")
        elif kind == "dict":
            self.line("counts = {}")
            self.line("for v in xs:")
            self.line("    counts[v] = counts.get(v, 0) + 1")
            name = self.fresh("int")
            self.line(f"{name} = max(counts.values(), default=0)")
        elif kind == "count":
            name = self.fresh("int")
            self.line(f"{name} = 0")
            self.line(f"for v in {self.pick('xs', 'xs', 'range(6)')}:")
            self.line(f"    if v % 2 == {self.draw.randint(0, 1)}:")
            self.line(f"        {name} += {self.pick('1', 'v')}")
        elif kind == "divisor":
            name = self.fresh("int")
            self.line(f"{name} = 0")
            self.line(f"for d in range(2, {self.pick('n', 'n + 1', 'abs(n)', '7')}):")
            self.line("    if n % d == 0:")
            self.line(f"        {self.pick(name + ' = 1', name + ' += d', 'break')}")
        elif kind == "pairs":
            self.line("for i in range(len(xs)):")
            self.line("    for j in range(i + 1, len(xs)):")
            self.line(f"        if xs[i] + xs[j] == {self.pick('0', 'n')}:")
            self.line(f"            {self.pick('return True', 'break')}")
        elif kind == "if" and not deep:
            self.line(f"if {self.condition()}:")
            self.block(self.draw.randint(1, 2))
            if self.draw.random() < 0.5:
                self.line("else:")
                self.block(1)
        elif kind == "for" and not deep:
            variable = self.pick("i", "j", "v", "c")
            over = self.pick("range(len(xs))", "range(5)", "xs", "range(1, len(xs))", "enumerate(xs)", "text")
            self.line(f"for {'k, ' if over.startswith('enum') else ''}{variable} in {over}:")
            had = self.names.get(variable)
            self.names[variable] = "str" if over == "text" else "int"
            self.loops.append(variable) if over.startswith("range(len") else None
            self.block(self.draw.randint(1, 3))
            if had is None and self.draw.random() < 0.8:
                self.names.pop(variable, None)
            elif over == "text" or had is None:
                self.names.pop(variable, None)
        elif kind == "while" and not deep:
            name = self.fresh("int")
            self.line(f"{name} = 0")
            self.line(f"while {name} < {self.pick('5', 'len(xs)', 'n')}:")
            if self.draw.random() < 0.5:
                self.loops.append(name)
            held, self.names[name] = self.names[name], "fixed"
            self.block(self.draw.randint(1, 2))
            self.names[name] = held
            self.line(f"    {name} += 1")
            if name in self.loops:
                self.loops.remove(name)
        elif kind == "return" and self.depth > 1 and self.draw.random() < 0.5:
            self.line(f"return {self.pick(self.number(1), self.words())}")
        elif kind == "index" and texts:
            self.line(f"{self.pick(*texts)} = ''.join([c for c in text if c in 'aeiou'])")
        else:
            value, name = self.number(), self.fresh("int")
            self.line(f"{name} = {value}")

    def function(self):
        self.line("t0 = ''")
        self.names["t0"] = "str"
        self.line("l0 = []")
        self.names["l0"] = "list"
        for _ in range(self.draw.randint(3, 7)):
            self.statement()
        self.line(f"return ({', '.join(sorted(name for name, kind in self.names.items() if kind != 'fixed' and name[0] in 'itlxn'))},)")
        return "def helper(a):\n    return a * a - 1 if a > 2 else a\n\n\ndef f(xs, text, n):\n" + "\n".join(self.lines) + "\n"


def function(seed):
    return Writer(seed).function()


INPUTS = [
    ([], "", 0),
    ([3, 1, 2, 2], "abca", 4),
    ([1], "x", 1),
    ([5, -5, 0, 7, 12], "level", 6),
    ([2, 2, 2], "Hello, World 10", -3),
    (list(range(9)), "aeiou" * 3, 13),
    ([1, 2, 3, 5, 8], "ßé", 9),
]

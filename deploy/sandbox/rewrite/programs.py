"""Whole programs that read standard input and print: how they read, how they write, and that local variables are faster than global ones."""
import ast

from .kinds import is_name
from .patterns import fill, fill_statements
from .rules import rule
from .source import FUNCTIONS, Change, inside, names_in

READ_LINES = '''
def _end_of_input():
    raise EOFError("EOF when reading a line")


def _input_lines():
    """What input() returns, call by call, of a standard input that is read at once; beyond its end it does what input() does."""
    lines = sys.stdin.read().split("\\n")
    if not lines[-1]:
        lines.pop()
    return itertools.chain(lines, iter(_end_of_input, None)).__next__
'''
KEPT_LINES = '''
def _all_lines():
    """What sys.stdin.readline() returns, call by call, of a standard input that is read at once."""
    return itertools.chain(sys.stdin.readlines(), itertools.repeat("")).__next__
'''


def stream_uses(module, stream):
    """Every mention of sys.stdin or sys.stdout."""
    names = {name for name, (origin, what) in module.imported_from.items() if origin == "sys" and what == stream}
    return [
        n
        for n in ast.walk(module.tree)
        if isinstance(n, ast.Attribute) and n.attr in (stream, f"__{stream}__") or isinstance(n, ast.Name) and n.id in names | {stream}
    ]


def reads_otherwise(module):
    """Reads the input by some way that a rule does not know."""
    return (
        any(
            isinstance(n, ast.Call)
            and (
                is_name(n.func, "open")
                or isinstance(n.func, ast.Attribute)
                and n.func.attr in ("read", "fdopen", "FileIO", "mmap")
                and is_name(n.func.value, "os", "io", "mmap")
            )
            and is_reached(module, n)
            for n in ast.walk(module.tree)
        )
        or "fileinput" in module.imported
        or "threading" in module.imported
    )


def is_reached(module, node):
    """Stands where the program comes by, or in a function that is mentioned somewhere."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return any(isinstance(n, ast.Name) and n.id == ancestor.name for n in ast.walk(module.tree))
    return True


@rule("input-read-at-once", "input and output", "reads all of the input at once; input() also writes out what was printed, every time", speculative=True)
def read_at_once(module):
    if module.function is not None or module.is_opaque or reads_otherwise(module) or stream_uses(module, "stdin"):
        return
    uses = [n for n in ast.walk(module.tree) if is_name(n, "input")]
    if (
        not uses
        or any(not isinstance(n.ctx, ast.Load) for n in uses)
        or "input" in {p for s in module.scopes for p in s.parameters}
        or "input" in module.functions
    ):
        return
    if any(
        isinstance(module.parents.get(n), ast.Call) and module.parents[n].func is n and (module.parents[n].args or module.parents[n].keywords) for n in uses
    ):
        return
    change = Change(["itertools", "sys"], [READ_LINES])
    change.to_front.append("input = _input_lines()")
    yield change


@rule("lines-read-at-once", "input and output", "reads all of the input at once instead of line by line", speculative=True)
def readline_at_once(module):
    if module.function is not None or module.is_opaque or reads_otherwise(module):
        return
    uses = stream_uses(module, "stdin")
    places = [module.parents.get(n) for n in uses if not isinstance(module.parents.get(n), ast.alias)]
    if not places or not all(isinstance(p, ast.Attribute) and p.attr == "readline" and isinstance(p.ctx, ast.Load) for p in places):
        return
    if any(isinstance(module.parents.get(p), ast.Call) and module.parents[p].func is p and module.parents[p].args for p in places):
        return
    if any(is_name(n, "input") and isinstance(n.ctx, ast.Load) for n in ast.walk(module.tree)) and not any(
        is_name(n, "input") and not isinstance(n.ctx, ast.Load) for n in module_names(module)
    ):
        return
    change = Change(["itertools", "sys"], [KEPT_LINES])
    change.to_front.append("_readline = _all_lines()")
    for place in places:
        change.replace(place, ast.Name("_readline", ast.Load()))
    yield change


def module_names(module):
    return [n for n in inside(module.tree.body) if isinstance(n, ast.Name)]


@rule("output-written-at-once", "input and output", "collects what is printed and writes it at the end", speculative=True)
def write_at_once(module):
    if module.function is not None or module.is_opaque or stream_uses(module, "stdout") or "threading" in module.imported or "print" in module.star_names:
        return
    if any(
        isinstance(n, ast.Attribute) and (n.attr in ("_exit", "abort", "execv", "system") or n.attr == "write" and is_name(n.value, "os"))
        for n in ast.walk(module.tree)
    ) or stream_uses(module, "stderr"):
        return
    if any(is_name(n, "input") and isinstance(module.parents.get(n), ast.Call) and module.parents[n].args for n in ast.walk(module.tree)):
        return
    uses = [n for n in ast.walk(module.tree) if is_name(n, "print")]
    calls = [module.parents.get(n) for n in uses]
    if not uses or "print" in {p for s in module.scopes for p in s.parameters} or not any(in_loop(module, c) for c in calls):
        return
    change = Change(["sys"])
    for use, call in zip(uses, calls):
        if not isinstance(use.ctx, ast.Load) or not isinstance(call, ast.Call) or call.func is not use:
            return
        text = printed(call)
        if text is None:
            return
        change.replace(call, fill("_write(T)", T=text))
    body = module.tree.body
    head = [s for s in body if isinstance(s, (ast.Import, ast.ImportFrom, *FUNCTIONS, ast.ClassDef))]
    rest = [s for s in body if s not in head]
    if not rest or "_write" in module.all_names:
        return
    position = {id(s): i for i, s in enumerate(body)}
    last_head = max((position[id(s)] for s in head), default=-1)
    first_rest = position[id(rest[0])]
    if last_head > first_rest and any(isinstance(s, (*FUNCTIONS, ast.ClassDef)) for s in body[first_rest:]):
        rest = body[first_rest:]  # functions may be made between other statements: they keep their place
    change.to_front += ["_printed = []", "_write = _printed.append"]
    count = len(body) - position[id(rest[0])]
    run = body[position[id(rest[0])] :]
    yield change.replace_statements(run[0], count, [ast.Try(run, [], [], fill_statements("sys.stdout.write(''.join(_printed))"))])


def in_loop(module, node):
    return any(isinstance(a, (ast.For, ast.While, *FUNCTIONS, ast.Lambda)) for a in module.ancestors(node))


def printed(call):
    """The text that a call of print writes; None where that is not certain."""
    separator, end = " ", "\n"
    for keyword in call.keywords:
        if keyword.arg == "flush" and isinstance(keyword.value, ast.Constant):
            continue
        if keyword.arg not in ("sep", "end") or not isinstance(keyword.value, ast.Constant) or not isinstance(keyword.value.value, (str, type(None))):
            return None
        if keyword.value.value is not None:
            separator, end = (keyword.value.value, end) if keyword.arg == "sep" else (separator, keyword.value.value)
    if any(isinstance(a, ast.Starred) for a in call.args):
        if len(call.args) != 1:
            return None
        return (
            fill("S.join(map(str, X)) + E", S=ast.Constant(separator), X=call.args[0].value, E=ast.Constant(end))
            if end
            else fill("S.join(map(str, X))", S=ast.Constant(separator), X=call.args[0].value)
        )
    if (
        len(call.args) == 1
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, (str, int))
        and not isinstance(call.args[0].value, bool)
    ):
        return ast.Constant(str(call.args[0].value) + end)
    values = []
    for position, argument in enumerate(call.args):
        if position and separator:
            values.append(ast.Constant(separator))
        values.append(ast.FormattedValue(argument, 115, None))
    if end:
        values.append(ast.Constant(end))
    return ast.JoinedStr(values) if values else ast.Constant("")


@rule("main-function", "local variables", "moves the program into a function: its variables are local there, which is faster", speculative=True)
def main_function(module):
    if module.function is not None or module.is_opaque or "main" in module.all_names and "main" in module.functions or "_main" in module.all_names:
        return
    body = module.tree.body
    if not any(isinstance(n, (ast.For, ast.While)) for n in inside(body)):
        return
    kept = independent(module)
    head = [s for s in body if isinstance(s, (ast.Import, ast.ImportFrom)) or s in kept]
    rest = [s for s in body if s not in head]
    if any(isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names) for s in rest for n in ast.walk(s)):
        return
    outer = module.scopes[0]
    imported = set(module.imported) | {n for n in module.imported_from}
    own = {
        n
        for n in outer.bound
        if any(isinstance(m, ast.Name) and m.id == n and not isinstance(m.ctx, ast.Load) for s in rest for m in ast.walk(s))
        or n in {s.name for s in rest if isinstance(s, FUNCTIONS)}
    }
    if own & imported or own & module.star_names and not all(set_first(rest, name) for name in own & module.star_names):
        return
    import builtins

    for name in own:
        if hasattr(builtins, name) and not set_first(rest, name):
            return
    change = Change()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            if not set(node.names) <= own:
                return
            change.replace_statements(node, 1, [ast.Nonlocal(node.names)])
    if any(isinstance(n, ast.Global) for n in inside(rest)):
        return
    made = ast.FunctionDef("_main", ast.arguments([], [], None, [], [], None, []), rest, [], None, None, lineno=1)
    yield change.replace_statements(body[0], len(body), [*head, made, *fill_statements("_main()")])


def independent(module):
    """Functions that use nothing of the program but each other: they stay where they are."""
    outer = module.scopes[0]
    names = [s.name for s in module.tree.body if isinstance(s, (*FUNCTIONS, ast.ClassDef))]
    found = {
        s.name: s
        for s in module.tree.body
        if isinstance(s, FUNCTIONS)
        and names.count(s.name) == 1
        and not s.decorator_list
        and not s.args.defaults
        and not any(isinstance(n, ast.Global) for n in ast.walk(s))
    }
    stored = {n.id for s in module.tree.body for n in inside([s]) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    imported = set(module.imported) | set(module.imported_from)
    while True:
        good = {
            name: s
            for name, s in found.items()
            if name not in stored and not (names_in(s) - set(next(c.bound for c in module.scopes if c.node is s))) & (outer.bound - imported - set(found))
        }
        if len(good) == len(found):
            return list(good.values())
        found = good


def set_first(body, name):
    """The first thing that happens to the name is that it is set, whatever way the program takes."""
    for statement in body:
        if name in names_in(statement) or isinstance(statement, (*FUNCTIONS, ast.ClassDef)) and statement.name == name:
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                return statement.name == name
            if isinstance(statement, ast.Try):
                return set_first(statement.body, name)
            targets = [n for t in getattr(statement, "targets", []) for n in ast.walk(t)]
            return (
                isinstance(statement, ast.Assign) and any(is_name(t, name) for t in targets) and not any(is_name(n, name) for n in ast.walk(statement.value))
            )
    return False

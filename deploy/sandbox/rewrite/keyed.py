"""Finding a row by its key: in a dict that is built once, instead of row by row each time."""
import ast

from .effects import altered_names, is_own_object, is_reading, is_untouched
from .kinds import assigned_values, is_name, is_simple
from .liveness import is_needed_after
from .patterns import fill, fill_statements, match
from .rules import builtin, rule, runs
from .source import COMPREHENSIONS, FUNCTIONS, Change, inside, names_in

BY_KEY = '''
def _by_key(rows, key):
    """The first row for each value of a key; None where going through the rows could do anything else."""
    if type(rows) is not list:
        return None
    found = {}
    for row in rows:
        if type(row) is not dict or key not in row or type(row[key]) is not str and type(row[key]) is not int:
            return None
        found.setdefault(row[key], row)
    return found
'''
IS_KEYED = "i_ and type(W) in (int, str)"
TESTS = ("x_[K] == W", "W == x_[K]", "x_.get(K) == W", "W == x_.get(K)")


@rule("elements-by-key", "membership in set or dict", "finds a row by its key in a dict that is built once", speculative=True)
def by_key(module):
    for scope, block, at, found, _ in runs(module, *(f"for x_ in X:\n    if {test}:\n        BODY" for test in TESTS)):
        loop = block[at]
        body = once(found["BODY"])
        if body is None or loop.orelse or loop.body[0].orelse or is_fallback(module, loop) or is_needed_after(scope, found["x_"].id, loop, 1, block):
            continue
        index, change = prepared(module, scope, loop, found)
        if change is not None:
            yield change.replace_statements(
                loop,
                1,
                fill_statements(
                    f"if {IS_KEYED}:\n    x_ = i_.get(W)\n    if x_ is not None:\n        BODY\nelse:\n    ORIGINAL",
                    {**found, "BODY": body},
                    i_=index,
                    ORIGINAL=[loop],
                ),
            )
    for scope, node in module.sites:
        found = next(filter(None, (match(f"next((x_ for x_ in X if {test}), D)", node) for test in TESTS)), None)
        if found and is_simple(found["D"]) and builtin(scope, "next") and not is_fallback(module, node):
            index, change = prepared(module, scope, node, found)
            if change is not None:
                yield change.replace(node, fill(f"i_.get(W, D) if {IS_KEYED} else O", found, i_=index, O=node))


def is_fallback(module, search):
    """Whether this rule left it for what is in no dict: it would do so again, without end."""
    return any(isinstance(a, (ast.If, ast.IfExp)) and match(IS_KEYED, a.test) is not None for a in module.ancestors(search))


def once(body):
    """What is done with the row, where the search ends with it; None where it goes on."""
    if any(isinstance(n, (ast.Break, ast.Continue)) for n in inside(body[:-1])):
        return None
    if isinstance(body[-1], ast.Break):
        return body[:-1] or [ast.Pass()]
    return body if isinstance(body[-1], (ast.Return, ast.Raise)) else None


def prepared(module, scope, search, found):
    """The name of the dict and the change that builds it, before what searches again and again; None where that cannot be told."""
    rows, key, wanted = found["X"], found["K"], found["W"]
    is_fit = (
        is_name(rows)
        and isinstance(key, ast.Constant)
        and isinstance(key.value, (str, int))
        and (is_simple(wanted) or match("w_[C]", wanted) and isinstance(wanted.slice, ast.Constant))
        and found["x_"].id not in names_in(wanted) | {rows.id}
        and builtin(scope, "type", "int", "str", "list", "dict")
    )
    if not is_fit:
        return None, None
    index = scope.fresh(f"{rows.id}_by_{key.value}" if str(key.value).isidentifier() else f"{rows.id}_by_key")
    build = fill_statements("i_ = _by_key(X, K)", found, i_=index)
    change = Change(helpers=[BY_KEY])
    if rows.id in scope.bound:
        place = repeated(module, scope, search, rows.id)
        if place is not None and not all(is_other(scope, rows.id, altered) for altered in altered_names([place])):
            return None, None
        return index, place and change.replace_statements(place, 1, [*build, place])
    place = kept_outside(module, scope, rows.id)
    return index, place and change.replace_statements(place, 1, [place, *build])


def repeated(module, scope, search, rows):
    """The statement of this function that makes the search again and again while the rows stay the same."""
    outermost, statement = None, None
    for ancestor in module.ancestors(search):
        if isinstance(ancestor, (*FUNCTIONS, ast.Lambda, ast.Module)):
            break
        if isinstance(ancestor, COMPREHENSIONS) and any(rows in names_in(g.target) for g in ancestor.generators):
            return None
        if isinstance(ancestor, (ast.For, ast.While, *COMPREHENSIONS)) and is_untouched(scope, rows, ancestor):
            outermost, statement = ancestor, None
        if outermost is not None and statement is None and isinstance(ancestor, ast.stmt):
            statement = ancestor
    is_plain = isinstance(statement, (ast.For, ast.While, ast.Return, ast.Assign, ast.Expr))
    return statement if is_plain and is_untouched(scope, rows, statement) else None


def is_other(scope, rows, altered):
    """What is altered was made here, and is none of the rows."""
    values = [v for v in assigned_values(scope, rows) if isinstance(v, ast.AST)]
    return altered is not None and is_own_object(scope, altered) and altered not in names_in(values)


def kept_outside(module, scope, rows):
    """The module's statement that sets the rows, where nothing ever changes them."""
    if scope.is_module:
        return None
    uses = [(s, n) for s, n in module.sites if is_name(n, rows)]
    sets = [s for s in module.tree.body if isinstance(s, ast.Assign) and len(s.targets) == 1 and is_name(s.targets[0], rows)]
    is_kept = (
        len(sets) == 1
        and sum(not isinstance(n.ctx, ast.Load) for _, n in uses) == 1
        and all(is_reading(s, n) for s, n in uses if isinstance(n.ctx, ast.Load))
        and not any(rows in other.declared or rows in other.parameters for other in module.scopes)
        and all(is_own_object(other, altered) for other in module.scopes if not other.is_module for altered in altered_names(other.body))
    )
    return sets[0] if is_kept else None

"""Sorting, and not sorting."""
import ast

from .calls import function_of
from .kinds import is_name
from .patterns import fill, match
from .rules import builtin, expressions, rule
from .source import Change

UNIFORM = '''
def _uniform(values, *kinds):
    """Whether it is a list or tuple whose elements are all of exactly one of these types."""
    if type(values) not in (list, tuple):
        return False
    found = set(map(type, values))
    return len(found) == 1 and found.pop() in kinds
'''
IS_SORTED = '''
def _is_sorted(values, before=operator.le):
    """Whether each two neighbours of a list are in order: what comparing it with its sorted copy finds, without the copy."""
    return all(map(before, values, itertools.islice(values, 1, None)))
'''


@rule("key-without-lambda", "builtins for hand loops", "sorts by a function that exists already")
def key_function(module):
    for scope, node in module.sites:
        if not isinstance(node, ast.keyword) and not isinstance(node, ast.Call):
            continue
        for keyword in getattr(node, "keywords", []):
            function = keyword.value
            if keyword.arg != "key" or not isinstance(function, ast.Lambda) or len(function.args.args) != 1 or function.args.defaults:
                continue
            name, body = function.args.args[0].arg, function.body
            made, needs = function_of(scope, body, name), []
            if made is None and isinstance(body, ast.Subscript) and is_name(body.value, name) and isinstance(body.slice, ast.Constant):
                made, needs = fill("operator.itemgetter(I)", I=body.slice), ["operator"]
            bits = match("bin(x_).count('1')", body) or match("bin(x_)[2:].count('1')", body)
            if made is None and bits and bits["x_"].id == name and builtin(scope, "bin", "int"):
                made = fill("int.bit_count")
            if made is not None:
                yield Change(needs).replace(function, made)


@rule("first-of-sorted", "avoiding repeated sorting", "takes the smallest without sorting the rest", speculative=True)
def first_of_sorted(module):
    for scope, node, found in expressions(module, "sorted(X)[0]", "sorted(X, key=K)[0]"):
        if (
            not is_name(found["X"])
            or not builtin(scope, "sorted", "min", "int", "str", "set", "map", "type", "list", "tuple", "len")
            or is_else(module, node)
        ):
            continue
        if "K" in found and not is_total_key(found["K"]):
            continue
        least = fill("min(X, key=K)" if "K" in found else "min(X)", found)
        yield Change(helpers=[UNIFORM]).replace(node, fill("L if _uniform(X, int, str) else O", found, L=least, O=node))


def is_total_key(function):
    """A key without floating point numbers, which may have no order."""
    if isinstance(function, ast.Name):
        return function.id in ("len", "str", "abs")
    allowed = (ast.Name, ast.Constant, ast.Tuple, ast.UnaryOp, ast.USub, ast.Load, ast.Call, ast.Subscript, ast.Slice)
    return isinstance(function, ast.Lambda) and all(
        isinstance(n, allowed) and (not isinstance(n, ast.Call) or is_name(n.func, "len", "set", "abs", "str", "sorted")) for n in ast.walk(function.body)
    )


def is_else(module, node):
    parent = module.parents.get(node)
    return isinstance(parent, ast.IfExp) and parent.orelse is node


@rule("order-without-sorting", "avoiding repeated sorting", "finds whether a list is in order by comparing neighbours", speculative=True)
def is_in_order(module):
    for scope, node, found in expressions(module, "X == sorted(X)", "sorted(X) == X", "X == sorted(X, reverse=True)", "sorted(X, reverse=True) == X"):
        if (
            not is_name(found["X"])
            or not builtin(scope, "sorted", "all", "map", "type", "list", "tuple", "int", "str", "set", "len")
            or is_else(module, node)
        ):
            continue
        order = "_is_sorted(X, operator.ge)" if "reverse" in ast.unparse(node) else "_is_sorted(X)"
        yield Change(["operator", "itertools"], [UNIFORM, IS_SORTED]).replace(
            node, fill(f"{order} if type(X) is list and _uniform(X, int, str) else O", found, O=node)
        )
    for scope, node, found in expressions(
        module,
        "all(X[i_ - 1] <= X[i_] for i_ in range(1, len(X)))",
        "all(X[i_] <= X[i_ + 1] for i_ in range(len(X) - 1))",
        "all([X[i_ - 1] <= X[i_] for i_ in range(1, len(X))])",
        "all([X[i_] <= X[i_ + 1] for i_ in range(len(X) - 1)])",
    ):
        if is_name(found["X"]) and builtin(scope, "all", "len", "range", "map", "type", "list") and not is_else(module, node):
            yield Change(["operator", "itertools"], [IS_SORTED]).replace(node, fill("_is_sorted(X) if type(X) is list else O", found, O=node))

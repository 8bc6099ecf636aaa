"""Loops that add up, multiply or look for the greatest, as calls of builtins."""
import ast

from .effects import is_pure
from .kinds import assigned_values, is_iterator, is_name, is_simple, kind, kind_of_element
from .liveness import is_in_handled_try, is_needed_after, is_used_elsewhere
from .patterns import fill, fill_statements
from .rules import builtin, expressions, rule, runs
from .sequences import already_guarded
from .source import Change, names_in, stored_in

PRODUCT = '''
def _product(numbers, start):
    """The product of a list. Large ints are multiplied in a balanced tree, so that the factors of each step are of a size; anything else from left to right."""
    if type(start) is int and set(map(type, numbers)) == {int}:
        if 0 in numbers:
            return 0
        while len(numbers) > 8:
            numbers = [math.prod(numbers[i:i + 8]) for i in range(0, len(numbers), 8)]
    return math.prod(numbers, start=start)
'''


@rule("product-from-the-library", "builtins for hand loops", "multiplies a whole list in one call, large ints in a balanced tree", speculative=True)
def product(module):
    for scope, block, at, found, count in runs(module, "for x_ in X:\n    p_ *= x_", "for x_ in X:\n    p_ = p_ * x_"):
        if (
            block[at].orelse
            or is_needed_after(scope, found["x_"].id, block[at], 1, block)
            or found["p_"].id in names_in(found["X"])
            or found["p_"].id == found["x_"].id
        ):
            continue
        starts = [v for v in assigned_values(scope, found["p_"].id) if not isinstance(v, ast.BinOp)]
        if not starts or not all(isinstance(v, ast.Constant) and type(v.value) in (int, float) for v in starts) or is_in_handled_try(module, block[at]):
            continue
        if not builtin(scope, "list", "type", "int", "set", "map", "len", "range") or is_used_elsewhere(scope, found["p_"].id):
            continue
        yield Change(["math"]).replace_statements(block[at], 1, fill_statements("p_ = math.prod(X, start=p_)", found))
        yield Change(["math"], [PRODUCT]).replace_statements(block[at], 1, fill_statements("p_ = _product(list(X), p_)", found))


@rule("sum-from-the-library", "builtins for hand loops", "adds up in one call", speculative=True)
def total(module):
    for scope, block, at, found, count in runs(module, "for x_ in X:\n    t_ += x_"):
        if (
            block[at].orelse
            or is_needed_after(scope, found["x_"].id, block[at], 1, block)
            or found["t_"].id in names_in(found["X"])
            or not builtin(scope, "sum", "set", "map", "type", "int", "list")
        ):
            continue
        if kind(scope, found["t_"]) == "str" or kind_of_element(scope, found["X"]) == "str":
            continue
        if is_in_handled_try(module, block[at]) or is_used_elsewhere(scope, found["t_"].id):
            continue
        if kind(scope, found["t_"]) == "int" and (kind(scope, found["X"]) == "range" or kind_of_element(scope, found["X"]) == "int"):
            yield Change().replace_statements(block[at], 1, fill_statements("t_ += sum(X)", found))
        elif is_name(found["X"]) and not already_guarded(module, block[at]):
            yield Change().replace_statements(
                block[at],
                1,
                fill_statements(
                    "if type(t_) is int and type(X) is list and set(map(type, X)) == {int}:\n    t_ += sum(X)\nelse:\n    ORIGINAL",
                    found,
                    ORIGINAL=[block[at]],
                ),
            )


@rule("loop-for-each-total", "builtins for hand loops", "adds up and multiplies in a loop of their own each, which a builtin can do", speculative=True)
def split(module):
    for scope, block in module.blocks:
        for at, loop in enumerate(block):
            if (
                not isinstance(loop, ast.For)
                or loop.orelse
                or len(loop.body) < 2
                or not is_name(loop.target)
                or not (is_name(loop.iter) or kind(scope, loop.iter) == "range")
            ):
                continue
            if (
                is_name(loop.iter)
                and loop.iter.id in stored_in(loop)
                or is_iterator(scope, loop.iter)
                or is_in_handled_try(module, loop)
                or any(is_used_elsewhere(scope, s.target.id) for s in loop.body if isinstance(s, ast.AugAssign) and is_name(s.target))
            ):
                continue
            if not all(isinstance(s, ast.AugAssign) and is_name(s.target) and is_simple(s.value) for s in loop.body):
                continue
            names = [s.target.id for s in loop.body]
            if len(set(names)) != len(names) or any(set(names) & names_in(s.value) for s in loop.body) or loop.target.id in names:
                continue
            if is_name(loop.iter) and kind(scope, loop.iter) not in ("list", "str", "tuple") and loop.iter.id not in scope.parameters:
                continue
            yield Change().replace_statements(loop, 1, [ast.For(loop.target, loop.iter, [s], [], None, lineno=1) for s in loop.body])


@rule("greatest-of-a-loop", "builtins for hand loops", "finds the greatest or smallest of a loop in one call")
def greatest(module):
    for sign, name in ((">", "max"), ("<", "min")):
        for scope, block, at, found, count in runs(
            module,
            f"for v_ in X:\n    if v_ {sign} m_:\n        m_ = v_",
            f"for v_ in X:\n    m_ = {name}(m_, v_)",
            f"for i_ in range(len(X)):\n    if X[i_] {sign} m_:\n        m_ = X[i_]",
            f"for v_ in X:\n    if E {sign} m_:\n        m_ = E",
            f"for v_ in X:\n    m_ = {name}(m_, E)",
        ):
            loop = block[at]
            element = found.get("E", found.get("v_"))
            if (
                loop.orelse
                or not builtin(scope, name)
                or is_in_handled_try(module, loop)
                or is_used_elsewhere(scope, found["m_"].id)
                or found["m_"].id in names_in(found["X"]) | (names_in(element) if element is not None else set())
            ):
                continue
            if is_needed_after(scope, found.get("v_", found.get("i_")).id, loop, 1, block) or "E" in found and not is_pure(scope, element):
                continue
            if "i_" in found:
                if kind(scope, found["X"]) not in ("list", "str", "tuple"):
                    continue
                values = found["X"]
            else:
                values = found["X"] if "E" not in found else fill("[E for v_ in X]", found)
            yield Change(["itertools"]).replace_statements(loop, 1, fill_statements(f"m_ = {name}(itertools.chain((m_,), V))", found, V=values))


@rule("sum-of-a-range", "numbers", "the sum of a range has a formula")
def range_sum(module):
    for scope, node, found in expressions(module, "sum(range(N))", "sum(range(A, N))"):
        first = found.get("A", ast.Constant(0))
        if not builtin(scope, "sum", "range", "max") or not is_pure(scope, found["N"]) or not is_simple(first):
            continue
        if all(kind(scope, n) == "int" for n in (first, found["N"])):
            found["A"] = first
            yield Change().replace(node, fill("(A + N - 1) * max(N - A, 0) // 2", found))

"""Searches for pairs and triples, and for the smallest and the largest again and again: by sorting or by a set."""
import ast
import copy

from .effects import is_pure, is_untouched
from .kinds import is_name, is_simple, kind
from .liveness import is_needed_after
from .ordering import UNIFORM
from .patterns import Filler, fill_statements, match
from .rules import builtin, rule, runs
from .source import Change, names_in
from .whole_lists import already


@rule("each-pair-once", "early exit", "looks at each pair once where both orders give the same", speculative=True)
def each_pair(module):
    for scope, block, at, found, count in runs(
        module, "for i_, a_ in enumerate(X):\n    for j_, b_ in enumerate(X):\n        if i_ != j_:\n            BODY"
    ):
        loop, inner = block[at], block[at].body[0]
        body = found["BODY"]
        if (
            loop.orelse
            or inner.orelse
            or not is_name(found["X"])
            or {found["i_"].id, found["j_"].id} & (names_in(body))
            or not is_untouched(scope, found["X"].id, loop.body)
        ):
            continue
        if not is_symmetric(scope, body, found["a_"].id, found["b_"].id) or not builtin(scope, "enumerate", "range", "len", "type", "list"):
            continue
        for name in ("i_", "j_", "a_", "b_"):
            if is_needed_after(scope, found[name].id, loop, 1, block):
                break
        else:
            if not already_else(module, loop):
                fast = fill_statements(
                    "if type(X) is list:\n    for i_, a_ in enumerate(X):\n        for b_ in X[i_ + 1:]:\n            BODY\nelse:\n    ORIGINAL",
                    found,
                    ORIGINAL=[loop],
                )
                yield Change().replace_statements(loop, 1, fast)


def already_else(module, statement):
    parent = module.parents.get(statement)
    return isinstance(parent, ast.If) and statement in parent.orelse


def is_symmetric(scope, body, a, b):
    """A condition in which the two may change places, and then a return of a constant."""
    rest = list(body)
    names = {}
    while rest and isinstance(rest[0], ast.Assign) and len(rest[0].targets) == 1 and is_name(rest[0].targets[0]):
        first = rest.pop(0)
        names[first.targets[0].id] = first.value
    if len(rest) != 1 or not isinstance(rest[0], ast.If) or rest[0].orelse or len(rest[0].body) != 1 or not isinstance(rest[0].body[0], ast.Return):
        return False
    if rest[0].body[0].value is not None and not isinstance(rest[0].body[0].value, ast.Constant):
        return False

    test = Filler(names).visit(copy.deepcopy(rest[0].test))
    uses = [n for n in ast.walk(test) if is_name(n, a, b)]
    inner = [n for n in ast.walk(test) if match("abs(A - B)", n) or isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Add, ast.Mult))]
    good = [
        n
        for n in inner
        for left, right in [(n.args[0].left, n.args[0].right) if isinstance(n, ast.Call) else (n.left, n.right)]
        if {getattr(left, "id", ""), getattr(right, "id", "")} == {a, b}
    ]
    return len(uses) == 2 and len(good) == 1 and is_pure(scope, test)


@rule("pairs-by-sorting", "early exit", "after sorting, the two closest values are neighbours", speculative=True)
def closest(module):
    body = "distance_ = abs(a_ - b_)\n            if distance_ < T:\n                return True"
    shapes = [
        f"for i_, a_ in enumerate(X):\n    for j_, b_ in enumerate(X):\n        if i_ != j_:\n            {body}\nreturn False",
        "for i_, a_ in enumerate(X):\n    for j_, b_ in enumerate(X):\n        if i_ != j_ and abs(a_ - b_) < T:\n            return True\nreturn False",
        "for i_ in range(len(X)):\n    for j_ in range(i_ + 1, len(X)):\n        if abs(X[i_] - X[j_]) < T:\n            return True\nreturn False",
    ]
    for scope, block, at, found, count in runs(module, *shapes):
        if (
            not is_name(found["X"])
            or not is_simple(found["T"])
            or already(module, block[at])
            or not builtin(scope, "type", "sorted", "any", "zip", "all", "map", "set", "int", "float", "list", "tuple")
        ):
            continue
        values = scope.fresh("in_order")
        # Rounding keeps the order, so that no two others can be closer than neighbours; a value that is not equal to itself has no order.
        text = (
            "if _uniform(X, int, float) and type(T) in (int, float) and all(v_ == v_ and abs(v_) != math.inf for v_ in X):\n    s_ = sorted(X)\n"
            "    return any([b_ - a_ < T for a_, b_ in zip(s_, s_[1:])])"
        )
        yield Change(["math"], [UNIFORM]).replace_statements(
            block[at],
            1,
            [*fill_statements(text, {"X": found["X"], "T": found["T"]}, s_=values, v_=scope.fresh("v"), a_=scope.fresh("a"), b_=scope.fresh("b")), block[at]],
        )


@rule("pair-by-its-sum", "membership in set or dict", "looks the other half of a sum up in a set", speculative=True)
def pair_sum(module):
    shapes = [
        "for i_, a_ in enumerate(X):\n    for j_ in range(i_ + 1, len(X)):\n        if a_ + X[j_] == T:\n            return True\nreturn False",
        "for i_ in range(len(X)):\n    for j_ in range(i_ + 1, len(X)):\n        if X[i_] + X[j_] == T:\n            return True\nreturn False",
        "for i_ in range(0, len(X)):\n    for j_ in range(i_ + 1, len(X)):\n        if X[i_] + X[j_] == T:\n            return True\nreturn False",
        "for i_ in range(len(X) - 1):\n    for j_ in range(i_ + 1, len(X)):\n        if X[i_] + X[j_] == T:\n            return True\nreturn False",
        "for i_, a_ in enumerate(X):\n    for j_, b_ in enumerate(X):\n        if i_ != j_ and a_ + b_ == T:\n            return True\nreturn False",
        "for i_, a_ in enumerate(X):\n    for j_, b_ in enumerate(X):\n        if i_ != j_:\n            if a_ + b_ == T:\n"
        "                return True\nreturn False",
    ]
    for scope, block, at, found, count in runs(module, *shapes):
        if (
            not is_name(found["X"])
            or not is_simple(found["T"])
            or already(module, block[at])
            or not builtin(scope, "type", "set", "map", "int", "list", "tuple")
        ):
            continue
        text = (
            "if _uniform(X, int) and type(T) is int:\n    s_ = set()\n    for v_ in X:\n        if T - v_ in s_:\n            return True\n"
            "        s_.add(v_)\n    return False"
        )
        yield Change([], [UNIFORM]).replace_statements(
            block[at], 1, [*fill_statements(text, {"X": found["X"], "T": found["T"]}, s_=scope.fresh("seen"), v_=scope.fresh("value")), block[at]]
        )


@rule("three-by-their-sum", "membership in set or dict", "looks the third of a sum up in a set", speculative=True)
def triple_sum(module):
    shape = (
        "for i_ in range({0}):\n    for j_ in range(i_ + 1, {1}):\n        for k_ in range(j_ + 1, len(X)):\n"
        "            if X[i_] + X[j_] + X[k_] == T:\n                return True\nreturn False"
    )
    for scope, block, at, found, count in runs(module, shape.format("len(X)", "len(X)"), shape.format("len(X) - 2", "len(X) - 1")):
        if (
            not is_name(found["X"])
            or not is_simple(found["T"])
            or already(module, block[at])
            or not builtin(scope, "type", "set", "map", "int", "list", "tuple", "enumerate", "len")
        ):
            continue
        text = (
            "if _uniform(X, int) and type(T) is int:\n    for n_, v_ in enumerate(X):\n        s_ = set()\n        for w_ in X[n_ + 1:]:\n"
            "            if T - v_ - w_ in s_:\n"
            "                return True\n            s_.add(w_)\n    return False"
        )
        names = {f"{letter}_": scope.fresh(word) for letter, word in (("s", "seen"), ("v", "value"), ("w", "other"), ("n", "number"))}
        yield Change([], [UNIFORM]).replace_statements(block[at], 1, [*fill_statements(text, {"X": found["X"], "T": found["T"]}, **names), block[at]])


@rule("take-from-both-ends", "avoiding repeated sorting", "sorts once instead of looking for the smallest and the largest again and again", speculative=True)
def both_ends(module):
    shapes = [
        "while X:\n    r_.append(min(X) if f_ else max(X))\n    X.remove(r_[-1])\n    f_ = not f_",
        "while X:\n    if f_:\n        r_.append(min(X))\n        X.remove(min(X))\n    else:\n        r_.append(max(X))\n        X.remove(max(X))\n"
        "    f_ = not f_",
    ]
    for scope, block, at, found, count in runs(module, *shapes):
        loop = block[at]
        if (
            loop.orelse
            or not is_name(found["X"])
            or kind(scope, found["r_"]) != "list"
            or not builtin(scope, "min", "max", "sorted", "len", "type", "list", "tuple", "int", "str", "set", "map")
        ):
            continue
        if already_before(module, loop) or found["X"].id == found["r_"].id or kind(scope, found["f_"]) != "bool":
            continue
        text = (
            "if type(X) is list and _uniform(X, int, str):\n    s_ = sorted(X)\n    low_, high_ = 0, len(s_)\n    while low_ < high_:\n"
            "        if f_:\n            r_.append(s_[low_])\n            low_ += 1\n"
            "        else:\n            high_ -= 1\n            r_.append(s_[high_])\n        f_ = not f_\n    X.clear()"
        )
        yield Change([], [UNIFORM]).replace_statements(
            loop, 1, [*fill_statements(text, found, s_=scope.fresh("in_order"), low_=scope.fresh("low"), high_=scope.fresh("high")), loop]
        )
    for scope, block, at, found, count in runs(
        module,
        "while X:\n    m_ = min(X)\n    X.remove(m_)\n    r_.append(m_)",
        "while X:\n    m_ = min(X)\n    r_.append(m_)\n    X.remove(m_)",
        "while len(X) > 0:\n    m_ = min(X)\n    r_.append(m_)\n    X.remove(m_)",
        "while X:\n    r_.append(min(X))\n    X.remove(min(X))",
    ):
        if (
            not is_name(found["X"])
            or kind(scope, found["r_"]) != "list"
            or already_before(module, block[at])
            or found["X"].id == found["r_"].id
            or block[at].orelse
        ):
            continue
        if (
            "m_" in found
            and is_needed_after(scope, found["m_"].id, block[at], 1, block)
            or not builtin(scope, "min", "sorted", "type", "list", "tuple", "int", "str", "set", "map")
        ):
            continue
        yield Change([], [UNIFORM]).replace_statements(
            block[at], 1, [*fill_statements("if type(X) is list and _uniform(X, int, str):\n    r_ += sorted(X)\n    X.clear()", found), block[at]]
        )


def already_before(module, statement):
    for _, block in module.blocks:
        for before, after in zip(block, block[1:]):
            if after is statement:
                return isinstance(before, ast.If) and "_uniform(" in ast.unparse(before.test)
    return False

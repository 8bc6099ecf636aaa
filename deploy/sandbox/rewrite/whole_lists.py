"""Loops that compare element by element, as comparisons of whole lists."""
import ast

from .kinds import is_name, kind
from .ordering import UNIFORM
from .patterns import fill, fill_statements
from .rules import builtin, expressions, rule, runs
from .source import Change


@rule("whole-lists-compared", "builtins for hand loops", "compares two lists at once", speculative=True)
def compare_lists(module):
    for scope, block, at, found, count in runs(module, "for i_ in range(len(X)):\n    if A[i_] != B[i_]:\n        return False\nreturn True"):
        a, b = found["A"], found["B"]
        if (
            not all(map(is_name, (found["X"], a, b)))
            or not builtin(scope, "range", "len", "type", "list", "tuple", "set", "map", "int", "str")
            or already(module, block[at])
        ):
            continue
        yield Change([], [UNIFORM]).replace_statements(
            block[at],
            1,
            [
                *fill_statements(
                    "if type(A) is list and type(B) is list and len(A) == len(B) == len(X) and _uniform(A, int, str) and _uniform(B, int, str):\n"
                    "    return A == B",
                    found,
                ),
                block[at],
            ],
        )


def already(module, statement):
    """The statement before is the fast way already."""
    for _, block in module.blocks:
        for before, after in zip(block, block[1:]):
            if after is statement:
                return (
                    isinstance(before, ast.If) and not before.orelse and isinstance(before.body[-1], ast.Return) and "_uniform(" in ast.unparse(before.test)
                )
    return False


@rule("palindrome-by-reversal", "builtins for hand loops", "compares with the reversed list instead of two indices that meet", speculative=True)
def two_pointers(module):
    shapes = [
        "i_, j_ = (0, len(X) - 1)\nwhile i_ < j_:\n    if X[i_] != X[j_]:\n        return False\n    i_ += 1\n    j_ -= 1\nreturn True",
        "i_ = 0\nj_ = len(X) - 1\nwhile i_ < j_:\n    if X[i_] != X[j_]:\n        return False\n    i_ += 1\n    j_ -= 1\nreturn True",
        "for i_ in range(len(X) // 2):\n    if X[i_] != X[len(X) - 1 - i_]:\n        return False\nreturn True",
        "for i_ in range(len(X) // 2):\n    if X[i_] != X[-i_ - 1]:\n        return False\nreturn True",
        "for i_ in range(len(X) // 2):\n    if X[i_] != X[len(X) - i_ - 1]:\n        return False\nreturn True",
        "for i_ in range(len(X)):\n    if X[i_] != X[len(X) - 1 - i_]:\n        return False\nreturn True",
    ]
    for scope, block, at, found, count in runs(module, *shapes):
        if not is_name(found["X"]) or not builtin(scope, "len", "type", "list", "str", "tuple", "set", "map", "int") or already(module, block[at]):
            continue
        # Where the first of each two is an int or a text, being the same and being equal is one.
        text = "h_ = X[:len(X) // 2] if type(X) in (list, str) else None\nif type(h_) is str or _uniform(h_, int, str):\n    return h_ == X[:-len(h_) - 1:-1]"
        yield Change([], [UNIFORM]).replace_statements(block[at], 1, [*fill_statements(text, found, h_=scope.fresh("half")), block[at]])
    for scope, node, found in expressions(
        module,
        "all(X[i_] == X[-i_ - 1] for i_ in range(len(X) // 2))",
        "all(X[i_] == X[len(X) - 1 - i_] for i_ in range(len(X) // 2))",
        "all(X[i_] == X[-1 - i_] for i_ in range(len(X) // 2))",
    ):
        if is_name(found["X"]) and builtin(scope, "all", "range", "len", "type", "str"):
            if kind(scope, found["X"]) == "str":
                yield Change().replace(node, fill("X == X[::-1]", found))
            elif not isinstance(module.parents.get(node), ast.IfExp):
                yield Change().replace(node, fill("X == X[::-1] if type(X) is str else O", found, O=node))

"""Numbers: powers, bits, remainders, greatest common divisors."""
import ast

from .kinds import is_name, is_simple, kind
from .ordering import is_else
from .patterns import fill, fill_statements, match_statements
from .rules import builtin, expressions, rule, runs
from .source import Change


@rule("bits-counted-by-int", "bit tricks", "counts the bits of a number without its text")
def bit_count(module):
    for scope, node, found in expressions(module, "bin(X)[2:].count('1')", "bin(X).count('1')"):
        if builtin(scope, "bin") and kind(scope, found["X"]) in ("int", "bool"):
            yield Change().replace(node, fill("X.bit_count()" if is_name(found["X"]) else "(X).bit_count()", found))


@rule("power-within-the-modulus", "numbers", "raises to a power within the modulus, so that numbers stay small", speculative=True)
def modular_power(module):
    for scope, node, found in expressions(
        module, "(A + X ** Y) % M", "X ** Y % M", "(X ** Y + A) % M", "A * X ** Y % M", "X ** Y * A % M", "(A - X ** Y) % M"
    ):
        powers = [n for n in ast.walk(node) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
        if (
            builtin(scope, "pow", "type", "int")
            and is_simple(found["Y"])
            and kind(scope, found["M"]) == "int"
            and is_simple(found["X"])
            and kind(scope, found["X"]) == "int"
            and not is_else(module, powers[0])
        ):
            yield Change().replace(powers[0], fill("pow(X, Y, M) if type(Y) is int and Y >= 0 and M != 0 else O", found, O=powers[0]))
    for scope, block, at, found, count in runs(module, "a_ += X ** Y\na_ %= M"):
        power = block[at].value
        if (
            builtin(scope, "pow", "type", "int")
            and is_simple(found["Y"])
            and kind(scope, found["M"]) == "int"
            and kind(scope, found["X"]) == "int"
            and is_simple(found["X"])
        ):
            yield Change().replace(power, fill("pow(X, Y, M) if type(Y) is int and Y >= 0 and M != 0 else O", found, O=power))


@rule("square-by-multiplication", "numbers", "multiplies instead of raising to the second or third power")
def square(module):
    for scope, node, found in expressions(module, "x_ ** 2", "x_ ** 3"):
        if kind(scope, found["x_"]) == "int":
            yield Change().replace(node, fill("x_ * x_" if node.right.value == 2 else "x_ * x_ * x_", found))


@rule("remainder-by-mask", "bit tricks", "tells odd from even by the last bit")
def parity(module):
    for scope, node, found in expressions(module, "X % 2 == 0", "X % 2 == 1", "X % 2 != 0"):
        if kind(scope, found["X"]) == "int":
            yield Change().replace(
                node,
                fill("not X & 1" if isinstance(node.ops[0], ast.Eq) and node.comparators[0].value == 0 else "X & 1 == 1", found),
            )


@rule("gcd-from-the-library", "builtins for hand loops", "Euclid's algorithm is in the library", speculative=True)
def gcd(module):
    for scope in module.scopes:
        if scope.is_module or scope.node.decorator_list:
            continue
        body = scope.node.body
        start = 1 if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0

        for pattern in (
            "while b_:\n    a_, b_ = b_, a_ % b_\nreturn a_",
            "while b_ != 0:\n    a_, b_ = b_, a_ % b_\nreturn a_",
            "while b_ > 0:\n    a_, b_ = b_, a_ % b_\nreturn a_",
        ):
            matched = match_statements(pattern, body, start)
            if matched and scope.parameters == [matched[0]["a_"].id, matched[0]["b_"].id] and builtin(scope, "type", "int"):
                found = matched[0]
                yield Change(["math"]).replace_statements(
                    body[start],
                    matched[1],
                    [
                        *fill_statements("if type(a_) is int and type(b_) is int and a_ >= 0 and b_ >= 0:\n    return math.gcd(a_, b_)", found),
                        *body[start : start + matched[1]],
                    ],
                )
                break

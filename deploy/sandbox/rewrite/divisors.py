"""Searching for divisors: not further than the square root, and not through multiples of what was tried."""
import ast

from .effects import is_pure
from .kinds import is_name, is_simple, kind
from .liveness import is_needed_after
from .source import names_in
from .patterns import fill, fill_statements, match, match_statements, same
from .rules import builtin, rule, runs
from .source import Change, inside, stored_in

HAS_DIVISOR = '''
def _has_divisor(number, stop):
    """Whether a number from 2 to below stop divides an int. The smallest that does is a prime, and where stop is not beyond the number not above its root."""
    if 0 < number >= stop:
        stop = min(stop, math.isqrt(number) + 1)
    if stop > 2 and number % 2 == 0 or stop > 3 and number % 3 == 0:
        return True
    for candidate in range(5, stop, 6):
        if number % candidate == 0:
            return True
        if candidate + 2 < stop and number % (candidate + 2) == 0:
            return True
    return False
'''
DIVISORS = '''
def _divisors(number, start, stop):
    """The divisors of a positive int from start to below stop, in order: they come in pairs, one of which is not above the root."""
    if number < 1 or start < 1:
        return [candidate for candidate in range(start, stop) if number % candidate == 0]
    low = [candidate for candidate in range(1, math.isqrt(number) + 1) if number % candidate == 0]
    return [d for d in low + [number // d for d in reversed(low) if d * d != number] if start <= d < stop]
'''


def is_int(scope, *nodes):
    """A test that these are ints, for those of which the code does not say; None where none is needed."""
    tests = []
    for node in nodes:
        if kind(scope, node) != "int" and not (isinstance(node, ast.Constant) and type(node.value) is int):
            test = fill("type(V) is int", V=node)
            if not any(same(test, t) for t in tests):
                tests.append(test)
    return None if not tests else tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)


def guarded(scope, numbers, fast, original):
    test = is_int(scope, *numbers)
    return fast if test is None else [ast.If(test, fast, original)]


@rule("divisor-search", "early exit", "looks for a divisor among small candidates only", speculative=True)
def has_divisor(module):
    for scope, block in module.blocks:
        for at, loop in enumerate(block):
            if not isinstance(loop, ast.For) or not is_name(loop.target):
                continue
            bounds = match("range(2, E)", loop.iter)
            if not bounds or not builtin(scope, "range", "type", "int", "min"):
                continue
            name, stop = loop.target.id, bounds["E"]
            for pattern in ("if N % i_ == 0:\n    BODY", "if not N % i_:\n    BODY", "if N % i_ == 0:\n    BODY\nelse:\n    pass"):
                found = match_statements(pattern, loop.body)
                if found and found[1] == len(loop.body) and found[0]["i_"].id == name:
                    break
            else:
                continue
            found = found[0]
            body, number = found["BODY"], found["N"]
            if name in names_in(body) or name in names_in(number) | names_in(stop) or not is_pure(scope, number) or not is_pure(scope, stop):
                continue
            if is_needed_after(scope, name, loop, 1, block) or not (is_simple(number) or isinstance(number, ast.Call)) or contains_call(scope, loop):
                continue
            body = list(body)
            while len(body) > 1 and isinstance(body[0], ast.Return):
                body = body[:1]
            leaves = (
                isinstance(body[-1], ast.Return)
                or isinstance(body[-1], ast.Break)
                and len(body) > 1
                and all(is_constant_assignment(s) for s in body[:-1])
                or isinstance(body[-1], ast.Break)
                and len(body) == 1
            )
            sets = all(is_constant_assignment(s) for s in body)
            if not leaves and not sets or sets and loop.orelse or isinstance(body[-1], ast.Return) and len(body) > 1:
                continue
            if leaves and isinstance(body[-1], ast.Return) and body[-1].value is not None and not is_pure(scope, body[-1].value):
                continue
            kept = body[:-1] if isinstance(body[-1], ast.Break) else body
            fast = (
                fill_statements("if _has_divisor(N, E):\n    BODY\nelse:\n    REST", N=number, E=stop, BODY=kept or [ast.Pass()], REST=loop.orelse)
                if loop.orelse
                else fill_statements("if _has_divisor(N, E):\n    BODY", N=number, E=stop, BODY=kept or [ast.Pass()])
            )
            if in_else_of_guard(module, loop):
                continue
            yield Change(["math"], [HAS_DIVISOR]).replace_statements(
                loop, 1, guarded(scope, [number, *(n for n in [stop] if is_simple(n)), *inner_numbers(scope, stop)], fast, [loop])
            )


def inner_numbers(scope, stop):
    return [
        ast.Name(n, ast.Load())
        for n in sorted(names_in(stop))
        if not scope.is_builtin(n)
        and n not in scope.module.imported
        and n not in scope.module.star_names
        and kind(scope, ast.Name(n, ast.Load())) is None
        and not is_called(stop, n)
        and not is_simple(stop)
        and not is_measured(stop, n)
        and not is_module_here(scope, n)
    ]


def is_module_here(scope, name):
    return any(isinstance(n, ast.Import) and any((a.asname or a.name) == name for a in n.names) for s in scope.module.scopes for n in inside(s.body))


def is_called(node, name):
    return any(isinstance(n, ast.Call) and is_name(n.func, name) for n in ast.walk(node))


def is_measured(node, name):
    """Only its length matters."""
    return any(isinstance(n, ast.Call) and is_name(n.func, "len") and name in names_in(n.args[0]) for n in ast.walk(node))


def contains_call(scope, loop):
    return any(isinstance(n, (ast.Yield, ast.Await, ast.NamedExpr)) for n in inside(loop))


def in_else_of_guard(module, loop):
    parent = module.parents.get(loop)
    return isinstance(parent, ast.If) and loop in parent.orelse and "_has_divisor(" in ast.unparse(parent.body[0])


def is_constant_assignment(statement):
    return isinstance(statement, ast.Assign) and len(statement.targets) == 1 and is_name(statement.targets[0]) and isinstance(statement.value, ast.Constant)


@rule("divisors-in-pairs", "early exit", "goes through the divisors of a number instead of through all numbers", speculative=True)
def only_divisors(module):
    for scope, block in module.blocks:
        for at, loop in enumerate(block):
            if (
                not isinstance(loop, ast.For)
                or not is_name(loop.target)
                or len(loop.body) != 1
                or not isinstance(loop.body[0], ast.If)
                or loop.body[0].orelse
                or loop.orelse
            ):
                continue
            bounds = match("range(A, E)", loop.iter) or match("range(E)", loop.iter)
            if not bounds or "A" not in bounds or not isinstance(bounds["A"], ast.Constant) or type(bounds["A"].value) is not int or bounds["A"].value < 1:
                continue
            test = loop.body[0].test
            first = test.values[0] if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else test
            found = match("N % i_ == 0", first)
            if not found or found["i_"].id != loop.target.id or not is_simple(found["N"]) or not builtin(scope, "range", "type", "int", "reversed"):
                continue
            if (
                names_in(found["N"]) & stored_in(loop.body)
                or is_needed_after(scope, loop.target.id, loop, 1, block)
                or loop.target.id in stored_in(loop.body)
                or in_else_of_divisors(module, loop)
            ):
                continue
            rest = None if first is test else test.values[1] if len(test.values) == 2 else ast.BoolOp(ast.And(), test.values[1:])
            inner = loop.body[0].body if rest is None else [ast.If(rest, loop.body[0].body, [])]
            numbers = [found["N"], *[ast.Name(n, ast.Load()) for n in sorted(names_in(bounds["E"])) if not scope.is_builtin(n)]]
            fast = fill_statements("for i_ in _divisors(N, A, E):\n    BODY", {**bounds, **found}, BODY=inner)
            yield Change(["math"], [DIVISORS]).replace_statements(loop, 1, guarded(scope, numbers, fast, [loop]))


def in_else_of_divisors(module, loop):
    parent = module.parents.get(loop)
    return isinstance(parent, ast.If) and loop in parent.orelse and "_divisors(" in ast.unparse(parent.body[0])


@rule("remainder-of-a-power-series", "numbers", "raises to a power with pow instead of multiplying again and again", speculative=True)
def repeated_product(module):
    for scope, block, at, found, count in runs(
        module,
        "r_ = 1\nfor i_ in range(N):\n    r_ = C * r_ % M",
        "r_ = 1\nfor i_ in range(N):\n    r_ = r_ * C % M",
        "r_ = 1\nfor i_ in range(N):\n    r_ = (r_ * C) % M",
    ):
        if (
            not all(is_simple(found[n]) for n in "NCM")
            or found["r_"].id in names_in(found["C"]) | names_in(found["M"])
            or found["i_"].id in names_in(found["C"]) | names_in(found["M"])
        ):
            continue
        if is_needed_after(scope, found["i_"].id, block[at + 1], 1, block) or block[at + 1].orelse or not builtin(scope, "range", "pow", "type", "int"):
            continue
        if isinstance(module.parents.get(block[at]), ast.If) and "pow(" in ast.unparse(module.parents.get(block[at])):
            continue
        numbers = [n for n in (found["N"], found["M"], found["C"])]
        test = is_int(scope, *numbers)
        positive = fill("N > 0 and M != 0", found)
        yield Change().replace_statements(
            block[at],
            2,
            [ast.If(ast.BoolOp(ast.And(), [t for t in (test, positive) if t is not None]), fill_statements("r_ = pow(C, N, M)", found), block[at : at + 2])],
        )


@rule("largest-divisor", "early exit", "finds the largest divisor by way of the smallest", speculative=True)
def largest(module):
    for scope, block, at, found, count in runs(
        module,
        "for i_ in reversed(range(N)):\n    if N % i_ == 0:\n        BODY",
        "for i_ in range(N - 1, 0, -1):\n    if N % i_ == 0:\n        BODY",
        "for i_ in reversed(range(1, N)):\n    if N % i_ == 0:\n        BODY",
    ):
        loop = block[at]
        if (
            not is_name(found["N"])
            or loop.orelse
            or not isinstance(found["BODY"][-1], ast.Return)
            or found["N"].id in stored_in(loop.body)
            or found["i_"].id in stored_in(loop.body)
            or is_needed_after(scope, found["i_"].id, loop, 1, block)
            or not builtin(scope, "range", "reversed", "type", "int")
            or in_else_of_divisors(module, loop)
        ):
            continue
        fast = fill_statements("for i_ in reversed(_divisors(N, 1, N)):\n    BODY", found)
        yield Change(["math"], [DIVISORS]).replace_statements(
            loop, 1, fill_statements("if type(N) is int and N > 1:\n    FAST\nelse:\n    ORIGINAL", found, FAST=fast, ORIGINAL=[loop])
        )

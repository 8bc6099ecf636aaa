"""Loops that only collect, count or add up, as comprehensions."""
import ast
import copy

from .effects import is_pure
from .kinds import is_name, is_simple, kind
from .liveness import is_in_handled_try, is_needed_after, is_used_elsewhere
from .patterns import Filler, fill_statements, match, match_statements, same
from .rules import builtin, rule
from .source import Change, inside, names_in


def piece_of(scope, body, variable):
    """(target, statement, value) of a loop's body that adds exactly one thing to one target in every case: s += …, or l.append(…)."""
    if len(body) == 1 and isinstance(body[0], ast.AugAssign) and isinstance(body[0].op, ast.Add) and is_name(body[0].target):
        return body[0].target, body[0], body[0].value
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        found = match("l_.append(X)", body[0].value)
        return (found["l_"], body[0], found["X"]) if found else None
    if len(body) == 1 and isinstance(body[0], ast.If) and body[0].orelse:
        one, other = piece_of(scope, body[0].body, variable), piece_of(scope, body[0].orelse, variable)
        if one and other and one[0].id == other[0].id and type(one[1]) is type(other[1]):
            return one[0], one[1], ast.IfExp(body[0].test, one[2], other[2])
    if len(body) > 1 and isinstance(body[0], ast.Assign) and len(body[0].targets) == 1 and is_name(body[0].targets[0]):
        # x = f(c) before the piece: put in where it is used once.
        name, rest = body[0].targets[0].id, piece_of(scope, body[1:], variable)
        if rest and sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(rest[2])) == 1 and is_pure(scope, body[0].value) and name != rest[0].id:
            import copy

            return rest[0], rest[1], Filler({name: body[0].value}).visit(copy.deepcopy(rest[2]))
    return None


def collected(scope, loop):
    """(target, method, element, generators) of nested loops and conditions around one append, add or +=; None where it is more."""
    generators, statement = [], loop
    while True:
        if isinstance(statement, ast.For) and not statement.orelse:
            generators.append(ast.comprehension(statement.target, statement.iter, [], 0))
            body = statement.body
        elif isinstance(statement, ast.If) and not statement.orelse and generators:
            generators[-1] = ast.comprehension(generators[-1].target, generators[-1].iter, [*generators[-1].ifs, statement.test], 0)
            body = statement.body
        else:
            return None
        piece = piece_of(scope, body, None)
        if piece is not None:
            target, how, element = piece
            method = "+=" if isinstance(how, ast.AugAssign) else "append"
            return target, method, element, generators
        if len(body) == 1 and isinstance(body[0], ast.Expr):
            found = match("l_.add(X)", body[0].value)
            return (found["l_"], "add", found["X"], generators) if found else None
        if len(body) == 1 and isinstance(body[0], ast.Assign):
            found = match_statements("d_[K] = V", body)
            return (found[0]["d_"], "dict", (found[0]["K"], found[0]["V"]), generators) if found else None
        pair = pair_of(body)
        if pair is not None:
            return pair[0], "pair", pair[1], generators
        if len(body) != 1:
            return None
        statement = body[0]


def pair_of(body):
    """(target, elements) of several appends in a row."""
    found = [match("l_.append(X)", s.value) if isinstance(s, ast.Expr) else None for s in body]
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        whole = match("l_.extend(X)", body[0].value)
        if whole and isinstance(whole["X"], (ast.List, ast.Tuple)) and len(whole["X"].elts) > 1:
            return whole["l_"], whole["X"].elts
    if len(found) < 2 or None in found or len({f["l_"].id for f in found}) != 1:
        return None
    return found[0]["l_"], [f["X"] for f in found]


def targets_of(generators):
    return {n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}


def fits_comprehension(scope, block, loop, target, parts, generators):
    names = {n for part in [*parts, *(g.iter for g in generators), *(c for g in generators for c in g.ifs)] for n in names_in(part)}
    if (
        is_in_handled_try(scope.module, loop)
        or is_used_elsewhere(scope, target.id)
        or target.id in names
        or target.id in scope.declared
        or any(isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr)) for n in inside(loop, True))
    ):
        return False
    stored = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} - {target.id}
    return not any(is_needed_after(scope, name, loop, 1, block) for name in stored)


@rule("comprehension-instead-of-append", "comprehension", "collects in one expression instead of one call for each element")
def append(module):
    for scope, block in module.blocks:
        for at, loop in enumerate(block):
            if not isinstance(loop, ast.For):
                continue
            made = collected(scope, loop)
            if made is None:
                continue
            target, method, element, generators = made
            parts = list(element) if isinstance(element, (tuple, list)) else [element]
            if not fits_comprehension(scope, block, loop, target, parts, generators):
                continue
            before = block[at - 1] if at else None
            empty = match_statements("t_ = X", [before]) if before is not None else None
            fresh = empty and empty[0]["t_"].id == target.id
            if method == "append":
                value = ast.ListComp(element, generators)
                if fresh and match("[]", empty[0]["X"]):
                    yield Change().replace_statements(before, 2, fill_statements("t_ = V", t_=target.id, V=value))
                elif kind(scope, target) == "list":
                    yield Change().replace_statements(loop, 1, fill_statements("t_ += V", t_=target.id, V=value))
            elif method == "+=" and isinstance(element, ast.List) and len(element.elts) == 1 and kind(scope, target) == "list":
                value = ast.ListComp(element.elts[0], generators)
                if fresh and match("[]", empty[0]["X"]):
                    yield Change().replace_statements(before, 2, fill_statements("t_ = V", t_=target.id, V=value))
                else:
                    yield Change().replace_statements(loop, 1, fill_statements("t_ += V", t_=target.id, V=value))
            elif method == "+=" and kind(scope, target) == "str" or method == "+=" and fresh and match("''", empty[0]["X"]):
                yield Change().replace_statements(loop, 1, fill_statements("t_ += ''.join(V)", t_=target.id, V=ast.ListComp(element, generators)))
            elif method == "+=" and kind(scope, target) in ("int", "bool") and kind(scope, element) in ("int", "bool"):
                yield Change().replace_statements(loop, 1, fill_statements("t_ += sum(V)", t_=target.id, V=ast.ListComp(element, generators))) if builtin(
                    scope, "sum"
                ) else Change()
            elif method == "pair" and kind(scope, target) == "list" and builtin(scope, "list"):
                inner = ast.Tuple(parts, ast.Load())
                single = len(generators) == 1 and not generators[0].ifs
                plain = single and same(generators[0].target, inner)
                source = generators[0].iter if plain else ast.GeneratorExp(inner, generators)
                yield Change(["itertools"]).replace_statements(
                    loop, 1, fill_statements("t_.extend(itertools.chain.from_iterable(V))", t_=target.id, V=source)
                )
                if single and all(map(is_simple, parts)) and len(parts) == 2 and is_name(parts[0], *targets_of(generators)) and is_name(generators[0].target):
                    yield Change().replace_statements(
                        loop,
                        1,
                        fill_statements(
                            "t_ += [v_ for X in S for v_ in P]", t_=target.id, v_=scope.fresh("item"), X=generators[0].target, S=generators[0].iter, P=inner
                        ),
                    )
            elif method == "add" and fresh and match("set()", empty[0]["X"]) and builtin(scope, "set"):
                yield Change().replace_statements(before, 2, fill_statements("t_ = V", t_=target.id, V=ast.SetComp(element, generators)))
            elif method == "dict" and fresh and match("{}", empty[0]["X"]):
                yield Change().replace_statements(before, 2, fill_statements("t_ = V", t_=target.id, V=ast.DictComp(element[0], element[1], generators)))

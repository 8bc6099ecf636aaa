"""Loops over elements instead of indices, with range instead of a counter, ended as soon as the result is certain; and what nothing uses."""
import ast

from .effects import is_pure, is_untouched
from .kinds import is_name, is_simple, kind
from .liveness import is_needed_after
from .patterns import fill, fill_statements, match, same
from .rules import builtin, rule, runs
from .source import COMPREHENSIONS, Change, FUNCTIONS, inside, names_in, stored_in


@rule("element-instead-of-index", "itertools for hand loops", "loops over the elements instead of looking each up by its index", speculative=True)
def elements(module):
    for scope, block, at, found, count in runs(module, "for i_ in range(len(X)):\n    BODY", "for i_ in range(0, len(X)):\n    BODY"):
        loop = block[at]
        if (
            not builtin(scope, "range", "len", "enumerate")
            or not is_steady(scope, found["X"], loop.body)
            or found["i_"].id in stored_in(loop.body) | names_in(found["X"])
        ):
            continue
        change, element, rest = replaced_elements(scope, loop.body, found)
        if change is None or loop.orelse:
            continue
        if rest or is_needed_after(scope, found["i_"].id, loop, 1, block):
            target = ast.Tuple([found["i_"], ast.Name(element, ast.Store())], ast.Store())
            yield change.replace(loop.target, target).replace(loop.iter, fill("enumerate(X)", found))
        else:
            yield change.replace(loop.target, ast.Name(element, ast.Store())).replace(loop.iter, found["X"])
    for scope, node in module.sites:
        if not isinstance(node, COMPREHENSIONS):
            continue
        for position, generator in enumerate(node.generators):
            found = match("range(len(X))", generator.iter) or match("range(0, len(X))", generator.iter)
            if not found or not is_name(generator.target) or not builtin(scope, "range", "len", "enumerate"):
                continue
            found["i_"] = generator.target
            parts = [
                *generator.ifs,
                *(g for g in node.generators[position + 1 :]),
                *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]),
            ]
            if any(isinstance(n, ast.Lambda) for p in parts for n in ast.walk(p)):
                continue
            change, element, rest = replaced_elements(scope, parts, found)
            if change is None:
                continue
            if rest:
                target = ast.Tuple([generator.target, ast.Name(element, ast.Store())], ast.Store())
                yield change.replace(generator.target, target).replace(generator.iter, fill("enumerate(X)", found))
            else:
                yield change.replace(generator.target, ast.Name(element, ast.Store())).replace(generator.iter, found["X"])
    for scope, block, at, found, count in runs(module, "for i_, v_ in enumerate(X):\n    BODY"):
        if builtin(scope, "enumerate") and found["i_"].id not in names_in(block[at].body) and not is_needed_after(scope, found["i_"].id, block[at], 1, block):
            yield Change().replace(block[at].target, found["v_"]).replace(block[at].iter, found["X"])


def is_steady(scope, place, body):
    """A variable, or a fixed part of one, that the body does not alter."""
    names = names_in(place)
    return (
        isinstance(place, (ast.Name, ast.Subscript, ast.Attribute))
        and all(is_simple(n) or isinstance(n, (ast.Subscript, ast.expr_context)) for n in ast.walk(place))
        and all(is_untouched(scope, name, body) for name in names)
    )


def replaced_elements(scope, body, found):
    """A change that puts a variable for X[i]; its name; whether the index is still used."""
    wanted = fill("X[i_]", found)
    places = [n for part in body for n in ast.walk(part) if isinstance(n, ast.Subscript) and same(n, wanted)]
    if not places or any(not isinstance(n.ctx, ast.Load) for n in places):
        return None, None, None
    name = scope.fresh("item" if not is_name(found["X"]) else found["X"].id + "_item" if not found["X"].id.endswith("s") else found["X"].id[:-1])
    change = Change()
    for place in places:
        change.replace(place, ast.Name(name, ast.Load()))
    inner = {id(n.slice) for n in places}
    rest = any(isinstance(n, ast.Name) and n.id == found["i_"].id and id(n) not in inner for part in body for n in ast.walk(part))
    return change, name, rest


@rule("neighbours-in-pairs", "itertools for hand loops", "loops over neighbours instead of looking both up", speculative=True)
def neighbours(module):
    for scope, block, at, found, count in runs(module, "for i_ in range(len(X) - 1):\n    BODY", "for i_ in range(1, len(X)):\n    BODY"):
        loop = block[at]
        back = match("range(1, len(X))", loop.iter) is not None
        if (
            not is_name(found["X"])
            or not builtin(scope, "range", "len", "zip")
            or not is_steady(scope, found["X"], loop.body)
            or found["i_"].id in stored_in(loop.body)
            or loop.orelse
        ):
            continue
        first, second = (fill("X[i_ - 1]", found), fill("X[i_]", found)) if back else (fill("X[i_]", found), fill("X[i_ + 1]", found))
        places = [(n, same(n, first)) for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Subscript) and (same(n, first) or same(n, second))]
        used = sum(isinstance(n, ast.Name) and n.id == found["i_"].id for s in loop.body for n in ast.walk(s))
        if len(places) != used or not places or is_needed_after(scope, found["i_"].id, loop, 1, block):
            continue
        one, other = scope.fresh("one"), scope.fresh("other")
        change = Change()
        for node, is_first in places:
            change.replace(node, ast.Name(one if is_first else other, ast.Load()))
        yield change.replace(loop.target, fill("(a_, b_)", a_=one, b_=other)).replace(loop.iter, fill("zip(X, X[1:])", found))


@rule("for-instead-of-while", "builtins for hand loops", "counts with range")
def counted(module):
    for scope, block, at, found, count in runs(
        module,
        "i_ = A\nwhile i_ < N:\n    BODY\n    i_ += 1",
        "i_ = A\nwhile i_ <= N:\n    BODY\n    i_ += 1",
        "i_ = A\nwhile i_ < N:\n    BODY\n    i_ = i_ + 1",
        "i_ = A\nwhile i_ <= N:\n    BODY\n    i_ = i_ + 1",
        "while i_ < N:\n    BODY\n    i_ += 1",
        "while i_ <= N:\n    BODY\n    i_ += 1",
    ):
        loop = block[at + count - 1]
        body = found["BODY"]
        name = found["i_"].id
        if (
            loop.orelse
            or name in stored_in(body)
            or any(isinstance(n, ast.Continue) for n in own_jumps(body))
            or not builtin(scope, "range")
            or kind(scope, found["i_"]) != "int"
            or not body
        ):
            continue
        bound = found["N"]
        if (
            kind(scope, bound) != "int"
            or not all(is_untouched(scope, n, body) for n in names_in(bound))
            or not is_pure(scope, bound)
            or name in names_in(bound)
        ):
            continue
        if is_needed_after(scope, name, loop, 1, block):
            continue
        start = found.get("A", found["i_"])
        stop = bound if isinstance(loop.test.ops[0], ast.Lt) else fill("N + 1", N=bound)
        made = fill_statements("for i_ in range(A, N):\n    BODY", i_=name, A=start, N=stop, BODY=body)
        yield Change().replace_statements(block[at], count, made)


def own_jumps(body):
    """Break and continue of this loop, not of loops inside of it."""
    todo = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, (ast.For, ast.While)):
            todo.extend(node.orelse)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(node))


@rule("stop-when-it-is-decided", "early exit", "leaves a loop that can only set the same flag again", speculative=True)
def decided(module):
    for scope, block, at, found, count in runs(
        module, "for i_ in X:\n    if C:\n        f_ = V", "for i_ in X:\n    if C:\n        f_ = V\n    else:\n        pass"
    ):
        loop = block[at]
        if (
            loop.orelse
            or not isinstance(found["V"], ast.Constant)
            or not is_pure(scope, found["C"])
            or found["f_"].id in names_in(found["C"])
            or is_needed_after(scope, found["i_"].id, loop, 1, block)
        ):
            continue
        if kind(scope, found["X"]) != "range" and kind(scope, found["X"]) not in ("list", "str", "tuple") and not is_name(found["X"]):
            continue
        if not all(is_harmless(scope, n, found) for n in ast.walk(found["C"])):
            continue
        setting = loop.body[0].body[0]
        yield Change().replace_statements(setting, 1, [setting, ast.Break()])


def is_harmless(scope, node, found):
    """Cannot fail in a later round: the original would come to it."""
    rising = match("range(A, E)", found["X"])
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
        right = node.right
        return (
            isinstance(right, ast.Constant)
            and type(right.value) is int
            and right.value != 0
            or is_name(right, found["i_"].id)
            and rising is not None
            and isinstance(rising["A"], ast.Constant)
            and type(rising["A"].value) is int
            and rising["A"].value > 0
        )
    if isinstance(node, ast.Subscript):
        whole = match("range(len(S))", found["X"])
        return whole is not None and same(whole["S"], node.value) and is_name(node.slice, found["i_"].id)
    if isinstance(node, ast.Call):
        return is_name(node.func, "len", "isinstance", "abs") or isinstance(node.func, ast.Attribute) and node.func.attr.startswith("is")
    return not isinstance(node, (ast.BinOp, *COMPREHENSIONS)) or isinstance(node.op, (ast.Add, ast.Sub, ast.Mult))


@rule("dead-code", "dead code", "takes out what nothing uses")
def dead(module):
    for scope, block in module.blocks:
        for at, statement in enumerate(block):
            if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)) and at + 1 < len(block):
                if not any(isinstance(n, (ast.Yield, ast.YieldFrom)) for s in block[at + 1 :] for n in inside(s)) and not stored_in(block[at + 1 :]):
                    yield Change().replace_statements(block[at + 1], len(block) - at - 1, [])
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and is_name(statement.targets[0]) and not scope.is_module:
                harmless = (
                    isinstance(statement.value, (ast.Constant, ast.Name))
                    or isinstance(statement.value, (ast.List, ast.Tuple, ast.Dict))
                    and not any(ast.iter_child_nodes(statement.value) if not isinstance(statement.value, ast.Dict) else statement.value.keys)
                )
                name = statement.targets[0].id
                if (
                    harmless
                    and name not in scope.declared
                    and not is_name(statement.value)
                    and not is_needed_after(scope, name, statement, 1, block)
                    and len(block) > 1
                ):
                    yield Change().replace_statements(statement, 1, [])

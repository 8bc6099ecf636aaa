"""Loops that only collect, count or add up, as comprehensions and builtins."""
import ast

from .facts import (
    assigned_values,
    is_in_handled_try,
    is_iterator,
    is_used_elsewhere,
    is_name,
    is_needed_after,
    is_own_object,
    is_pure,
    is_simple,
    is_untouched,
    kind,
    kind_of_element,
    names_in,
)
from .patterns import fill, fill_statements, match, match_statements, same
from .rules import builtin, expressions, rule, runs
from .source import Change, inside, stored_in

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
            from .patterns import Filler
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


@rule("interleave-by-slices", "builtins for hand loops", "puts the elements of two lists in turn by assigning to slices", speculative=True)
def interleave(module):
    for scope, block, at, found, count in runs(
        module,
        "for a_ in X:\n    l_.append(a_)\n    l_.append(D)",
        "for a_, b_ in zip(X, Y):\n    l_.extend([a_, b_])",
        "for a_, b_ in zip(X, Y):\n    l_.append(a_)\n    l_.append(b_)",
    ):
        if is_in_handled_try(module, block[at]) or is_used_elsewhere(scope, found["l_"].id):
            continue
        if (
            block[at].orelse
            or kind(scope, found["l_"]) != "list"
            or not builtin(scope, "len", "list", "zip", "min")
            or is_needed_after(scope, found["a_"].id, block[at], 1, block)
        ):
            continue
        if "b_" in found and is_needed_after(scope, found["b_"].id, block[at], 1, block) or "D" in found and not is_simple(found["D"]):
            continue
        if found["l_"].id in names_in(found["X"]) | names_in(found.get("Y", found["X"])) | names_in(found.get("D", found["X"])):
            continue
        name = scope.fresh("pairs")
        if "D" in found:
            if found["a_"].id in names_in(found["D"]):
                continue
            items = "X" if isinstance(found["X"], ast.Subscript) and isinstance(found["X"].slice, ast.Slice) else "list(X)"
            before = block[at - 1] if at else None
            if before is not None and match_statements("l_ = []", [before]) and before.targets[0].id == found["l_"].id:
                yield Change().replace_statements(
                    before, 2, fill_statements(f"f_ = {items}\nl_ = [D] * (2 * len(f_))\nl_[::2] = f_", found, f_=scope.fresh("items"))
                )
                continue
            text = f"f_ = {items}\np_ = [D] * (2 * len(f_))\np_[::2] = f_\nl_ += p_"
        else:
            if not is_name(found["X"]) or not is_name(found["Y"]):
                continue
            text = (
                "if type(X) is list and type(Y) is list:\n    n_ = min(len(X), len(Y))\n    p_ = [None] * (2 * n_)\n    p_[::2] = X[:n_]\n"
                "    p_[1::2] = Y[:n_]\n    l_ += p_\nelse:\n    ORIGINAL"
            )
        if "D" not in found and already_guarded(module, block[at]):
            continue
        yield Change().replace_statements(
            block[at], 1, fill_statements(text, found, p_=name, f_=scope.fresh("items"), n_=scope.fresh("count"), ORIGINAL=[block[at]])
        )


def already_guarded(module, statement):
    parent = module.parents.get(statement)
    return isinstance(parent, ast.If) and statement in parent.orelse


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


@rule("progression-from-range", "builtins for hand loops", "an arithmetic progression is a range", speculative=True)
def progression(module):
    for scope, node, found in expressions(
        module,
        "[A + B * i_ for i_ in range(N)]",
        "[B * i_ + A for i_ in range(N)]",
        "[A + i_ * B for i_ in range(N)]",
        "[i_ * B + A for i_ in range(N)]",
        "[B * i_ for i_ in range(N)]",
        "[i_ * B for i_ in range(N)]",
        "[A + i_ for i_ in range(N)]",
        "[i_ + A for i_ in range(N)]",
    ):
        step = found.get("B", ast.Constant(1))
        start = found.get("A", ast.Constant(0))
        if not isinstance(step, ast.Constant) or type(step.value) is not int or step.value <= 0 or not is_simple(start) or not is_simple(found["N"]):
            continue
        if not builtin(scope, "range", "list", "type", "int") or is_name(start, found["i_"].id) or isinstance(module.parents.get(node), ast.IfExp):
            continue
        made = fill("list(range(A, A + B * N, B))", {**found, "A": start, "B": step})
        needed = [n for n in (start, found["N"]) if kind(scope, n) != "int"]
        tests = [fill("type(V) is int", V=n) for i, n in enumerate(needed) if not any(same(n, m) for m in needed[:i])]
        if tests:
            made = ast.IfExp(tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests), made, node)
        yield Change().replace(node, made)


@rule("every-second-element", "itertools for hand loops", "takes each second element instead of asking each index whether it is even", speculative=True)
def every_second(module):
    for scope, node in module.sites:
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) or len(node.generators) != 1:
            continue
        generator = node.generators[0]
        found = match("enumerate(X)", generator.iter)
        if (
            not found
            or not isinstance(generator.target, ast.Tuple)
            or len(generator.target.elts) != 2
            or not all(map(is_name, generator.target.elts))
            or not builtin(scope, "enumerate")
        ):
            continue
        index, value = (e.id for e in generator.target.elts)
        conditions = [c for test in generator.ifs for c in (test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test])]
        parity = [
            c
            for c in conditions
            if match("i_ % 2 == 0", c, {"i_": ast.Name(index)})
            or match("i_ % 2 == 1", c, {"i_": ast.Name(index)})
            or match("not i_ & 1", c, {"i_": ast.Name(index)})
            or match("i_ & 1 == 1", c, {"i_": ast.Name(index)})
        ]
        rest = [c for c in conditions if c not in parity]
        if len(parity) != 1 or conditions[0] is not parity[0] or any(index in names_in(p) for p in [*rest, node.elt]):
            continue
        start = 1 if match("i_ % 2 == 1", parity[0]) or match("i_ & 1 == 1", parity[0]) else 0
        joined = [ast.BoolOp(ast.And(), rest)] if len(rest) > 1 else rest
        if not is_name(found["X"]) or not builtin(scope, "type", "list", "str"):
            continue
        known = kind(scope, found["X"]) in ("list", "str", "tuple")
        source = fill(f"X[{start or ''}::2]" if known else f"X[{start or ''}::2] if type(X) in (list, str) else itertools.islice(X, {start}, None, 2)", found)
        yield Change([] if known else ["itertools"]).replace(node, type(node)(node.elt, [ast.comprehension(ast.Name(value, ast.Store()), source, joined, 0)]))


@rule("list-instead-of-generator", "generator and list", "adds up a list, which is made faster than a generator is asked")
def sum_list(module):
    for scope, node in module.sites:
        if (
            isinstance(node, ast.Call)
            and is_name(node.func, "sum", "sorted", "set", "list", "tuple", "max", "min")
            and builtin(scope, node.func.id)
            and node.args
            and isinstance(node.args[0], ast.GeneratorExp)
        ):
            made = ast.ListComp(node.args[0].elt, node.args[0].generators)
            yield Change().replace(node, made) if node.func.id == "list" and len(node.args) == 1 else Change().replace(node.args[0], made)


@rule("stop-at-the-first", "early exit", "a generator lets any and all stop at the first that decides", speculative=True)
def stop_early(module):
    for scope, node in module.sites:
        if (
            isinstance(node, ast.Call)
            and is_name(node.func, "any", "all")
            and builtin(scope, node.func.id)
            and len(node.args) == 1
            and isinstance(node.args[0], ast.ListComp)
            and is_pure(scope, node.args[0])
        ):
            yield Change().replace(node.args[0], ast.GeneratorExp(node.args[0].elt, node.args[0].generators))


@rule("count-instead-of-list", "generator and list", "counts where only the length of a list is asked for")
def only_length(module):
    for scope in module.scopes:
        if scope.is_module and module.function is not None:
            continue
        for name in sorted(scope.bound):
            if (
                name in scope.declared
                or not is_own_object(scope, name)
                or any(name in names_in(list(s.body)) for s in module.scopes if s is not scope and name not in s.bound and s.parent is scope)
            ):
                continue
            first = assigned_values(scope, name)
            plain = [v for v in first if isinstance(v, ast.List) and not v.elts]
            uses = [n for n in inside(scope.body) if isinstance(n, ast.Name) and n.id == name]
            allowed, change, number = 0, Change(), scope.fresh(f"{name}_count")
            for scope_, block in module.blocks:
                if scope_ is not scope:
                    continue
                for statement in block:
                    if match_statements(f"{name} = []", [statement]):
                        change.replace_statements(statement, 1, fill_statements(f"{number} = 0"))
                        allowed += 1
                    elif isinstance(statement, ast.Expr) and match(f"{name}.append(X)", statement.value) and is_harmless(scope, statement.value.args[0]):
                        change.replace_statements(statement, 1, fill_statements(f"{number} += 1"))
                        allowed += 1
                    elif (
                        isinstance(statement, ast.AugAssign)
                        and is_name(statement.target, name)
                        and isinstance(statement.op, ast.Add)
                        and isinstance(statement.value, ast.List)
                        and is_harmless(scope, statement.value)
                        and not any(isinstance(e, ast.Starred) for e in statement.value.elts)
                    ):
                        change.replace_statements(statement, 1, fill_statements(f"{number} += {len(statement.value.elts)}"))
                        allowed += 1
            for scope_, node in module.sites:
                if scope_ is scope and match(f"len({name})", node) and builtin(scope, "len"):
                    change.replace(node, ast.Name(number, ast.Load()))
                    allowed += 1
            if uses and allowed == len(uses) and plain and len(plain) == sum(1 for v in first if not isinstance(v, ast.BinOp)):
                yield change


def is_harmless(scope, node):
    """Nothing happens if it is not evaluated: it cannot even raise, as long as its parts were made by this function."""
    return all(isinstance(n, (ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Load, ast.Subscript)) for n in ast.walk(node)) and (
        not any(isinstance(n, ast.Subscript) for n in ast.walk(node)) or all(has_been_read(scope, n) for n in ast.walk(node) if isinstance(n, ast.Subscript))
    )


def has_been_read(scope, node):
    """The same element is read in a condition that led here."""
    for ancestor in scope.module.ancestors(node):
        if isinstance(ancestor, (ast.If, ast.While)) and any(same(node, n) for n in ast.walk(ancestor.test)):
            return True
    return False


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


@rule("slice-instead-of-step", "itertools for hand loops", "loops over a slice instead of every second index", speculative=True)
def step_slice(module):
    for scope, node in module.sites:
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp)) or len(node.generators) != 1:
            continue
        found = match("range(A, len(X), S)", node.generators[0].iter)
        if found and is_name(found["X"]) and is_name(node.generators[0].target):
            change = sliced(scope, [node.elt, *node.generators[0].ifs], {**found, "i_": node.generators[0].target})
            if change is not None:
                yield change(node.generators[0].target, node.generators[0].iter)
    for scope, block, at, found, count in runs(module, "for i_ in range(A, len(X), S):\n    BODY"):
        if (
            is_name(found["X"])
            and not is_needed_after(scope, found["i_"].id, block[at], 1, block)
            and is_untouched(scope, found["X"].id, found["BODY"])
            and found["i_"].id not in stored_in(found["BODY"])
        ):
            change = sliced(scope, found["BODY"], found)
            if change is not None:
                yield change(block[at].target, block[at].iter)


def sliced(scope, parts, found):
    """A change, to be told what the loop's variable and iterable are, where X[i] is all that is done with the index."""
    wanted = fill("X[i_]", found)
    places = [n for part in parts for n in ast.walk(part) if isinstance(n, ast.Subscript) and same(n, wanted) and isinstance(n.ctx, ast.Load)]
    used = sum(isinstance(n, ast.Name) and n.id == found["i_"].id for part in parts for n in ast.walk(part))
    numbers = [n.value if isinstance(n, ast.Constant) else -1 for n in (found["A"], found["S"])]
    if not places or used != len(places) or numbers[0] < 0 or numbers[1] < 1 or not builtin(scope, "range", "len"):
        return None
    name = scope.fresh("item")

    def change(target, iterable):
        made = Change().replace(target, ast.Name(name, ast.Store())).replace(iterable, fill("X[A::S]", found))
        for place in places:
            made.replace(place, ast.Name(name, ast.Load()))
        return made

    return change

"""Progressions, slices and lists of which only the length is asked."""
import ast

from .effects import is_own_object, is_pure, is_untouched
from .kinds import assigned_values, is_name, is_simple, kind
from .liveness import is_in_handled_try, is_needed_after, is_used_elsewhere
from .patterns import fill, fill_statements, match, match_statements, same
from .rules import builtin, expressions, rule, runs
from .source import Change, inside, names_in, stored_in


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

"""Looking things up: in sets and dicts instead of lists, and counting."""
import ast

from .effects import is_own_object, is_pure, is_untouched
from .kinds import assigned_values, changes_elements, is_iterator, is_name, is_simple, kind, kind_of_element
from .liveness import is_in_handled_try, is_needed_after, is_used_elsewhere
from .source import names_in
from .patterns import fill, fill_statements, match
from .rules import builtin, rule, runs
from .source import Change, inside


def constant_collection(scope, node):
    """The constants of a collection that never changes; None where it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return list(node.value)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [e.value for e in node.elts] if node.elts and all(isinstance(e, ast.Constant) for e in node.elts) else None
    if isinstance(node, ast.Name):
        at = scope
        while at is not None and node.id not in at.bound:
            at = at.parent
        if at is None or changes_elements(at, node.id) or not is_untouched_everywhere(at, node.id):
            return None
        values = assigned_values(at, node.id)
        return (
            constant_collection(at, values[0])
            if len(values) == 1 and values[0] is not None and not isinstance(values[0], ast.Name) and isinstance(values[0], ast.AST)
            else None
        )
    return None


def is_untouched_everywhere(scope, name):
    from .effects import is_reading

    return all(
        not isinstance(n, ast.Name)
        or n.id != name
        or not isinstance(n.ctx, ast.Load)
        or is_reading(scope, n)
        or isinstance(scope.module.parents.get(n), (ast.For, ast.comprehension))
        for n in ast.walk(scope.node)
    )


@rule("set-of-constants", "membership in set or dict", "looks constants up in a set", speculative=True)
def constant_set(module):
    for scope, node in module.sites:
        if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], (ast.In, ast.NotIn)):
            continue
        place = node.comparators[0]
        if isinstance(place, ast.Set) or isinstance(place, ast.Name) and kind(scope, place) == "set":
            continue
        values = constant_collection(scope, place)
        if values is None or len(values) < 3 or isinstance(place, ast.Constant):
            continue
        value = constant_of(scope, place)
        if isinstance(value, ast.Constant):
            if kind(scope, node.left) != "str" or not is_letter(scope, module, node.left):
                continue
        yield Change().replace(place, ast.Set([ast.Constant(v) for v in dict.fromkeys(values)]))


def constant_of(scope, place):
    if isinstance(place, ast.Name):
        at = scope
        while at is not None and place.id not in at.bound:
            at = at.parent
        return assigned_values(at, place.id)[0]
    return place


def is_letter(scope, module, node):
    """One letter of a text: it is in another text as a whole or not at all."""
    values = assigned_values(scope, node.id) if is_name(node) else []
    from .kinds import ElementOf

    return bool(values) and all(isinstance(v, ElementOf) and kind(scope, v.iterable) == "str" for v in values)


SET_OF_LIST = "set(X) if type(X) is list else X"


@rule("set-for-membership", "membership in set or dict", "asks a set whether something is in a list that does not change", speculative=True)
def list_to_set(module):
    for scope, block in module.blocks:
        for at, loop in enumerate(block):
            if not isinstance(loop, (ast.For, ast.While)):
                continue
            tests = [
                n
                for n in inside(loop.body)
                if isinstance(n, ast.Compare) and len(n.ops) == 1 and isinstance(n.ops[0], (ast.In, ast.NotIn)) and is_name(n.comparators[0])
            ]
            for name in dict.fromkeys(n.comparators[0].id for n in tests):
                if (
                    not is_untouched(scope, name, loop)
                    or kind(scope, ast.Name(name, ast.Load())) in ("str", "set", "dict", "range", "int")
                    or not builtin(scope, "set")
                    or is_made_set(scope, name)
                ):
                    continue
                known = kind_of_element(scope, ast.Name(name, ast.Load())) in ("int", "str")
                if not known and kind(scope, ast.Name(name, ast.Load())) != "list":
                    continue
                members = scope.fresh(f"{name}_set")
                change = Change().replace_statements(loop, 1, [*fill_statements("m_ = set(X)", m_=members, X=ast.Name(name, ast.Load())), loop])
                for test in tests:
                    if test.comparators[0].id == name:
                        change.replace(test.comparators[0], ast.Name(members, ast.Load()))
                yield change
    for scope, node in module.sites:
        if not isinstance(node, (ast.ListComp, ast.SetComp)) or not builtin(scope, "set"):
            continue
        for generator in node.generators[:1]:
            for test in generator.ifs:
                if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.In, ast.NotIn)) and is_name(test.comparators[0]):
                    name = test.comparators[0].id
                    if (
                        kind(scope, test.comparators[0]) in ("str", "set", "dict", "range")
                        or name in names_in(generator.target)
                        or is_made_set(scope, name)
                    ):
                        continue
                    statement = next((a for a in module.ancestors(node) if isinstance(a, ast.stmt)), None)
                    if (
                        isinstance(statement, (ast.Return, ast.Assign, ast.Expr))
                        and builtin(scope, "type", "list", "str", "int")
                        and is_untouched(scope, name, statement)
                    ):
                        members = scope.fresh(f"{name}_set")
                        yield Change().replace(test.comparators[0], ast.Name(members, ast.Load())).replace_statements(
                            statement, 1, [*fill_statements(f"m_ = {SET_OF_LIST}", m_=members, X=ast.Name(name, ast.Load())), statement]
                        )


def is_made_set(scope, name):
    """Whether this rule made it: of what it is asked the second time there is no end."""
    return any(isinstance(value, ast.AST) and match(SET_OF_LIST, value) is not None for value in assigned_values(scope, name))


@rule("seen-set", "membership in set or dict", "keeps a set beside a growing list, to ask whether something is in it", speculative=True)
def growing(module):
    for scope, block, at, found, count in runs(module, "for X in Y:\n    BODY", "while C:\n    BODY"):
        loop = block[at]
        tests = [
            n
            for n in inside(loop.body)
            if isinstance(n, ast.Compare) and len(n.ops) == 1 and isinstance(n.ops[0], (ast.In, ast.NotIn)) and is_name(n.comparators[0])
        ]
        for name in dict.fromkeys(n.comparators[0].id for n in tests):
            if not is_own_object(scope, name) or kind(scope, ast.Name(name, ast.Load())) != "list":
                continue
            own = [t for t in tests if t.comparators[0].id == name]
            adds = [n for n in inside(loop.body) if isinstance(n, ast.Expr) and match(f"{name}.append(X)", n.value)]
            uses = sum(isinstance(n, ast.Name) and n.id == name for n in inside(loop, True))
            if not adds or uses != len(own) + len(adds) or not all(is_simple(a.value.args[0]) for a in adds) or not builtin(scope, "set"):
                continue
            seen = scope.fresh("seen")
            change = Change().replace_statements(loop, 1, [*fill_statements("s_ = set(X)", s_=seen, X=ast.Name(name, ast.Load())), loop])
            for test in own:
                change.replace(test.comparators[0], ast.Name(seen, ast.Load()))
            for add in adds:
                change.replace_statements(add, 1, [add, *fill_statements("s_.add(V)", s_=seen, V=add.value.args[0])])
            yield change


@rule("counter", "builtins for hand loops", "counts with collections.Counter")
def counter(module):
    counted = {
        "d_ = dict([(i_, 0) for i_ in X])\nfor k_ in X:\n    d_[k_] += 1": True,
        "d_ = dict.fromkeys(X, 0)\nfor k_ in X:\n    d_[k_] += 1": True,
        "d_ = {i_: 0 for i_ in X}\nfor k_ in X:\n    d_[k_] += 1": True,
        "d_ = {}\nfor k_ in X:\n    if k_ in d_:\n        d_[k_] += 1\n    else:\n        d_[k_] = 1": False,
        "d_ = {}\nfor k_ in X:\n    if k_ not in d_:\n        d_[k_] = 1\n    else:\n        d_[k_] += 1": False,
        "d_ = {}\nfor k_ in X:\n    d_[k_] = d_.get(k_, 0) + 1": False,
        "d_ = {}\nfor k_ in X:\n    if k_ not in d_:\n        d_[k_] = 0\n    d_[k_] += 1": False,
    }
    for scope, block, at, found, count in runs(module, *counted):
        if is_iterator(scope, found["X"]) or is_in_handled_try(module, block[at]) or is_used_elsewhere(scope, found["d_"].id):
            continue
        if (
            block[at + 1].orelse
            or not builtin(scope, "dict")
            or not is_simple(found["X"])
            and not is_pure(scope, found["X"])
            or found["d_"].id in names_in(found["X"])
        ):
            continue
        if is_needed_after(scope, found["k_"].id, block[at], count, block) or "X" not in found or is_name(found["X"], found["k_"].id):
            continue
        yield Change(["collections"]).replace_statements(block[at], count, fill_statements("d_ = dict(collections.Counter(X))", found))
    for scope in module.scopes:  # the loop stands later than the zeros
        for block_scope, block in module.blocks:
            if block_scope is not scope:
                continue
            for at, statement in enumerate(block):
                made = match_zeros(statement)
                if made is None or is_iterator(scope, made["X"]) or is_in_handled_try(module, statement) or is_used_elsewhere(scope, made["d_"].id):
                    continue
                for later in range(at + 2, min(at + 6, len(block))):
                    found = patterns_match_loop(block[later], made)
                    between = block[at + 1 : later]
                    names = {made["d_"].id} | names_in(made["X"])
                    if (
                        found
                        and not any(names & names_in(b) & {made["d_"].id} or not is_untouched(scope, n, b) for b in between for n in names)
                        and builtin(scope, "dict")
                        and not is_needed_after(scope, found["k_"].id, block[later], 1, block)
                    ):
                        yield Change(["collections"]).replace_statements(statement, 1, []).replace_statements(
                            block[later], 1, fill_statements("d_ = dict(collections.Counter(X))", found)
                        )


def match_zeros(statement):
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not is_name(statement.targets[0]):
        return None
    for pattern in ("dict([(i_, 0) for i_ in X])", "dict.fromkeys(X, 0)", "{i_: 0 for i_ in X}"):
        found = match(pattern, statement.value)
        if found and is_name(found["X"]):
            return {**found, "d_": statement.targets[0]}
    return None


def patterns_match_loop(statement, made):
    from .patterns import match_statements

    matched = match_statements("for k_ in X:\n    d_[k_] += 1", [statement])
    if not matched or matched[0]["d_"].id != made["d_"].id or not is_name(matched[0]["X"], made["X"].id) or statement.orelse:
        return None
    return matched[0]


@rule("distinct-elements-only", "early exit", "asks once for each distinct element", speculative=True)
def distinct(module):
    for scope, node in module.sites:
        if (
            not isinstance(node, ast.Call)
            or not is_name(node.func, "any", "all")
            or len(node.args) != 1
            or not isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp))
        ):
            continue
        made = node.args[0]
        if (
            len(made.generators) != 1
            or not is_name(made.generators[0].target)
            or not is_name(made.generators[0].iter)
            or made.generators[0].ifs
            or not builtin(scope, node.func.id)
        ):
            continue
        name = made.generators[0].target.id
        looked_up = [n for n in ast.walk(made.elt) if isinstance(n, ast.Subscript) and is_name(n.slice, name)]
        used = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(made.elt))
        if not looked_up or used != len(looked_up) or not is_pure(scope, made.elt) or not all(kind(scope, n.value) == "dict" for n in looked_up):
            continue
        if builtin(scope, "dict"):
            yield Change().replace(made.generators[0].iter, fill("dict.fromkeys(X)", X=made.generators[0].iter))


@rule("queue-of-deque", "list and queue", "takes from the front of a deque instead of moving a whole list", speculative=True)
def queue(module):
    for scope in module.scopes:
        for name in sorted(scope.bound):
            values = assigned_values(scope, name)
            if not values or not all(isinstance(v, ast.List) for v in values) or name in scope.declared:
                continue
            uses = [n for n in ast.walk(scope.node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
            pops = []
            fits = True
            for use in uses:
                parent = module.parents.get(use)
                call = module.parents.get(parent)
                if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
                    if parent.attr == "pop" and len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0:
                        pops.append(call)
                    elif parent.attr not in ("append", "extend", "pop", "clear") or parent.attr == "pop" and call.args:
                        fits = False
                elif (
                    isinstance(parent, (ast.While, ast.If))
                    and parent.test is use
                    or isinstance(parent, ast.UnaryOp)
                    or isinstance(parent, ast.Call)
                    and is_name(parent.func, "len")
                ):
                    pass
                elif match(f"{name} != []", parent) or match(f"{name} == []", parent):
                    fits = False
                else:
                    fits = False
            if pops and fits:
                change = Change(["collections"])
                for value in values:
                    change.replace(value, fill("collections.deque(V)", V=value))
                for call in pops:
                    change.replace(call, fill(f"{name}.popleft()"))
                yield change


@rule("counted-once", "avoiding repeated work", "counts all elements once instead of one of them again and again", speculative=True)
def counted_once(module):
    from .ordering import UNIFORM

    for scope, block in module.blocks:
        for statement in block:
            if isinstance(statement, (ast.For, ast.While)):
                parts = list(statement.body)
            elif isinstance(statement, (ast.Return, ast.Assign, ast.Expr)):
                parts = [
                    c
                    for n in inside(statement)
                    if isinstance(n, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp))
                    for c in ast.iter_child_nodes(n)
                ]
            else:
                continue
            calls = {}
            for part in parts:
                for node in ast.walk(part):
                    found = match("x_.count(E)", node)
                    if found and is_simple(found["E"]) and kind(scope, found["x_"]) not in ("str", "bytes", "tuple", "range"):
                        calls.setdefault(found["x_"].id, []).append((node, found["E"]))
            for name, places in calls.items():
                if (
                    not is_untouched(scope, name, parts)
                    or name not in scope.bound
                    or not builtin(scope, "type", "int", "str", "list", "tuple", "set", "map", "len")
                ):
                    continue
                if isinstance(module.parents.get(places[0][0]), ast.IfExp):
                    continue
                counts = scope.fresh("counts")
                change = Change(["collections"], [UNIFORM])
                for node, element in dict((id(n), (n, e)) for n, e in places).values():
                    change.replace(node, fill("c_[E] if c_ is not None else O", c_=counts, E=element, O=node))
                start = fill_statements("c_ = collections.Counter(x_) if type(x_) is list and _uniform(x_, int, str) else None", c_=counts, x_=name)
                yield change.replace_statements(statement, 1, [*start, statement])


@rule("common-elements-by-set", "membership in set or dict", "asks a set instead of comparing with each element", speculative=True)
def common(module):
    from .ordering import UNIFORM

    for scope, block, at, found, count in runs(module, "for a_ in X:\n    for b_ in Y:\n        if a_ == b_:\n            s_.add(a_)"):
        loop = block[at]
        if (
            loop.orelse
            or loop.body[0].orelse
            or not is_name(found["X"])
            or not is_name(found["Y"])
            or kind(scope, found["s_"]) != "set"
            or any(is_needed_after(scope, found[n].id, loop, 1, block) for n in ("a_", "b_"))
            or isinstance(module.parents.get(loop), ast.If)
            and loop in module.parents[loop].orelse
        ):
            continue
        if builtin(scope, "set", "int", "str", "type", "list", "tuple", "map", "len"):
            yield Change([], [UNIFORM]).replace_statements(
                loop,
                1,
                fill_statements(
                    "if _uniform(X, int) and _uniform(Y, int) or _uniform(X, str) and _uniform(Y, str):\n    s_ |= set(X) & set(Y)\nelse:\n    ORIGINAL",
                    found,
                    ORIGINAL=[loop],
                ),
            )

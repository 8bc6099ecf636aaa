"""Loops: over elements instead of indices, with what does not change before them, ended as soon as the result is certain."""
import ast
import copy

from .calls import UNIFORM, certain
from .facts import assigned_values, may_be_shared, is_name, is_needed_after, is_pure, is_simple, is_untouched, kind, kind_of_element, names_in
from .patterns import fill, fill_statements, match, match_statements, same
from .rules import builtin, expressions, rule, runs
from .source import COMPREHENSIONS, FUNCTIONS, Change, inside, stored_in


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
            yield change.replace(loop.target, target).replace(loop.iter, fill("enumerate(X)", found)) if is_sequence(scope, found["X"]) else change.replace(
                loop.target, target
            ).replace(loop.iter, fill("enumerate(X)", found))
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


def is_sequence(scope, node):
    return kind(scope, node) in ("list", "str", "tuple")


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


@rule("before-the-loop", "loop-invariant hoisting", "works out before a loop what is the same in each round", speculative=True)
def hoist(module):
    for scope, block in module.blocks:
        for loop in block:
            if isinstance(loop, (ast.For, ast.While)):
                parts = [*loop.body, *([loop.test] if isinstance(loop, ast.While) else [])]
                changed = stored_in(loop)
                first = loop.test if isinstance(loop, ast.While) else loop.iter
                yield from hoisted(
                    scope, loop, parts, changed, first if is_cheap(scope, first) else None, [loop.test] if isinstance(loop, ast.While) else [], loop.body
                )
            elif isinstance(loop, (ast.Return, ast.Assign, ast.AugAssign, ast.Expr)):
                for node in inside(loop):
                    if isinstance(node, COMPREHENSIONS):
                        last = [*node.generators[0].ifs, *node.generators[1:], *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])]
                        outer = {
                            n.id
                            for a in module.ancestors(node)
                            if isinstance(a, (*COMPREHENSIONS, ast.Lambda))
                            for n in ast.walk(a)
                            if isinstance(n, (ast.Name, ast.arg))
                            for n in (
                                [n] if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) else [ast.Name(n.arg)] if isinstance(n, ast.arg) else []
                            )
                        }
                        source = node.generators[0].iter
                        yield from hoisted(
                            scope,
                            loop,
                            last,
                            stored_in(node) | outer | ({loop.target.id} if isinstance(loop, ast.AugAssign) and is_name(loop.target) else set()),
                            source if is_cheap(scope, source) and not names_in(source) & outer else None,
                            [],
                            [ast.Expr(p) for p in ([node.generators[0].ifs[0]] if node.generators[0].ifs else last if len(node.generators) == 1 else [])],
                        )


def is_cheap(scope, node):
    """May be evaluated once more, to see whether there will be a first round."""
    return (
        is_pure(scope, node)
        and sum(1 for _ in ast.walk(node)) < 12
        and not any(isinstance(n, (ast.Call, *COMPREHENSIONS)) and not is_name(getattr(n, "func", n), "range", "len") for n in ast.walk(node))
    )


def hoisted(scope, statement, parts, changed, first, always, body):
    """`first` is true where there will be a round; `always` is evaluated even where there is none; `body` are the statements of a round."""
    module, seen = scope.module, []
    sure = (
        {id(n) for s in body if not isinstance(s, (ast.For, ast.While, ast.Try, ast.With)) for n in certain(s.test if isinstance(s, ast.If) else s)}
        if not jumps_early(body)
        else set()
    )
    asked = {id(n) for s in always for n in certain(s)}
    for part in parts:
        for node in walk_outermost(part):
            if not is_costly(node) or names_in(node) & changed or not names_in(node) or not is_pure(scope, node) or any(same(node, s) for s in seen):
                continue
            if any(not steady(scope, name, parts) for name in names_in(node) if not scope.is_builtin(name)):
                continue
            if any(isinstance(n, COMPREHENSIONS + (ast.Lambda,)) for n in ast.walk(node)) and not isinstance(node, ast.Call):
                continue
            if isinstance(node, ast.Call) and is_name(node.func, "iter", "map", "filter", "zip", "reversed", "enumerate", "list", "set", "dict", "range"):
                continue
            places = [n for p in parts for n in ast.walk(p) if isinstance(n, ast.expr) and same(n, node)]
            if not may_be_shared(scope, node, places):
                continue
            guard = None
            if may_raise(scope, node) and id(node) not in asked:
                if id(node) not in sure or first is None:
                    continue
                guard = first
            seen.append(node)
            name = scope.fresh(name_for(node))
            change = Change()
            for other in places:
                change.replace(other, ast.Name(name, ast.Load()))
            value = copy.deepcopy(node)
            if guard is not None:
                value = ast.IfExp(copy.deepcopy(guard), value, ast.Constant(None))
            yield change.replace_statements(statement, 1, [*fill_statements("t_ = V", t_=name, V=value), statement])


def may_raise(scope, node):
    """Evaluating it may fail; a length and a sum of numbers cannot."""
    if isinstance(node, (ast.Name, ast.Constant)):
        return False
    if isinstance(node, ast.Attribute):
        return not (is_name(node.value) and scope.module.imported.get(node.value.id))
    if isinstance(node, ast.Call):
        return not (
            is_name(node.func, "len") and len(node.args) == 1 and is_name(node.args[0]) or is_name(node.func, "abs") and not may_raise(scope, node.args[0])
        )
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)) or any(
            may_raise(scope, n) or kind(scope, n) not in ("int", "float") for n in (node.left, node.right)
        )
    return not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice) or kind(scope, node.value) not in ("str", "list", "tuple")


def jumps_early(body):
    """A round may end before its last statement begins."""
    return any(isinstance(n, (ast.Break, ast.Continue, ast.Return)) for s in body[:-1] for n in inside(s))


def steady(scope, name, parts):
    at = scope
    while at is not None and name not in at.bound:
        at = at.parent
    if at is None:
        return name in scope.module.star_names
    if at is not scope and not at.is_module:
        return False
    if at.is_module and at is not scope and any(isinstance(n, ast.Global) and name in n.names for n in ast.walk(at.node)):
        return False
    if name in scope.module.imported or name in scope.module.imported_from:
        return True
    return is_untouched(at, name, parts) if at is scope else is_untouched(scope, name, parts)


def walk_outermost(part):
    todo = [part]
    while todo:
        node = todo.pop(0)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.expr):
            yield node
        todo.extend(ast.iter_child_nodes(node))


def is_costly(node):
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name)
    if isinstance(node, (ast.BinOp, ast.Call)):
        return not all(isinstance(n, (ast.Constant, ast.operator, ast.BinOp, ast.UnaryOp, ast.unaryop)) for n in ast.walk(node))
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)


def name_for(node):
    if isinstance(node, ast.Call):
        called = node.func
        word = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else "value"
        return {"len": "length", "max": "greatest", "min": "least", "sum": "total", "sorted": "in_order", "str": "text", "int": "number"}.get(
            word, f"{word}_value"
        )
    if isinstance(node, ast.Attribute):
        return node.attr
    return {"Sub": "difference", "Add": "total", "Mult": "product"}.get(type(getattr(node, "op", None)).__name__, "fixed")


@rule(
    "bound-worked-out-when-it-changes",
    "loop-invariant hoisting",
    "works the condition's bound out again only after what it depends on was assigned",
    speculative=True,
)
def moving_bound(module):
    for scope, block, at, found, count in runs(module, "while V <= E:\n    BODY", "while V < E:\n    BODY"):
        loop, bound = block[at], found["E"]
        if loop.orelse or not isinstance(bound, (ast.Call, ast.BinOp)) or not is_pure(scope, bound) or not is_simple(found["V"]):
            continue
        names = {
            n
            for n in names_in(bound)
            if not scope.is_builtin(n) and n not in module.imported and n not in module.imported_from and n not in module.star_names
        }
        names -= {(a.asname or a.name) for n in inside(scope.body) if isinstance(n, ast.Import) for a in n.names}
        if not names or any(kind(scope, ast.Name(n, ast.Load())) not in ("int", "float", "str") and n not in scope.parameters for n in names):
            continue
        if any(
            isinstance(n, ast.Subscript) and not isinstance(n.ctx, ast.Load) and names_in(n.value) & names for n in inside(loop.body)
        ) or names & names_changed_by_call(loop.body):
            continue
        if not names & stored_in(loop.body) or any(isinstance(n, (*FUNCTIONS, ast.NamedExpr)) for n in inside(loop.body)):
            continue
        limit = scope.fresh("limit")
        change = (
            Change()
            .replace(bound, ast.Name(limit, ast.Load()))
            .replace_statements(loop, 1, [*fill_statements("l_ = E", l_=limit, E=copy.deepcopy(bound)), loop])
        )
        good = True
        for s, inner in module.blocks:
            if s is scope and any(loop is a for a in module.ancestors(inner[0])):
                for statement in inner:
                    if isinstance(statement, (ast.Assign, ast.AugAssign)) and names & stored_in(statement):
                        change.replace_statements(statement, 1, [statement, *fill_statements("l_ = E", l_=limit, E=copy.deepcopy(bound))])
                    elif isinstance(statement, (ast.For, ast.With)) and names & stored_in(
                        [statement.target] if isinstance(statement, ast.For) else [statement.items]
                    ):
                        good = False
        if good:
            yield change


def names_changed_by_call(body):
    return {
        n.func.value.id
        for n in inside(body)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and isinstance(n.func.value, ast.Name)
        and n.func.attr in ("append", "pop", "extend", "remove", "insert", "clear", "add", "update", "sort")
    }


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
    from .patterns import Filler

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

"""Work that is the same in each round of a loop, done before it."""
import ast
import copy

from .effects import is_pure, is_untouched, may_be_shared
from .inlining import certain
from .kinds import is_name, is_simple, kind
from .patterns import fill_statements, same
from .rules import rule, runs
from .source import COMPREHENSIONS, Change, FUNCTIONS, inside, names_in, stored_in


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

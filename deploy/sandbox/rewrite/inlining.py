"""Small functions put where they are called, and the same call made once."""
import ast
import copy

from .effects import function_named, is_pure, may_be_shared
from .kinds import is_name, is_simple
from .patterns import Filler, fill_statements, same
from .rules import rule
from .source import Change, names_in, stored_in


@rule("same-call-once", "avoiding repeated work", "does the same thing once and remembers the result", speculative=True)
def once(module):
    for scope, block in module.blocks:
        for statement in block:
            if not isinstance(statement, (ast.Return, ast.Assign, ast.AugAssign, ast.Expr, ast.If)):
                continue
            part = statement.test if isinstance(statement, ast.If) else statement
            value = part if isinstance(statement, ast.If) else statement.value
            if value is None or not is_pure(scope, value):
                continue
            calls = [
                n
                for n in certain(part)
                if isinstance(n, ast.Call)
                and is_pure(scope, n)
                and not isinstance(n.func, ast.Lambda)
                and not is_name(n.func, "iter", "map", "filter", "zip", "range", "list", "set", "dict", "input", "enumerate", "reversed")
            ]
            for call in calls:
                equal = [n for n in ast.walk(part) if isinstance(n, ast.Call) and same(n, call)]
                if len(equal) > 1 and equal[0] is call and may_be_shared(scope, call, equal):
                    name = scope.fresh(readable(call))
                    change = Change()
                    for n in equal:
                        change.replace(n, ast.Name(name, ast.Load()))
                    change.replace_statements(statement, 1, [*fill_statements("t_ = V", t_=name, V=copied(call)), statement])
                    yield change


def copied(node):
    return copy.deepcopy(node)


def readable(call):
    called = call.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else "value"
    return {"len": "length", "str": "text", "min": "least", "max": "greatest", "sum": "total", "int": "number", "sorted": "in_order"}.get(
        name, name + "_value"
    )


def certain(part):
    """What is evaluated whenever the statement is: nothing behind `and`, `or`, `if`, in a lambda or a comprehension."""
    todo = [part]
    while todo:
        node = todo.pop(0)
        yield node
        if isinstance(node, ast.BoolOp):
            todo.append(node.values[0])
        elif isinstance(node, ast.IfExp):
            todo.append(node.test)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            todo.append(node.generators[0].iter)
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            todo += [node.left, node.comparators[0]]
        elif not isinstance(node, ast.Lambda):
            todo += list(ast.iter_child_nodes(node))


@rule("small-function-inlined", "inlining", "puts the one expression of a small function where it is called")
def inline(module):
    for scope, node in module.sites:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            continue
        target = function_named(scope, node.func.id)
        if (
            target is None
            or target is scope
            or target.node.decorator_list
            or any(isinstance(n, ast.Call) and is_name(n.func, target.node.name) for n in ast.walk(target.node))
        ):
            continue
        listed = target.node.args
        if listed.defaults or listed.vararg or listed.kwarg or listed.kwonlyargs or listed.posonlyargs or len(listed.args) != len(node.args):
            continue
        body = value_of(target.node.body)
        if (
            body is None
            or sum(1 for _ in ast.walk(body)) > 60
            or any(isinstance(n, (ast.Yield, ast.Await, ast.NamedExpr, ast.Lambda)) for n in ast.walk(body))
        ):
            continue
        free = names_in(body) - set(target.parameters) - stored_in(body)
        between, at = set(), scope
        while at is not None and at is not target.parent:
            between |= at.bound
            at = at.parent
        if free & between or free & comprehension_names(module, node):
            continue
        if set(target.parameters) & stored_in(body):
            continue
        found, cheap, before = {}, True, []
        for parameter, argument in zip(target.parameters, node.args):
            uses = sum(isinstance(n, ast.Name) and n.id == parameter for n in ast.walk(body))
            if not is_simple(argument) and uses > 1 and not is_constant_place(scope, argument) and not (uses == 2 and isinstance(argument, ast.Subscript)):
                cheap = False
            if names_in(argument) & stored_in(body):
                cheap = False
            found[parameter] = argument
        if not cheap or not (is_pure(scope, node) or all(map(is_simple, node.args))):
            continue
        yield Change().replace(node, Filler(found).visit(copied(body)))


def is_constant_place(scope, node):
    """Cheap to read twice: a[0], a[-1][1]."""
    while isinstance(node, ast.Subscript):
        if not is_simple(node.slice):
            return False
        node = node.value
    return isinstance(node, ast.Name)


def comprehension_names(module, node):
    return {
        n.id
        for a in module.ancestors(node)
        if isinstance(a, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp))
        for g in a.generators
        for n in ast.walk(g.target)
        if isinstance(n, ast.Name)
    } | {p.arg for a in module.ancestors(node) if isinstance(a, ast.Lambda) for p in a.args.args}


def value_of(body):
    """A function's body as one expression: returns, with or without conditions before them."""
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body:
        return None
    first = body[0]
    if isinstance(first, ast.Return) and first.value is not None:
        return first.value
    if isinstance(first, ast.If):
        then = value_of(first.body)
        other = value_of(first.orelse or body[1:])
        if then is not None and other is not None:
            return ast.IfExp(first.test, then, other)
    return None

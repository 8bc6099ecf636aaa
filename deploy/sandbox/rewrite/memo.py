"""Remembering results of pure functions."""
import ast

from .effects import function_named, is_pure_function
from .kinds import is_name
from .patterns import fill
from .rules import rule
from .source import Change, inside


@rule("remember-results", "memoisation", "remembers the results of a pure function", speculative=True)
def remember(module):
    for scope in module.scopes:
        if not isinstance(scope.node, ast.FunctionDef) or scope.node.decorator_list or scope.parent is None or not scope.parameters:
            continue
        listed = scope.node.args
        if listed.vararg or listed.kwarg or isinstance(module.parents.get(scope.node), ast.ClassDef):
            continue
        name = scope.node.name
        if function_named(scope.parent, name) is not scope or not is_pure_function(scope.parent, name) or returns_mutable(scope):
            continue
        inner = sum(isinstance(n, ast.Call) and is_name(n.func, name) for n in ast.walk(scope.node))
        outer = sum(isinstance(n, ast.Call) and is_name(n.func, name) and in_loop(module, n) for n in ast.walk(module.tree)) - inner
        # A function that calls itself once goes as deep as it is asked to; remembering takes more of the stack.
        if inner == 1 or inner == 0 and outer <= 0:
            continue
        yield Change(["functools"]).replace_statements(
            scope.node,
            1,
            [
                ast.FunctionDef(
                    name, scope.node.args, scope.node.body, [fill("functools.lru_cache(maxsize=None, typed=True)")], scope.node.returns, None, lineno=1
                )
            ],
        )


def in_loop(module, node):
    return any(isinstance(a, (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda)) for a in module.ancestors(node))


def returns_mutable(scope):
    """A remembered list would be shared by all who asked for it."""
    from .kinds import kind

    return any(
        isinstance(n, ast.Return) and n.value is not None and (kind(scope, n.value) in ("list", "dict", "set") or not is_plain(scope, n.value))
        for n in inside(scope.body)
    )


def is_plain(scope, node):
    """Its value is certainly no list: numbers, texts, truths, and what is computed of them."""
    from .kinds import kind

    if isinstance(node, (ast.Constant, ast.Compare)) or kind(scope, node) in ("int", "str", "float", "bool", "tuple"):
        return True
    if isinstance(node, ast.BinOp):
        return is_plain(scope, node.left) or is_plain(scope, node.right) or all(isinstance(n, ast.Call) for n in (node.left, node.right))
    if isinstance(node, (ast.BoolOp, ast.UnaryOp)):
        return all(is_plain(scope, v) for v in getattr(node, "values", [getattr(node, "operand", None)]) if v is not None)
    if isinstance(node, ast.IfExp):
        return is_plain(scope, node.body) and is_plain(scope, node.orelse)
    return isinstance(node, ast.Call) and is_name(node.func, scope.node.name) or isinstance(node, ast.Name) and is_only_parameter(scope, node.id)


def is_only_parameter(scope, name):
    """An argument that comes back as it came: it has a hash, or it would not be remembered."""
    return name in scope.parameters and not any(isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load) for n in inside(scope.body))

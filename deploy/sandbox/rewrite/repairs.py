"""Repairs of common failures, from an exception's type, message and traceback: the failing line is known, so only what stands there is changed."""
import ast
import re

from .kinds import is_name
from .patterns import fill, fill_statements, match
from .source import FUNCTIONS, Change, Module

REPAIRS = []


class Repair:
    def __init__(self, name, what, errors, find):
        self.name, self.what, self.errors, self.find = name, what, errors, find


def repair(name, what, *errors):
    def register(find):
        REPAIRS.append(Repair(name, what, errors, find))
        return find

    return register


class Place:
    """The failing statement, the function that it is in, and the exception."""

    def __init__(self, module, error):
        self.module, self.type, self.message = module, error.get("type") or error.get("exception_type") or "", error.get("message") or ""
        self.lines = [int(n) for n in re.findall(r'File "<skill>", line (\d+)', error.get("traceback") or "")]

    def statements(self):
        """Innermost statement of the last frame's line; where no line is known, every one of the function."""
        wanted = self.lines[-1:]
        for scope, block in self.module.blocks:
            for statement in block:
                if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                    continue
                first = statement.lineno
                last = statement.body[0].lineno - 1 if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)) else statement.end_lineno
                if not wanted or first <= wanted[0] <= max(first, last):
                    yield scope, block, statement

    def nodes(self):
        for scope, block, statement in self.statements():
            parts = (
                [statement.test]
                if isinstance(statement, (ast.If, ast.While))
                else [statement.iter]
                if isinstance(statement, ast.For)
                else statement.items
                if isinstance(statement, ast.With)
                else []
                if isinstance(statement, ast.Try)
                else [statement]
            )
            for part in parts:
                for node in ast.walk(part):
                    if isinstance(node, ast.expr):
                        yield scope, node


def repaired(source, function, errors):
    """(text, repair) for each way that one of these failures might be mended."""
    module = Module(source, function)
    seen = {source}
    for error in errors:
        place = Place(module, error)
        for way in REPAIRS:
            if place.type in way.errors:
                for change in way.find(place):
                    text = module.apply(change)
                    if text is not None and text not in seen:
                        seen.add(text)
                        yield text, way


@repair("missing-key", "a key may be missing", "KeyError")
def missing_key(place):
    key = place.message.strip("'\"")
    for _, node in place.nodes():
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
            if not key or not isinstance(node.slice, ast.Constant) or str(node.slice.value) == key:
                yield Change().replace(node, fill("X.get(K)", X=node.value, K=node.slice))
                yield Change().replace(node, fill("X.get(K, '')", X=node.value, K=node.slice))
    for _, _, statement in place.statements():
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Subscript):
            target = statement.target
            start = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1}.get(type(statement.op))
            if start is not None:
                yield Change().replace_statements(
                    statement,
                    1,
                    [
                        ast.Assign(
                            [target],
                            ast.BinOp(fill("X.get(K, D)", X=target.value, K=target.slice, D=ast.Constant(start)), statement.op, statement.value),
                            lineno=1,
                        )
                    ],
                )
        found = match("X[K].append(V)", statement.value) if isinstance(statement, ast.Expr) else None
        if found:
            yield Change().replace_statements(statement, 1, fill_statements("X.setdefault(K, []).append(V)", found))


@repair("missing-element", "a list may be too short", "IndexError")
def missing_element(place):
    for _, node in place.nodes():
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and isinstance(node.slice, ast.Constant)
            and type(node.slice.value) is int
            and node.slice.value >= 0
        ):
            yield Change().replace(node, fill("X[K] if len(X) > K else None", X=node.value, K=node.slice))
            yield Change().replace(node, fill("X[K] if len(X) > K else ''", X=node.value, K=node.slice))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and match("X[-1]", node):
            yield Change().replace(node, fill("X[-1] if X else None", X=node.value))


@repair("none-instead-of-a-value", "what is asked may be None", "AttributeError", "TypeError")
def none(place):
    if "NoneType" not in place.message:
        return
    attribute = re.search(r"no attribute '(\w+)'", place.message)
    for scope, node in place.nodes():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and (attribute is None or node.attr == attribute[1]):
            whole = place.module.parents.get(node)
            whole = whole if isinstance(whole, ast.Call) and whole.func is node else node
            if is_name(node.value):
                yield Change().replace(whole, fill("W if X is not None else None", W=whole, X=node.value))
                yield Change().replace(node.value, fill("(X or '')", X=node.value))
            else:
                yield Change().replace(node.value, fill("(X or '')", X=node.value))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and "subscriptable" in place.message and is_name(node.value):
            yield Change().replace(node, fill("W if X is not None else None", W=node, X=node.value))
        if isinstance(node, ast.BinOp) and "unsupported operand" in place.message:
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if is_name(side):
                    neutral = ast.Constant("" if isinstance(other, ast.Constant) and isinstance(other.value, str) or isinstance(other, ast.JoinedStr) else 0)
                    yield Change().replace(side, fill("(X or N)", X=side, N=neutral))
    for scope, block, statement in place.statements():
        if isinstance(statement, ast.For) and "not iterable" in place.message:
            yield Change().replace(statement.iter, fill("X or ()", X=statement.iter))
        # A match that was not found is asked for its groups.
        if isinstance(statement, (ast.Assign, ast.Return, ast.Expr)) and not scope.is_module and "NoneType" in place.message:
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute) and is_name(node.value) and node.attr in ("group", "groups", "groupdict", "start", "end", "span"):
                    yield Change().replace_statements(statement, 1, [*fill_statements("if X is None:\n    return None", X=node.value), statement])


@repair("encoding", "bytes may not be of the encoding that is expected", "UnicodeDecodeError", "UnicodeEncodeError")
def encoding(place):
    for _, node in place.nodes():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("decode", "encode")
            and not any(k.arg == "errors" for k in node.keywords)
            and len(node.args) < 2
        ):
            for errors in ("replace", "ignore"):
                yield Change().replace(node, ast.Call(node.func, node.args, [*node.keywords, ast.keyword("errors", ast.Constant(errors))]))
            if node.func.attr == "encode" and node.args:
                yield Change().replace(node, ast.Call(node.func, [ast.Constant("utf-8")], node.keywords))
        if isinstance(node, ast.Call) and is_name(node.func, "open") and not any(k.arg in ("errors", "encoding") for k in node.keywords):
            yield Change().replace(
                node,
                ast.Call(
                    node.func, node.args, [*node.keywords, ast.keyword("encoding", ast.Constant("utf-8")), ast.keyword("errors", ast.Constant("replace"))]
                ),
            )


@repair("wrong-type", "a value may be of another type than is expected", "TypeError", "ValueError", "AttributeError")
def wrong_type(place):
    message = place.message
    for scope, node in place.nodes():
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add)
            and ("concatenate str" in message or "unsupported operand" in message and "'str'" in message)
        ):
            for side in (node.left, node.right):
                if not isinstance(side, (ast.Constant, ast.JoinedStr)):
                    yield Change().replace(side, fill("str(X)", X=side))
            for side in (node.left, node.right):
                if not isinstance(side, ast.Constant):
                    yield Change().replace(side, fill("float(X)", X=side))
        elif isinstance(node, ast.BinOp) and "unsupported operand" in message and "'str'" in message:
            for side in (node.left, node.right):
                if not isinstance(side, ast.Constant):
                    yield Change().replace(side, fill("float(X)", X=side))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join" and "sequence item" in message:
            yield Change().replace(node.args[0], fill("map(str, X)", X=node.args[0]))
        if isinstance(node, ast.Compare) and "not supported between instances" in message and "'str'" in message:
            for side in (node.left, *node.comparators):
                if not isinstance(side, ast.Constant):
                    yield Change().replace(side, fill("float(X)", X=side))
        if (
            isinstance(node, ast.Call)
            and is_name(node.func, "int", "float")
            and len(node.args) == 1
            and ("invalid literal" in message or "could not convert" in message)
        ):
            yield Change().replace(
                node,
                fill(
                    "float(X)" if is_name(node.func, "float") or "invalid literal" in message and "." in message else "int(float(X))",
                    X=fill("str(X).strip().replace(',', '')", X=node.args[0]),
                ),
            )
            if not scope.is_module:
                for _, _, statement in place.statements():
                    if any(n is node for n in ast.walk(statement)) and isinstance(statement, (ast.Assign, ast.Return, ast.Expr)):
                        yield Change().replace_statements(
                            statement, 1, fill_statements("try:\n    BODY\nexcept ValueError:\n    return None", BODY=[statement])
                        )
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and re.search(r"'(int|float|bool|list)' object has no attribute '" + re.escape(node.attr) + "'", message)
        ):
            yield Change().replace(node.value, fill("str(X)", X=node.value))
        if (
            isinstance(node, ast.Call)
            and "object is not iterable" in message
            and is_name(node.func, "sum", "list", "sorted", "set", "max", "min")
            and node.args
            and is_name(node.args[0])
        ):
            yield Change().replace(node.args[0], fill("X if isinstance(X, (list, tuple, set, dict)) else [X]", X=node.args[0]))
        if isinstance(node, ast.Call) and is_name(node.func, "len") and "has no len" in message and node.args:
            yield Change().replace(node.args[0], fill("str(X)", X=node.args[0]))
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and ("indices must be integers" in message)
            and not isinstance(node.slice, (ast.Slice, ast.Constant))
        ):
            yield Change().replace(node.slice, fill("int(X)", X=node.slice))


@repair("division-by-zero", "a divisor may be zero", "ZeroDivisionError")
def division(place):
    for _, node in place.nodes():
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
            yield Change().replace(node, fill("W if D else Z", W=node, D=node.right, Z=ast.Constant(0)))
            yield Change().replace(node, fill("W if D else None", W=node, D=node.right))


@repair("recursion-too-deep", "goes deeper than the interpreter's limit", "RecursionError")
def recursion(place):
    from .memo import remember

    yield from remember(place.module)

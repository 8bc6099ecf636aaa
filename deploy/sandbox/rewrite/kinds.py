"""Which kind of value a piece of code has, where the code leaves no doubt, and which values a variable is set to."""
import ast

from .source import COMPREHENSIONS, FUNCTIONS, inside, names_in

KIND_OF_CALL = {name: kind for kind, names in {
    "int": "len int ord",
    "str": "str chr bin hex repr input",
    "float": "float",
    "bool": "bool isinstance any all",
    "list": "list sorted",
    "tuple": "tuple",
    "set": "set frozenset",
    "dict": "dict",
    "range": "range",
}.items() for name in names.split()}
KIND_OF_METHOD = {name: kind for kind, names in {
    "list": "split splitlines",
    "str": "join strip lower upper replace readline rstrip lstrip swapcase read",
    "int": "count index find",
    "bool": "isalpha isdigit",
}.items() for name in names.split()}
MUTATING = set(
    """
    append extend insert remove pop clear sort reverse add discard update popleft appendleft setdefault popitem
    """.split()
)


def is_name(node, *names):
    return isinstance(node, ast.Name) and (not names or node.id in names)


def is_simple(node):
    """As cheap as a variable, and the same each time."""
    return isinstance(node, (ast.Name, ast.Constant)) or isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


FIXED = {"int", "str", "float", "bool", "tuple", "range", "bytes"}


def assigned_values(scope, name):
    """The values that a local variable is set to; None in the list for a value that is not an expression of its own."""
    key = ("values", name)
    if key not in scope.facts:
        scope.facts[key] = find_values(scope, name)
    return scope.facts[key]


def find_values(scope, name):
    values = []
    if name in scope.parameters or name in scope.declared:
        values.append(None)
    for node in inside(scope.body):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if is_name(target, name):
                    values.append(node.value)
                elif isinstance(target, (ast.Tuple, ast.List)) and name in names_in(target) and any(is_name(e, name) for e in target.elts):
                    parts = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(target.elts) else None
                    values += [parts[i] if parts else ElementOf(node.value) for i, e in enumerate(target.elts) if is_name(e, name)]
                elif any(isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load) for n in ast.walk(target)):
                    values.append(None)
        elif isinstance(node, ast.AnnAssign) and is_name(node.target, name) and node.value is not None:
            values.append(node.value)
        elif isinstance(node, ast.AugAssign) and is_name(node.target, name):
            values.append(ast.BinOp(node.target, node.op, node.value))
        elif isinstance(node, ast.For) and any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node.target)):
            values.append(ElementOf(node.iter) if is_name(node.target) else PartOf(node.iter, node.target, name))
        elif isinstance(node, ast.NamedExpr) and is_name(node.target, name):
            values.append(node.value)
        elif (
            isinstance(node, (*FUNCTIONS, ast.ClassDef))
            and node.name == name
            or isinstance(node, ast.withitem)
            and node.optional_vars is not None
            and name in names_in(node.optional_vars)
            or isinstance(node, ast.ExceptHandler)
            and node.name == name
        ):
            values.append(None)
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and any((a.asname or a.name) == name for a in node.names):
            values.append(None)
    if not scope.is_module:
        values += [None for n in ast.walk(scope.node) if isinstance(n, ast.Nonlocal) and name in n.names and n not in scope.body]
    else:
        values += [None for n in ast.walk(scope.node) if isinstance(n, ast.Global) and name in n.names]
    return values


class ElementOf:
    """The value of a loop's variable."""

    def __init__(self, iterable):
        self.iterable = iterable


class PartOf:
    """The value of one of several variables of a loop."""

    def __init__(self, iterable, target, name):
        self.iterable, self.target, self.name = iterable, target, name


def kind(scope, node, depth=0):
    """The exact type of a value, by name, where the code leaves no doubt: int, str, float, bool, list, tuple, set, dict, range; else None."""
    if depth > 6 or node is None or isinstance(node, Unknown):
        return None
    if isinstance(node, ElementOf):
        return kind_of_element(scope, node.iterable, depth + 1)
    if isinstance(node, PartOf):
        call, target = node.iterable, node.target
        if isinstance(call, ast.Call) and is_name(call.func, "enumerate") and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            if is_name(target.elts[0], node.name):
                return "int"
            if is_name(target.elts[1], node.name) and call.args:
                return kind_of_element(scope, call.args[0], depth + 1)
        if isinstance(call, ast.Call) and is_name(call.func, "zip") and isinstance(target, ast.Tuple) and len(target.elts) == len(call.args):
            for part, argument in zip(target.elts, call.args):
                if is_name(part, node.name):
                    return kind_of_element(scope, argument, depth + 1)
        return None
    if isinstance(node, ast.Constant):
        return type(node.value).__name__ if type(node.value) in (int, str, float, bool, bytes) else None
    if isinstance(node, ast.Name):
        inner = value_in_comprehension(scope, node)
        return kind_of_name(scope, node.id, depth) if inner is None else kind(scope, inner, depth + 1)
    if isinstance(node, (ast.List, ast.ListComp)):
        return "list"
    if isinstance(node, (ast.Dict, ast.DictComp)):
        return "dict"
    if isinstance(node, (ast.Set, ast.SetComp)):
        return "set"
    if isinstance(node, ast.Tuple):
        return "tuple"
    if isinstance(node, ast.JoinedStr):
        return "str"
    if isinstance(node, ast.Compare):
        return (
            "bool"
            if all(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in node.ops)
            or all(kind(scope, part, depth + 1) in ("int", "str", "float", "bool") for part in (node.left, *node.comparators))
            else None
        )
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return "bool"
        inner = kind(scope, node.operand, depth + 1)
        return "int" if inner in ("int", "bool") else inner if inner == "float" and not isinstance(node.op, ast.Invert) else None
    if isinstance(node, ast.IfExp):
        one, other = kind(scope, node.body, depth + 1), kind(scope, node.orelse, depth + 1)
        return one if one == other else None
    if isinstance(node, ast.BinOp):
        return kind_of_operation(node.op, kind(scope, node.left, depth + 1), kind(scope, node.right, depth + 1))
    if isinstance(node, ast.Subscript):
        whole = kind(scope, node.value, depth + 1)
        if isinstance(node.slice, ast.Slice):
            return whole if whole in ("str", "list", "tuple") else None
        return "str" if whole == "str" else kind_of_element(scope, node.value, depth + 1) if whole in ("list", "tuple", "range") else None
    if isinstance(node, ast.Call):
        return kind_of_call(scope, node, depth)
    return None


class Unknown(ast.expr):
    """A value of which nothing is known."""


def value_in_comprehension(scope, node):
    """What a name is set to by the comprehension or lambda around it; None where none binds it."""
    for ancestor in scope.module.ancestors(node):
        if isinstance(ancestor, ast.Lambda) and any(a.arg == node.id for a in ast.walk(ancestor.args) if isinstance(a, ast.arg)):
            return Unknown()
        if isinstance(ancestor, COMPREHENSIONS):
            for generator in ancestor.generators:
                if is_name(generator.target, node.id):
                    return ElementOf(generator.iter)
                if node.id in names_in(generator.target):
                    return PartOf(generator.iter, generator.target, node.id)
        if isinstance(ancestor, (*FUNCTIONS, ast.ClassDef)):
            return None
    return None


def kind_of_operation(operator, left, right):
    numbers = ("int", "bool")
    if left in numbers and right in numbers:
        if isinstance(operator, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift)):
            return "int"
        if isinstance(operator, ast.Div):
            return "float"
        return "int" if isinstance(operator, (ast.BitAnd, ast.BitOr, ast.BitXor)) and left == right == "int" else None
    if {left, right} <= {"int", "float", "bool"} and left and right and not isinstance(operator, (ast.Pow, ast.BitAnd, ast.BitOr, ast.BitXor)):
        return "float"
    if (
        left == right == "str"
        and isinstance(operator, ast.Add)
        or left == "str"
        and isinstance(operator, ast.Mod)
        or {left, right} == {"str", "int"}
        and isinstance(operator, ast.Mult)
    ):
        return "str"
    if left == right == "list" and isinstance(operator, ast.Add) or {left, right} == {"list", "int"} and isinstance(operator, ast.Mult):
        return "list"
    return None


def kind_of_call(scope, node, depth):
    called = node.func
    if isinstance(called, ast.Name):
        if called.id in ("max", "min") and scope.is_builtin(called.id) and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args):
            kinds = (
                {kind(scope, a, depth + 1) for a in node.args}
                if len(node.args) > 1
                else {kind_of_element(scope, node.args[0], depth + 1)}
                if node.args
                else {None}
            )
            return kinds.pop() if len(kinds) == 1 else None
        if called.id == "abs" and node.args and scope.is_builtin("abs"):
            inner = kind(scope, node.args[0], depth + 1)
            return "int" if inner in ("int", "bool") else inner
        if called.id == "sum" and len(node.args) == 1 and scope.is_builtin("sum"):
            return "int" if kind_of_element(scope, node.args[0], depth + 1) in ("int", "bool") else None
        if called.id in KIND_OF_CALL and scope.is_builtin(called.id):
            return KIND_OF_CALL[called.id]
    if isinstance(called, ast.Attribute):
        if is_name(called.value) and called.value.id == "math" and called.attr in ("gcd", "isqrt", "floor", "ceil", "factorial"):
            return "int"
        if called.attr == "readline" or kind(scope, called.value, depth + 1) == "str":
            return KIND_OF_METHOD.get(called.attr)
    return None


def kind_of_name(scope, name, depth):
    at = scope
    while at is not None and name not in at.bound:
        at = at.parent
    if at is None:
        return None
    key = ("kind", name)
    if key in at.facts:
        return at.facts[key]
    # While a variable is being looked into, it is taken to be what the rest of its values are: `i = 0; i += 1` is an int.
    values = assigned_values(at, name)
    if not values or any(v is None for v in values):
        at.facts[key] = None
        return None
    for guess in (None, *("int", "str", "float", "list")):
        at.facts[key] = guess
        kinds = {kind(at, v, depth + 1) for v in values}
        if len(kinds) == 1 and None not in kinds and (guess is None or guess in kinds):
            at.facts[key] = kinds.pop()
            return at.facts[key]
    at.facts[key] = None
    return None


def kind_of_element(scope, node, depth=0):
    """What comes out of a loop over it."""
    if depth > 6 or node is None or isinstance(node, (ElementOf, PartOf)):
        return None
    whole = kind(scope, node, depth + 1)
    if whole == "str":
        return "str"
    if whole == "range":
        return "int"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("split", "splitlines", "readlines"):
        return "str"
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and node.elts:
        kinds = {kind(scope, e, depth + 1) for e in node.elts}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
        return kind_of_element(scope, node.left, depth + 1)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        own = {g.target.id: g.iter for g in node.generators if is_name(g.target)}
        if is_name(node.elt) and node.elt.id in own:
            return kind_of_element(scope, own[node.elt.id], depth + 1)
        return (
            kind(scope, node.elt, depth + 1)
            if not names_in(node.elt) & {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
            or isinstance(node.elt, ast.Call)
            else None
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and scope.is_builtin(node.func.id) and node.args:
        if node.func.id in ("list", "sorted", "tuple", "set", "reversed", "iter"):
            return kind_of_element(scope, node.args[0], depth + 1)
        if node.func.id == "map" and isinstance(node.args[0], ast.Name) and scope.is_builtin(node.args[0].id):
            return KIND_OF_CALL.get(node.args[0].id)
    if isinstance(node, ast.Name):
        at = scope
        while at is not None and node.id not in at.bound:
            at = at.parent
        if at is None or changes_elements(at, node.id):
            return None
        values = assigned_values(at, node.id)
        kinds = {kind_of_element(at, v, depth + 1) if isinstance(v, ast.AST) else None for v in values}
        return kinds.pop() if len(kinds) == 1 else None
    return None


def changes_elements(scope, name):
    """Whether anything but a whole assignment may put something into it."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Subscript) and is_name(node.value, name) and not isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.Attribute) and is_name(node.value, name) and node.attr in MUTATING - {"sort", "reverse", "pop", "remove", "clear"}:
            return True
        if isinstance(node, ast.AugAssign) and is_name(node.target, name):
            return True
    return False


def is_iterator(scope, node):
    """It may be gone through once only."""
    if (
        isinstance(node, ast.GeneratorExp)
        or isinstance(node, ast.Call)
        and is_name(node.func, "map", "filter", "zip", "iter", "reversed", "enumerate", "open")
    ):
        return True
    return is_name(node) and any(isinstance(v, ast.AST) and not is_name(v) and is_iterator(scope, v) for v in assigned_values(scope, node.id))

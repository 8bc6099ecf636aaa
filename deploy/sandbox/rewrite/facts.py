"""What can be said about a piece of code without running it: which kind of value it has, whether it does anything, whether a variable is still needed."""
import ast

from .source import COMPREHENSIONS, FUNCTIONS, inside, names_in

PURE_CALLS = set(
    """
    len abs min max int str float bool ord chr sum sorted round bin hex oct divmod pow isinstance tuple list set frozenset dict range enumerate zip
    reversed any all repr type map filter complex bytes
    """.split()
)
PURE_MODULES = {"math", "operator", "itertools", "functools", "string", "re", "bisect", "heapq"}
PURE_METHODS = set(
    """
    split rsplit strip lstrip rstrip lower upper title swapcase capitalize casefold isalpha isdigit isalnum isupper islower isspace isnumeric
    isdecimal isidentifier replace count index find rfind rindex startswith endswith join format zfill ljust rjust center keys values items get copy
    encode splitlines bit_length partition translate union intersection difference issubset issuperset hexdigest bit_count
    """.split()
)
PURE_NODES = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Subscript,
    ast.Slice,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Starred,
    ast.keyword,
    *COMPREHENSIONS,
    ast.comprehension,
    ast.Lambda,
    ast.arguments,
    ast.arg,
)
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


def is_pure(scope, part, depth=0):
    """Evaluating it changes nothing that anybody could see. Operators of objects are taken to be honest."""
    for node in ast.walk(part):
        if isinstance(node, PURE_NODES) or node is part and isinstance(node, ast.Expression):
            continue
        if isinstance(node, ast.Attribute):
            continue
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                if called.id in PURE_CALLS and scope.is_builtin(called.id):
                    continue
                if depth < 3 and is_pure_function(scope, called.id, depth + 1):
                    continue
                if isinstance(called.id, str) and scope.module.imported_from.get(called.id, ("",))[0] in PURE_MODULES and called.id not in scope.bound:
                    continue
            if isinstance(called, ast.Attribute):
                if called.attr in PURE_METHODS:
                    continue
                if isinstance(called.value, ast.Name) and scope.module.imported.get(called.value.id) in PURE_MODULES:
                    continue
        return False
    return True


FIXED = {"int", "str", "float", "bool", "tuple", "range", "bytes"}


def may_be_shared(scope, node, places):
    """One value may stand for what the code makes anew at each of these places: it cannot be altered, was there before, or is only looked at."""
    if (
        kind(scope, node) in FIXED
        or isinstance(node, (ast.Name, ast.Attribute, ast.Constant))
        or isinstance(node, ast.Subscript)
        and not isinstance(node.slice, ast.Slice)
    ):
        return True
    if isinstance(node, ast.Call) and is_name(node.func, "min", "max") and scope.is_builtin(node.func.id):
        return True
    return all(is_only_looked_at(scope, place) for place in places)


def is_only_looked_at(scope, node):
    """The value is used up where it stands: an operand, an index, an argument of a builtin that keeps nothing of it."""
    parent = scope.module.parents.get(node)
    if isinstance(parent, (ast.Compare, ast.UnaryOp, ast.Slice, ast.FormattedValue)):
        return True
    if isinstance(parent, ast.BinOp):
        return (
            True
            if kind(scope, parent) in FIXED
            else not isinstance(parent.op, (ast.Mod,)) and is_only_looked_at(scope, parent) or not isinstance(parent.op, (ast.Add, ast.Mult, ast.Mod))
        )
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id in (
            "len",
            "abs",
            "int",
            "str",
            "float",
            "sum",
            "round",
            "range",
            "ord",
            "chr",
            "any",
            "all",
            "isinstance",
            "bin",
        ) and scope.is_builtin(parent.func.id)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        return parent.func.attr in ("join", "index", "count", "startswith", "find") and kind(scope, parent) in FIXED
    return isinstance(parent, (ast.If, ast.While, ast.IfExp)) and parent.test is node


def function_named(scope, name):
    """The one function that a name means here; None where that is not certain."""
    while scope is not None:
        if name in scope.bound:
            found = [n for n in inside(scope.body) if isinstance(n, FUNCTIONS) and n.name == name]
            stored = [n for n in inside(scope.body) if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)]
            if len(found) != 1 or stored or name in scope.parameters or not isinstance(found[0], ast.FunctionDef):
                return None
            return next((s for s in scope.module.scopes if s.node is found[0]), None)
        scope = scope.parent
    return None


def is_pure_function(scope, name, depth=1):
    """Its result depends on its arguments only, and it does nothing else. It may use its own local variables as it likes."""
    target = function_named(scope, name)
    if target is None or target.node.decorator_list or target.declared:
        return False
    key = "pure"
    if key not in target.facts:
        target.facts[key] = True  # a function that calls itself is as pure as the rest of it
        target.facts[key] = is_pure_body(target, depth)
    return target.facts[key]


def is_pure_body(target, depth):
    module, own = target.module, target.bound - set(target.parameters)
    fresh = {name for name in own if is_own_object(target, name)}
    for node in inside(target.body):
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.Delete, ast.With, ast.AsyncFor, ast.AsyncWith, ast.ClassDef)):
            return False
        if isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load) and not (is_name(node.value) and node.value.id in fresh):
            return False
        if (
            isinstance(node, ast.AugAssign)
            and is_name(node.target)
            and node.target.id not in own
            and kind(target, node.target) not in ("int", "str", "float", "bool")
        ):
            return False
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in target.bound and not is_constant_outside(target, node.id):
            return False
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in MUTATING and is_name(called.value) and called.value.id in fresh:
                continue
            if not is_pure(target, ast.Call(called, [], []), depth):
                return False
    return module is not None


def is_constant_outside(scope, name):
    """A name from outside of a function that always means the same: a builtin, a function, a module, or what the module sets once to a constant."""
    if scope.is_builtin(name):
        return True
    comprehension = any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in ast.walk(scope.node))
    if comprehension or any(isinstance(n, ast.arg) and n.arg == name for n in ast.walk(scope.node)):
        return True
    if function_named(scope, name) is not None or name in scope.module.imported or name in scope.module.imported_from or name in scope.module.star_names:
        return True
    outer = scope.module.scopes[0]
    stores = [n for n in ast.walk(scope.module.tree) if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)]
    sets = [s for s in outer.body if isinstance(s, ast.Assign) and len(s.targets) == 1 and is_name(s.targets[0], name)]
    if len(stores) != 1 or len(sets) != 1:
        return False
    value = sets[0].value
    return (
        isinstance(value, ast.Constant)
        or kind(outer, value) in ("int", "str", "float", "bool")
        or isinstance(value, ast.Tuple)
        and all(isinstance(e, ast.Constant) for e in value.elts)
    )


def is_own_object(scope, name):
    """Every value of this local variable is an object that was made here."""
    made = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
    values = assigned_values(scope, name)
    return bool(values) and all(
        isinstance(v, made)
        or isinstance(v, ast.BinOp)
        and isinstance(v.op, ast.Mult)
        and isinstance(v.left, ast.List)
        or isinstance(v, ast.Call)
        and is_name(v.func, "list", "dict", "set", "sorted")
        and scope.is_builtin(v.func.id)
        for v in values
    )


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


def is_used_elsewhere(scope, name):
    """A function other than this one mentions the variable: a call may read or change it."""
    return any(s is not scope and name not in s.bound and name in names_in(list(s.body)) and is_within(s, scope) for s in scope.module.scopes)


def is_untouched(scope, name, part):
    """Nothing in this part of the code rebinds the variable, alters its object, by this or by another name, or hands it to somebody who might."""
    parts = part if isinstance(part, list) else [part]
    for other in scope.module.scopes:
        if other is not scope and name in other.declared:
            return False
    immutable = kind(scope, ast.Name(name, ast.Load())) in FIXED
    if not immutable and (
        any(
            other is not scope
            and name not in other.bound
            and any(isinstance(n, ast.Name) and n.id == name and not is_reading(other, n) for n in ast.walk(other.node))
            for other in scope.module.scopes
            if is_within(other, scope) and other is not scope
        )
        or any(may_be_same(scope, name, other) for other in altered_names(parts))
    ):
        return False
    for p in parts:
        for node in ast.walk(p):
            if isinstance(node, ast.Name) and node.id == name:
                if not isinstance(node.ctx, ast.Load):
                    return False
                if not immutable and not is_reading(scope, node):
                    return False
            elif isinstance(node, FUNCTIONS) and name in names_in(node):
                return False
    return True


def altered_names(parts):
    """Variables whose objects are altered; None for an object that has no name of its own."""
    for part in parts:
        for node in ast.walk(part):
            place = None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATING:
                place = node.func.value
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                place = node.value
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Mult, ast.BitOr)) and is_name(node.target):
                place = node.target
            if place is not None:
                while isinstance(place, ast.Subscript):
                    place = place.value
                yield place.id if is_name(place) else None


def may_be_same(scope, name, other):
    """Two variables may mean one object. What was made here for one of them is not the other's unless it was given to it."""
    if other is None:
        return not is_own_object(scope, name)
    if other == name:
        return False  # whoever asks has looked at this variable itself
    if kind(scope, ast.Name(other, ast.Load())) in FIXED:
        return False
    values = assigned_values(scope, other)
    if values and all(isinstance(v, (ast.Constant, ast.BinOp, ast.Compare, ast.JoinedStr)) for v in values):
        return False  # a number or a text that grows
    given = {v.id for n in (name, other) for v in assigned_values(scope, n) if is_name(v)}
    return bool(given & {name, other}) or not is_own_object(scope, name) and not is_own_object(scope, other)


def is_iterator(scope, node):
    """It may be gone through once only."""
    if (
        isinstance(node, ast.GeneratorExp)
        or isinstance(node, ast.Call)
        and is_name(node.func, "map", "filter", "zip", "iter", "reversed", "enumerate", "open")
    ):
        return True
    return is_name(node) and any(isinstance(v, ast.AST) and not is_name(v) and is_iterator(scope, v) for v in assigned_values(scope, node.id))


def is_in_handled_try(module, node):
    """An exception in it may be caught by the same function, which then sees how far it came."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return False
        if isinstance(ancestor, ast.Try) and ancestor.handlers:
            return True
    return False


def is_reading(scope, node):
    """This use of a variable only looks at its object."""
    parent = scope.module.parents.get(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.Attribute):
        user = scope.module.parents.get(parent)
        return (
            isinstance(parent.ctx, ast.Load)
            and parent.attr not in MUTATING
            and isinstance(user, ast.Call)
            and user.func is parent
            and parent.attr in PURE_METHODS
        )
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and (
            parent.func.id in PURE_CALLS | {"print"} and scope.is_builtin(parent.func.id) or is_pure_function(scope, parent.func.id)
        )
    return isinstance(
        parent,
        (
            ast.Compare,
            ast.BinOp,
            ast.UnaryOp,
            ast.BoolOp,
            ast.comprehension,
            ast.If,
            ast.While,
            ast.For,
            ast.IfExp,
            ast.Subscript,
            ast.Slice,
            ast.FormattedValue,
            ast.AugAssign,
        ),
    ) and not (isinstance(parent, ast.AugAssign) and parent.target is node)


def is_needed_after(scope, name, first, count, block):
    """Whether anything may read the value that the variable has after these statements of a block."""
    if (
        any(s is not scope and is_within(s, scope) and name in names_in(list(s.body)) and name not in s.bound for s in scope.module.scopes)
        or name in scope.declared
    ):
        return True
    if scope.is_module and scope.module.function is not None:
        return True
    at = next(i for i, s in enumerate(block) if s is first)
    last = block[at + count - 1]
    seen = []
    live(scope.body, name, False, False, False, last, seen)
    return any(seen) or not seen


def is_within(scope, outer):
    while scope is not None and scope is not outer:
        scope = scope.parent
    return scope is outer


def reads(node, name):
    """Whether it reads this variable; one of the same name that a comprehension or a lambda binds for itself is another."""
    todo = [node] if node is not None else []
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name):
            if part.id == name and isinstance(part.ctx, ast.Load):
                return True
        elif isinstance(part, COMPREHENSIONS) and any(isinstance(n, ast.Name) and n.id == name for g in part.generators for n in ast.walk(g.target)):
            todo.append(part.generators[0].iter)
            if any(name in names_in(g.iter) for g in part.generators[1:]):
                return True
        elif isinstance(part, ast.Lambda) and any(a.arg == name for a in ast.walk(part.args) if isinstance(a, ast.arg)):
            todo += part.args.defaults
        else:
            todo += ast.iter_child_nodes(part)
    return False


def live(block, name, after, broken, continued, mark, seen):
    """Whether the value of the variable at the block's beginning may be read; notes in `seen` what holds just after the statement `mark`."""
    for statement in reversed(block):
        if statement is mark:
            seen.append(after)
        if isinstance(statement, (ast.Return, ast.Raise)):
            after = reads(statement, name)
        elif isinstance(statement, ast.Break):
            after = broken
        elif isinstance(statement, ast.Continue):
            after = continued
        elif isinstance(statement, ast.Assign):
            kills = any(is_name(t, name) or isinstance(t, (ast.Tuple, ast.List)) and any(is_name(e, name) for e in t.elts) for t in statement.targets)
            after = reads(statement.value, name) or any(reads(t, name) for t in statement.targets) or after and not kills
        elif isinstance(statement, ast.AugAssign):
            after = after or is_name(statement.target, name) or reads(statement, name)
        elif isinstance(statement, ast.If):
            one = live(statement.body, name, after, broken, continued, mark, seen)
            other = live(statement.orelse, name, after, broken, continued, mark, seen)
            after = reads(statement.test, name) or one or other
        elif isinstance(statement, ast.While):
            leave = live(statement.orelse, name, after, broken, continued, mark, seen)
            head = leave or reads(statement.test, name)
            for _ in range(2):
                head = head or live(statement.body, name, head, after, head, mark, seen)
            after = head
        elif isinstance(statement, ast.For):
            leave = live(statement.orelse, name, after, broken, continued, mark, seen)
            sets = any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in ast.walk(statement.target))
            head = leave
            for _ in range(2):
                inner = live(statement.body, name, head, after, head, mark, seen)
                head = head or (inner and not sets)
            after = reads(statement.iter, name) or head
        elif isinstance(statement, ast.With):
            inner = live(statement.body, name, after, broken, continued, mark, seen)
            after = any(reads(item.context_expr, name) for item in statement.items) or inner
        elif isinstance(statement, ast.Try):
            whole = after or reads(statement, name)
            for part in (statement.body, statement.orelse, statement.finalbody, *(h.body for h in statement.handlers)):
                live(part, name, whole, broken or whole, continued or whole, mark, seen)
            after = whole
        else:
            after = after or reads(statement, name)
    return after

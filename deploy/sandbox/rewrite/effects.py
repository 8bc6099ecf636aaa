"""Whether a piece of code does anything that somebody could see, and whether an object may change meanwhile."""
import ast

from .kinds import FIXED, MUTATING, assigned_values, is_name, kind
from .liveness import is_within
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

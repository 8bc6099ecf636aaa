"""Calls: of builtins, of lambdas, of small functions, and the same call twice."""
import ast
import copy

from .facts import function_named, is_name, is_pure, is_simple, kind, kind_of_element, may_be_shared, names_in
from .patterns import Filler, fill, fill_statements, match, same
from .rules import builtin, expressions, rule, runs
from .source import FUNCTIONS, Change, inside, stored_in

UNIFORM = '''
def _uniform(values, *kinds):
    """Whether it is a list or tuple whose elements are all of exactly one of these types."""
    if type(values) not in (list, tuple):
        return False
    found = set(map(type, values))
    return len(found) == 1 and found.pop() in kinds
'''
IS_SORTED = '''
def _is_sorted(values, before=operator.le):
    """Whether each two neighbours of a list are in order: what comparing it with its sorted copy finds, without the copy."""
    return all(map(before, values, itertools.islice(values, 1, None)))
'''


@rule("comparison-instead-of-max", "builtins for hand loops", "two values are compared faster than max or min are called")
def two_values(module):
    for scope, block, at, found, count in runs(module, "v_ = max(X, v_)", "v_ = max(v_, X)", "v_ = min(X, v_)", "v_ = min(v_, X)"):
        call = block[at].value
        if not builtin(scope, call.func.id) or any(isinstance(a, ast.Starred) for a in call.args):
            continue
        first = is_name(call.args[0], found["v_"].id)
        sign = ">" if call.func.id == "max" else "<"
        test = f"X {sign} v_" if first else f"not v_ {sign} X"
        if is_simple(found["X"]):
            yield Change().replace_statements(block[at], 1, fill_statements(f"if {test}:\n    v_ = X", found))
        elif found["v_"].id not in {n.id for n in ast.walk(found["X"]) if isinstance(n, ast.Name)} or is_pure(scope, found["X"]):
            name = scope.fresh("value")
            yield Change().replace_statements(
                block[at],
                1,
                [*fill_statements("t_ = X", found, t_=name), *fill_statements(f"if {test}:\n    v_ = X", {**found, "X": ast.Name(name, ast.Load())})],
            )
    for scope, node, found in expressions(module, "max(A, B)", "min(A, B)"):
        parent = module.parents.get(node)
        if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and is_name(parent.targets[0]) and parent.targets[0].id in names_in(list(node.args)):
            continue
        if builtin(scope, node.func.id) and is_simple(found["A"]) and is_simple(found["B"]):
            yield Change().replace(node, fill("B if B > A else A" if node.func.id == "max" else "B if B < A else A", found))


@rule("comprehension-instead-of-lambda", "comprehension", "filters and maps without a call for each element")
def no_lambda(module):
    for scope, node in module.sites:
        if not isinstance(node, ast.Call) or not is_name(node.func, "filter", "map") or not builtin(scope, node.func.id) or len(node.args) != 2:
            continue
        function, iterable = node.args
        if (
            not isinstance(function, ast.Lambda)
            or len(function.args.args) != 1
            or function.args.defaults
            or function.args.vararg
            or function.args.kwarg
            or function.args.kwonlyargs
        ):
            continue
        consumer = module.parents.get(node)
        if not isinstance(consumer, ast.Call) or consumer.keywords and not is_name(consumer.func, "sorted", "max", "min"):
            continue
        if any(isinstance(n, (ast.Yield, ast.Await, ast.NamedExpr)) for n in ast.walk(function)):
            continue
        name = function.args.args[0].arg
        if node.func.id == "filter":
            made = fill("[x_ for x_ in X if C]", x_=name, X=iterable, C=function.body)
        else:
            made = fill("[E for x_ in X]", x_=name, X=iterable, E=function.body)
        if is_name(consumer.func, "list") and builtin(scope, "list") and len(consumer.args) == 1:
            yield Change().replace(consumer, made)
        elif (
            is_name(consumer.func, "sum", "sorted", "set", "tuple", "dict", "max", "min")
            and consumer.args[:1] == [node]
            and builtin(scope, consumer.func.id)
            or isinstance(consumer.func, ast.Attribute)
            and consumer.func.attr in ("join", "extend")
        ):
            yield Change().replace(node, made)


@rule("map-instead-of-comprehension", "builtins for hand loops", "calls a function for each element without a loop in Python")
def use_map(module):
    for scope, node in module.sites:
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp)) or len(node.generators) != 1 or not builtin(scope, "map", "list", "filter"):
            continue
        generator = node.generators[0]
        if generator.is_async or not is_name(generator.target):
            continue
        name, source, helped = generator.target.id, generator.iter, []
        if len(generator.ifs) == 1 and is_name(generator.ifs[0], name):
            source = fill("filter(None, X)", X=source)
        elif generator.ifs:
            continue
        element = node.elt
        if is_name(element, name):
            made = source
        else:
            function = function_of(scope, element, name)
            if function is None:
                continue
            made = fill("map(F, X)", F=function, X=source)
        if made is generator.iter and not isinstance(node, ast.ListComp):
            continue
        consumer = module.parents.get(node)
        if isinstance(consumer, ast.Call) and isinstance(consumer.func, ast.Attribute) and names_in(consumer.func) & names_in(made):
            continue  # it would be read while it grows
        takes_any = (
            isinstance(consumer, ast.Call)
            and consumer.args[:1] == [node]
            and (
                is_name(consumer.func, "sum", "sorted", "list", "tuple", "set", "any", "all", "max", "min", "dict", "frozenset")
                and builtin(scope, consumer.func.id)
                or isinstance(consumer.func, ast.Attribute)
                and consumer.func.attr in ("join", "extend")
            )
            or isinstance(consumer, ast.For)
            and consumer.iter is node
            and not isinstance(node, ast.GeneratorExp)
            and False
        )
        if isinstance(node, ast.ListComp) and not takes_any:
            made = fill("list(X)", X=made)
        elif isinstance(node, ast.GeneratorExp) and not takes_any:
            continue
        yield Change(helped).replace(node, made)


def function_of(scope, element, name):
    """A function that exists already and computes the same of its one argument; None where there is none."""
    if isinstance(element, ast.Call) and len(element.args) == 1 and is_name(element.args[0], name) and not element.keywords:
        called = element.func
        if (
            isinstance(called, ast.Name)
            and called.id
            in ("str", "int", "float", "len", "abs", "ord", "chr", "bool", "list", "tuple", "set", "sorted", "sum", "min", "max", "bin", "hex", "repr")
            and builtin(scope, called.id)
        ):
            return called
        if isinstance(called, ast.Name) and function_named(scope, called.id) is not None:
            return called
    if (
        isinstance(element, ast.Subscript)
        and is_name(element.slice, name)
        and is_name(element.value)
        and element.value.id != name
        and kind(scope, element.value) in ("dict", "list", "tuple", "str")
    ):
        return ast.Attribute(element.value, "__getitem__", ast.Load())
    if (
        isinstance(element, ast.Call)
        and isinstance(element.func, ast.Attribute)
        and is_name(element.func.value, name)
        and not element.args
        and not element.keywords
        and kind(scope, ast.Name(name, ast.Load())) == "str"
    ):
        return fill(f"str.{element.func.attr}")
    return None


@rule("key-without-lambda", "builtins for hand loops", "sorts by a function that exists already")
def key_function(module):
    for scope, node in module.sites:
        if not isinstance(node, ast.keyword) and not isinstance(node, ast.Call):
            continue
        for keyword in getattr(node, "keywords", []):
            function = keyword.value
            if keyword.arg != "key" or not isinstance(function, ast.Lambda) or len(function.args.args) != 1 or function.args.defaults:
                continue
            name, body = function.args.args[0].arg, function.body
            made, needs = function_of(scope, body, name), []
            if made is None and isinstance(body, ast.Subscript) and is_name(body.value, name) and isinstance(body.slice, ast.Constant):
                made, needs = fill("operator.itemgetter(I)", I=body.slice), ["operator"]
            bits = match("bin(x_).count('1')", body) or match("bin(x_)[2:].count('1')", body)
            if made is None and bits and bits["x_"].id == name and builtin(scope, "bin", "int"):
                made = fill("int.bit_count")
            if made is not None:
                yield Change(needs).replace(function, made)


@rule("bits-counted-by-int", "bit tricks", "counts the bits of a number without its text")
def bit_count(module):
    for scope, node, found in expressions(module, "bin(X)[2:].count('1')", "bin(X).count('1')"):
        if builtin(scope, "bin") and kind(scope, found["X"]) in ("int", "bool"):
            yield Change().replace(node, fill("X.bit_count()" if is_name(found["X"]) else "(X).bit_count()", found))


@rule("first-of-sorted", "avoiding repeated sorting", "takes the smallest without sorting the rest", speculative=True)
def first_of_sorted(module):
    for scope, node, found in expressions(module, "sorted(X)[0]", "sorted(X, key=K)[0]"):
        if (
            not is_name(found["X"])
            or not builtin(scope, "sorted", "min", "int", "str", "set", "map", "type", "list", "tuple", "len")
            or is_else(module, node)
        ):
            continue
        if "K" in found and not is_total_key(found["K"]):
            continue
        least = fill("min(X, key=K)" if "K" in found else "min(X)", found)
        yield Change(helpers=[UNIFORM]).replace(node, fill("L if _uniform(X, int, str) else O", found, L=least, O=node))


def is_total_key(function):
    """A key without floating point numbers, which may have no order."""
    if isinstance(function, ast.Name):
        return function.id in ("len", "str", "abs")
    allowed = (ast.Name, ast.Constant, ast.Tuple, ast.UnaryOp, ast.USub, ast.Load, ast.Call, ast.Subscript, ast.Slice)
    return isinstance(function, ast.Lambda) and all(
        isinstance(n, allowed) and (not isinstance(n, ast.Call) or is_name(n.func, "len", "set", "abs", "str", "sorted")) for n in ast.walk(function.body)
    )


def is_else(module, node):
    parent = module.parents.get(node)
    return isinstance(parent, ast.IfExp) and parent.orelse is node


@rule("order-without-sorting", "avoiding repeated sorting", "finds whether a list is in order by comparing neighbours", speculative=True)
def is_in_order(module):
    for scope, node, found in expressions(module, "X == sorted(X)", "sorted(X) == X", "X == sorted(X, reverse=True)", "sorted(X, reverse=True) == X"):
        if (
            not is_name(found["X"])
            or not builtin(scope, "sorted", "all", "map", "type", "list", "tuple", "int", "str", "set", "len")
            or is_else(module, node)
        ):
            continue
        order = "_is_sorted(X, operator.ge)" if "reverse" in ast.unparse(node) else "_is_sorted(X)"
        yield Change(["operator", "itertools"], [UNIFORM, IS_SORTED]).replace(
            node, fill(f"{order} if type(X) is list and _uniform(X, int, str) else O", found, O=node)
        )
    for scope, node, found in expressions(
        module,
        "all(X[i_ - 1] <= X[i_] for i_ in range(1, len(X)))",
        "all(X[i_] <= X[i_ + 1] for i_ in range(len(X) - 1))",
        "all([X[i_ - 1] <= X[i_] for i_ in range(1, len(X))])",
        "all([X[i_] <= X[i_ + 1] for i_ in range(len(X) - 1)])",
    ):
        if is_name(found["X"]) and builtin(scope, "all", "len", "range", "map", "type", "list") and not is_else(module, node):
            yield Change(["operator", "itertools"], [IS_SORTED]).replace(node, fill("_is_sorted(X) if type(X) is list else O", found, O=node))


@rule("no-needless-copy", "avoiding repeated copying", "hands over what is there instead of a copy of it")
def no_copy(module):
    for scope, node, found in expressions(
        module,
        "sorted(list(X))",
        "set(list(X))",
        "sum(list(X))",
        "sorted([x_ for x_ in X])",
        "list(list(X))",
        "tuple(list(X))",
        "len(list(L))",
        "min(list(X))",
        "max(list(X))",
        "sorted(list(X), key=K)",
        "J.join(list(X))",
        "set([x_ for x_ in X])",
        "list(sorted(X))",
        "list(reversed(list(X)))",
        "any(list(X))",
        "all(list(X))",
    ):
        inner = node.args[0]
        if "L" in found:
            if not isinstance(found["L"], (ast.ListComp, ast.List)):
                continue
            yield Change().replace(inner, found["L"])
        elif isinstance(inner, ast.ListComp):
            yield Change().replace(inner, inner.generators[0].iter)
        elif match("list(sorted(X))", node):
            yield Change().replace(node, inner)
        elif match("list(reversed(list(X)))", node):
            if kind(scope, found["X"]) in ("list", "str", "tuple", "range"):
                yield Change().replace(inner.args[0], found["X"])
        elif is_name(node.func, "any", "all") and not is_pure(scope, found["X"]):
            continue
        elif builtin(scope, "list", node.func.id if isinstance(node.func, ast.Name) else "list"):
            yield Change().replace(inner, found["X"])
    for scope, node in module.sites:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "keys"
            and not node.args
            and kind(scope, node.func.value) == "dict"
        ):
            parent = module.parents.get(node)
            if (
                isinstance(parent, (ast.For, ast.comprehension))
                and parent.iter is node
                or isinstance(parent, ast.Call)
                and is_name(parent.func, "len", "list", "sorted")
            ):
                yield Change().replace(node, node.func.value)


@rule("list-of-integers", "map", "a list of `map(int, …)` is made of the map itself")
def list_of_map(module):
    for scope, node in module.sites:
        if (
            isinstance(node, ast.ListComp)
            and len(node.generators) == 1
            and not node.generators[0].ifs
            and is_name(node.generators[0].target)
            and is_name(node.elt, node.generators[0].target.id)
            and isinstance(node.generators[0].iter, ast.Call)
            and builtin(scope, "list")
        ):
            yield Change().replace(node, fill("list(X)", X=node.generators[0].iter))
        if (
            isinstance(node, ast.Call)
            and is_name(node.func, "map")
            and len(node.args) == 2
            and is_name(node.args[0], "str")
            and builtin(scope, "str", "map")
            and kind_of_element(scope, node.args[1]) == "str"
        ):
            consumer = module.parents.get(node)
            if (
                isinstance(consumer, ast.Assign)
                and isinstance(consumer.targets[0], ast.Tuple)
                or isinstance(consumer, ast.Call)
                and is_name(consumer.func, "list")
            ):
                yield Change().replace(node, node.args[1])


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


@rule("two-branches-of-a-truth", "dead code", "a condition is a truth already")
def truth(module):
    for scope, node, found in expressions(module, "True if C else False"):
        if kind(scope, found["C"]) == "bool":
            yield Change().replace(node, found["C"])
    for scope, node, found in expressions(module, "C == True", "C == False"):
        if isinstance(found["C"], ast.Call) and kind(scope, found["C"]) == "bool":
            yield Change().replace(node, found["C"] if node.comparators[0].value else fill("not C", found))


@rule("power-within-the-modulus", "numbers", "raises to a power within the modulus, so that numbers stay small", speculative=True)
def modular_power(module):
    for scope, node, found in expressions(
        module, "(A + X ** Y) % M", "X ** Y % M", "(X ** Y + A) % M", "A * X ** Y % M", "X ** Y * A % M", "(A - X ** Y) % M"
    ):
        powers = [n for n in ast.walk(node) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
        if (
            builtin(scope, "pow", "type", "int")
            and is_simple(found["Y"])
            and kind(scope, found["M"]) == "int"
            and is_simple(found["X"])
            and kind(scope, found["X"]) == "int"
            and not is_else(module, powers[0])
        ):
            yield Change().replace(powers[0], fill("pow(X, Y, M) if type(Y) is int and Y >= 0 and M != 0 else O", found, O=powers[0]))
    for scope, block, at, found, count in runs(module, "a_ += X ** Y\na_ %= M"):
        power = block[at].value
        if (
            builtin(scope, "pow", "type", "int")
            and is_simple(found["Y"])
            and kind(scope, found["M"]) == "int"
            and kind(scope, found["X"]) == "int"
            and is_simple(found["X"])
        ):
            yield Change().replace(power, fill("pow(X, Y, M) if type(Y) is int and Y >= 0 and M != 0 else O", found, O=power))


@rule("square-by-multiplication", "numbers", "multiplies instead of raising to the second or third power")
def square(module):
    for scope, node, found in expressions(module, "x_ ** 2", "x_ ** 3"):
        if kind(scope, found["x_"]) == "int":
            yield Change().replace(node, fill("x_ * x_" if node.right.value == 2 else "x_ * x_ * x_", found))


@rule("remainder-by-mask", "bit tricks", "tells odd from even by the last bit")
def parity(module):
    for scope, node, found in expressions(module, "X % 2 == 0", "X % 2 == 1", "X % 2 != 0"):
        if kind(scope, found["X"]) == "int":
            yield Change().replace(
                node,
                fill("X & 1 == R" if False else "not X & 1" if isinstance(node.ops[0], ast.Eq) and node.comparators[0].value == 0 else "X & 1 == 1", found),
            )


@rule("gcd-from-the-library", "builtins for hand loops", "Euclid's algorithm is in the library", speculative=True)
def gcd(module):
    for scope in module.scopes:
        if scope.is_module or scope.node.decorator_list:
            continue
        body = scope.node.body
        start = 1 if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0
        from .patterns import match_statements

        for pattern in (
            "while b_:\n    a_, b_ = b_, a_ % b_\nreturn a_",
            "while b_ != 0:\n    a_, b_ = b_, a_ % b_\nreturn a_",
            "while b_ > 0:\n    a_, b_ = b_, a_ % b_\nreturn a_",
        ):
            matched = match_statements(pattern, body, start)
            if matched and scope.parameters == [matched[0]["a_"].id, matched[0]["b_"].id] and builtin(scope, "type", "int"):
                found = matched[0]
                yield Change(["math"]).replace_statements(
                    body[start],
                    matched[1],
                    [
                        *fill_statements("if type(a_) is int and type(b_) is int and a_ >= 0 and b_ >= 0:\n    return math.gcd(a_, b_)", found),
                        *body[start : start + matched[1]],
                    ],
                )
                break

"""Calls of builtins and of lambdas."""
import ast

from .effects import function_named, is_pure
from .kinds import is_name, is_simple, kind, kind_of_element
from .patterns import fill, fill_statements, match
from .rules import builtin, expressions, rule, runs
from .source import Change, names_in


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
        name, source = generator.target.id, generator.iter
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
        )
        if isinstance(node, ast.ListComp) and not takes_any:
            made = fill("list(X)", X=made)
        elif isinstance(node, ast.GeneratorExp) and not takes_any:
            continue
        yield Change().replace(node, made)


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


@rule("two-branches-of-a-truth", "dead code", "a condition is a truth already")
def truth(module):
    for scope, node, found in expressions(module, "True if C else False"):
        if kind(scope, found["C"]) == "bool":
            yield Change().replace(node, found["C"])
    for scope, node, found in expressions(module, "C == True", "C == False"):
        if isinstance(found["C"], ast.Call) and kind(scope, found["C"]) == "bool":
            yield Change().replace(node, found["C"] if node.comparators[0].value else fill("not C", found))

"""Text: building it, looking into it, comparing it with its reverse."""
import ast

from .effects import is_pure
from .kinds import ElementOf, FIXED, assigned_values, is_name, is_simple, kind
from .liveness import is_in_handled_try, is_needed_after, is_used_elsewhere
from .source import names_in
from .patterns import fill, fill_statements, match
from .rules import builtin, expressions, rule, runs
from .source import Change, inside


@rule("join-instead-of-concatenation", "string builder", "collects the pieces of a text in a list and joins them once")
def join(module):
    for scope, block, at, found, count in runs(module, "s_ = ''\nfor T in X:\n    BODY", "s_ = ''\nwhile C:\n    BODY"):
        name = found["s_"].id
        loop = block[at + 1]
        if (
            loop.orelse
            or name in scope.declared
            or is_in_handled_try(module, loop)
            or is_used_elsewhere(scope, name)
            or any(name in names_in(n) for n in inside(loop, True) if isinstance(n, (ast.FunctionDef, ast.Lambda)))
        ):
            continue
        adds = [n for n in inside(loop.body) if isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Add) and is_name(n.target, name)]
        used = sum(isinstance(n, ast.Name) and n.id == name for n in inside(loop, True))
        if not adds or used != len(adds) or any(isinstance(n, (ast.Return, ast.Yield)) for n in inside(loop)):
            continue
        parts = scope.fresh("parts")
        change = Change()
        for add in adds:
            change.replace_statements(add, 1, fill_statements("p_.append(X)", p_=parts, X=add.value))
        change.replace_statements(block[at], 2, [*fill_statements("p_ = []", p_=parts), loop, *fill_statements("s_ = ''.join(p_)", found, p_=parts)])
        yield change


@rule("join-a-list", "string builder", "joins a list, which join would make of a generator anyway")
def join_list(module):
    for scope, node, found in expressions(module, "J.join(G)"):
        if isinstance(found["G"], ast.GeneratorExp):
            yield Change().replace(found["G"], ast.ListComp(found["G"].elt, found["G"].generators))


@rule("reversal-after-ends", "early exit", "compares the two ends before the whole text is reversed")
def palindrome(module):
    for scope, node, found in expressions(module, "X == X[::-1]", "X[::-1] == X"):
        if is_simple(found["X"]) and not is_guarded(module, node):
            yield Change().replace(node, fill("X[:1] == X[-1:] and X == X[::-1]", found))


@rule("reversed-once", "avoiding repeated copying", "cuts the end off of a text reversed once instead of reversing each rest of it", speculative=True)
def reversed_once(module):
    for scope, node, found in expressions(module, "x_[B:][::-1]"):
        if is_simple(found["B"]) and never_negative(scope, found["B"]) and builtin(scope, "max", "len"):
            yield Change().replace(node, fill("x_[::-1][:max(len(x_) - B, 0)]", found))


def never_negative(scope, node):
    """An index that starts at zero or above and only grows."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int and node.value >= 0
    if not is_name(node):
        return False
    values = assigned_values(scope, node.id)
    return bool(values) and all(
        isinstance(v, ast.Constant)
        and type(v.value) is int
        and v.value >= 0
        or isinstance(v, ElementOf)
        and is_rising(v.iterable)
        or isinstance(v, ast.BinOp)
        and isinstance(v.op, ast.Add)
        and is_name(v.left, node.id)
        and isinstance(v.right, ast.Constant)
        and type(v.right.value) is int
        and v.right.value >= 0
        for v in values
    )


def is_rising(iterable):
    found = match("range(N)", iterable) or match("range(A, N)", iterable)
    return bool(found) and ("A" not in found or isinstance(found["A"], ast.Constant) and type(found["A"].value) is int and found["A"].value >= 0)


def is_guarded(module, node):
    parent = module.parents.get(node)
    return (
        isinstance(parent, ast.BoolOp)
        and isinstance(parent.op, ast.And)
        and parent.values[0] is not node
        and match("X[:1] == X[-1:]", parent.values[0]) is not None
    )


@rule("slice-needs-no-bound", "dead code", "a slice ends with the text by itself")
def slice_bound(module):
    for scope, node, found in expressions(module, "X[A:min(B, len(X))]", "X[A:min(len(X), B)]"):
        if builtin(scope, "min", "len") and is_simple(found["X"]) and (kind(scope, found["B"]) == "int" or is_step(scope, found["B"])):
            yield Change().replace(node, fill("X[A:B]", found))


def is_step(scope, node):
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Add, ast.Mult))
        and any(kind(scope, p) == "int" or is_step(scope, p) for p in (node.left, node.right))
    )


@rule("count-letters", "builtins for hand loops", "counts letters with str.count", speculative=True)
def count_letters(module):
    for scope, node, found in expressions(
        module, "sum(c_ in V for c_ in X)", "sum([c_ in V for c_ in X])", "sum(1 for c_ in X if c_ in V)", "sum([1 for c_ in X if c_ in V])"
    ):
        letters = letters_of(scope, found["V"])
        if letters is None or not builtin(scope, "sum", "type", "str", "map") or not is_simple(found["X"]):
            continue
        made = fill("sum(map(X.count, V)) if type(X) is str else O", found, V=ast.Constant(letters), O=node)
        if not is_conditional_of(module, node):
            yield Change().replace(node, made)


def is_conditional_of(module, node):
    parent = module.parents.get(node)
    return isinstance(parent, ast.IfExp) and parent.orelse is node


def letters_of(scope, node):
    """The distinct letters of a constant collection, as a text."""
    from .lookups import constant_collection

    found = constant_collection(scope, node)
    if found is None or not all(isinstance(e, str) and len(e) == 1 for e in found):
        return None
    return "".join(dict.fromkeys(found))


@rule("number-has-no-such-letter", "early exit", "the text of an int has digits and a sign only: it need not be made to look for anything else")
def letter_in_number(module):
    for scope, node in module.sites:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            found = match("str(X)", node.comparators[0])
            text = node.left.value if isinstance(node.left, ast.Constant) else None
            if (
                not found
                or not is_name(found["X"])
                or not builtin(scope, "str", "type", "int")
                or not isinstance(text, str)
                or not set(text) - set("-0123456789")
            ):
                continue
            parent = module.parents.get(node)
            if (
                isinstance(parent, ast.BoolOp)
                and len(parent.values) == 2
                and match("type(X) is int", parent.values[0])
                or isinstance(parent, ast.BoolOp)
                and len(parent.values) == 2
                and match("type(X) is not int", parent.values[0])
            ):
                continue
            yield Change().replace(node, fill("type(X) is not int and C" if isinstance(node.ops[0], ast.In) else "type(X) is int or C", found, C=node))


@rule("regex-compiled-once", "regex precompilation", "compiles a constant pattern when the module is loaded")
def regex(module):
    if module.imported.get("re") != "re":
        return
    for scope, node in module.sites:
        if (
            scope.is_module
            or not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or not is_name(node.func.value, "re")
        ):
            continue
        if (
            node.func.attr not in ("match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
            or not node.args
            or not isinstance(node.args[0], ast.Constant)
        ):
            continue
        most = {"sub": 4, "subn": 4, "split": 3}.get(node.func.attr, 2)
        flags = [k for k in node.keywords if k.arg == "flags"]
        if len(node.args) > most or "re" in scope.bound or not isinstance(node.args[0].value, str):
            continue
        if flags and names_in(flags[0].value) != {"re"}:
            continue
        name = scope.fresh("_PATTERN")
        change = Change()
        compiled = ast.Call(fill("re.compile"), [node.args[0], *(f.value for f in flags)], [])
        change.to_front.append(f"{name} = {ast.unparse(compiled)}")
        yield change.replace(
            node,
            ast.Call(ast.Attribute(ast.Name(name, ast.Load()), node.func.attr, ast.Load()), node.args[1:], [k for k in node.keywords if k.arg != "flags"]),
        )


@rule("piece-by-piece-table", "memoisation", "works out the piece of each distinct letter once, and puts the text together from that table", speculative=True)
def letter_table(module):
    from .comprehensions import piece_of

    for scope, block, at, found, count in runs(module, "for c_ in X:\n    BODY"):
        loop = block[at]
        made = piece_of(scope, loop.body, None)
        if made is None or not isinstance(made[1], ast.AugAssign) or not builtin(scope, "type", "str", "set", "map"):
            continue
        target, _, piece = made
        name = found["c_"].id
        if (
            not is_simple(found["X"])
            or isinstance(piece, (ast.Name, ast.Constant))
            or not is_pure(scope, piece)
            or target.id in names_in(piece) | names_in(found["X"])
        ):
            continue
        if is_in_handled_try(module, loop) or is_used_elsewhere(scope, target.id):
            continue
        if (
            kind(scope, target) != "str"
            and not (kind(scope, piece) == "str")
            and not starts_as_text(scope, target.id)
            or is_needed_after(scope, name, loop, 1, block)
        ):
            continue
        if isinstance(module.parents.get(loop), ast.If) and loop in module.parents[loop].orelse:
            continue  # it is what is left for other types already
        table = scope.fresh("pieces")
        yield Change().replace_statements(
            loop,
            1,
            fill_statements(
                "if type(X) is str:\n    t_ = {c_: P for c_ in set(X)}\n    s_ += ''.join(map(t_.__getitem__, X))\nelse:\n    ORIGINAL",
                found,
                t_=table,
                P=piece,
                s_=target.id,
                ORIGINAL=[loop],
            ),
        )


def starts_as_text(scope, name):
    values = [v for v in assigned_values(scope, name) if isinstance(v, ast.Constant)]
    return bool(values) and all(isinstance(v.value, str) for v in values)


@rule("distinct-letters-once", "memoisation", "evaluates what depends on a letter only once for each distinct letter", speculative=True)
def distinct(module):
    for scope, node in module.sites:
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp)) or len(node.generators) != 1 or node.generators[0].ifs:
            continue
        generator = node.generators[0]
        if not is_name(generator.target) or not is_name(generator.iter) or isinstance(node.elt, (ast.Name, ast.Constant)) or not is_pure(scope, node.elt):
            continue
        name = generator.target.id
        if (
            not isinstance(node.elt, (ast.Call, ast.Compare, ast.BinOp, ast.IfExp))
            or name not in names_in(node.elt)
            or not builtin(scope, "type", "str", "map", "set")
        ):
            continue
        consumer = module.parents.get(node)
        if not (
            isinstance(consumer, ast.Call)
            and (
                is_name(consumer.func, "sum", "sorted", "list", "tuple", "max", "min")
                and consumer.args == [node]
                or isinstance(consumer.func, ast.Attribute)
                and consumer.func.attr == "join"
            )
        ):
            continue
        if is_conditional_of(module, node) or any(isinstance(n, (ast.Lambda, ast.NamedExpr)) for n in ast.walk(node)):
            continue
        if is_name(consumer.func, "sorted", "list", "tuple", "max", "min") and kind(scope, node.elt) not in FIXED:
            continue
        made = fill("map({c_: P for c_ in set(X)}.__getitem__, X) if type(X) is str else O", c_=name, P=node.elt, X=generator.iter, O=node)
        yield Change().replace(node, made)


@rule("letters-removed-at-once", "builtins for hand loops", "decides once for each distinct letter whether it stays", speculative=True)
def remove_letters(module):
    for scope, node, found in expressions(module, "''.join([c_ for c_ in X if C])", "''.join(c_ for c_ in X if C)"):
        name = found["c_"].id
        if (
            not is_simple(found["X"])
            or not is_pure(scope, found["C"])
            or name not in names_in(found["C"])
            or not builtin(scope, "type", "str", "set", "ord")
            or is_conditional_of(module, node)
        ):
            continue
        yield Change().replace(node, fill("X.translate({ord(c_): None for c_ in set(X) if not C}) if type(X) is str else O", found, O=node))


@rule("letter-counted-by-str", "builtins for hand loops", "counts one letter with str.count", speculative=True)
def count_letter(module):
    for scope, block, at, found, count in runs(module, "for c_ in X:\n    n_ += c_ == K", "for c_ in X:\n    if c_ == K:\n        n_ += 1"):
        letter = found["K"]
        if (
            not isinstance(letter, ast.Constant)
            or not isinstance(letter.value, str)
            or len(letter.value) != 1
            or block[at].orelse
            or is_needed_after(scope, found["c_"].id, block[at], 1, block)
        ):
            continue
        if found["n_"].id in names_in(found["X"]) or kind(scope, found["n_"]) != "int" or not builtin(scope, "type", "str"):
            continue
        if kind(scope, found["X"]) == "str":
            yield Change().replace_statements(block[at], 1, fill_statements("n_ += X.count(K)", found))
        elif is_name(found["X"]) and not (isinstance(module.parents.get(block[at]), ast.If) and block[at] in module.parents[block[at]].orelse):
            yield Change().replace_statements(
                block[at], 1, fill_statements("if type(X) is str:\n    n_ += X.count(K)\nelse:\n    ORIGINAL", found, ORIGINAL=[block[at]])
            )
    for scope, block, at, found, count in runs(module, "for c_ in X:\n    if c_ in V:\n        n_ += 1"):
        letters = letters_of(scope, found["V"])
        if (
            letters is None
            or block[at].orelse
            or not is_name(found["X"])
            or is_needed_after(scope, found["c_"].id, block[at], 1, block)
            or not builtin(scope, "type", "str", "sum", "map")
        ):
            continue
        if found["n_"].id in names_in(found["X"]) or isinstance(module.parents.get(block[at]), ast.If) and block[at] in module.parents[block[at]].orelse:
            continue
        yield Change().replace_statements(
            block[at],
            1,
            fill_statements("if type(X) is str:\n    n_ += sum(map(X.count, V))\nelse:\n    ORIGINAL", found, V=ast.Constant(letters), ORIGINAL=[block[at]]),
        )


@rule("part-compared-in-place", "avoiding repeated copying", "looks at a part of a text without cutting it out", speculative=True)
def in_place(module):
    for scope, node, found in expressions(module, "X[i_:i_ + len(S)] == S", "S == X[i_:i_ + len(S)]"):
        if (
            is_simple(found["X"])
            and is_simple(found["S"])
            and never_negative(scope, found["i_"])
            and not is_conditional_of(module, node)
            and builtin(scope, "len", "type", "str")
        ):
            known = [n for n in ("X", "S") if kind(scope, found[n]) != "str"]
            test = " and ".join(f"type({n}) is str" for n in known)
            fast = "(X.startswith(S, i_) if S else True)" if not isinstance(found["S"], ast.Constant) else "X.startswith(S, i_)"
            yield Change().replace(node, fill(f"{fast} if {test} else O" if test else fast, found, O=node))

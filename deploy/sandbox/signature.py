"""Says how a function is called: its parameters with their hints as JSON Schema and their defaults, read from the syntax tree. Nothing is run."""
import ast
import json

MOST_PARAMETERS, MOST_CHOICES, DEEPEST = 100, 100, 8
LONGEST_DOCSTRING, LONGEST_HINT, LONGEST_JSON = 4000, 500, 4000

ANYTHING = {}
PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "None": "null"}
LISTS = {"list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "set", "Set", "frozenset", "FrozenSet", "tuple", "Tuple"}
MAPS = {"dict", "Dict", "Mapping", "MutableMapping"}
CHOSEN = (str, int, float, bool, type(None))


def readable(text, longest):
    """Text out of the source, cut, without halves of characters."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")


def as_json(value):
    """None where no JSON, or too much of it, comes of it."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if len(text) <= LONGEST_JSON else None


def name_of(node):
    """The last part of a dotted name: typing.Optional is Optional. None for other expressions."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def either(schemas):
    """A value of any of these; a hint that is not understood allows everything, and so does the whole."""
    if any(schema == ANYTHING for schema in schemas):
        return ANYTHING
    different = [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def choice(values):
    """Literal[…]"""
    chosen = []
    for value in values[:MOST_CHOICES + 1]:
        try:
            chosen.append(ast.literal_eval(value))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ANYTHING
    return {"enum": chosen} if 0 < len(chosen) <= MOST_CHOICES and all(isinstance(value, CHOSEN) for value in chosen) else ANYTHING


def schema(hint, depth=0):
    """A hint's JSON Schema. What it does not know, and what JSON cannot tell apart, is left open."""
    if hint is None or depth > DEEPEST:
        return ANYTHING
    if isinstance(hint, ast.Constant):
        if hint.value is None:
            return {"type": "null"}
        return schema(parsed(hint.value), depth + 1) if isinstance(hint.value, str) else ANYTHING
    if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
        return either([schema(hint.left, depth + 1), schema(hint.right, depth + 1)])
    if isinstance(hint, ast.Subscript):
        items = list(hint.slice.elts) if isinstance(hint.slice, ast.Tuple) else [hint.slice]
        return generic(name_of(hint.value), items, depth + 1)
    name = name_of(hint)
    if name in PLAIN:
        return {"type": PLAIN[name]}
    return {"type": "array"} if name in LISTS else {"type": "object"} if name in MAPS else ANYTHING


def generic(name, items, depth):
    if not items:
        return ANYTHING
    if name == "Optional":
        return either([schema(items[0], depth), {"type": "null"}])
    if name == "Union":
        return either([schema(item, depth) for item in items])
    if name == "Literal":
        return choice(items)
    if name in ("Annotated", "Final", "Required", "NotRequired"):
        return schema(items[0], depth)
    if name in ("tuple", "Tuple"):
        is_open = len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...
        return of_items("array", "items", schema(items[0], depth)) if is_open else {"type": "array", "minItems": len(items), "maxItems": len(items)}
    if name in LISTS:
        return of_items("array", "items", schema(items[0], depth))
    if name in MAPS:
        return of_items("object", "additionalProperties", schema(items[1], depth) if len(items) == 2 else ANYTHING)
    return ANYTHING


def of_items(kind, keyword, item):
    return {"type": kind} if item == ANYTHING else {"type": kind, keyword: item}


def parsed(text):
    """A hint that is written as text."""
    try:
        return ast.parse(text[:LONGEST_HINT], mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def parameter(argument, kind, default):
    said = {"name": readable(argument.arg, LONGEST_HINT), "kind": kind, "schemaJson": as_json(schema(argument.annotation)), "isOptional": default is not None}
    if argument.annotation is not None:
        said["hint"] = readable(ast.unparse(argument.annotation), LONGEST_HINT)
    if default is not None:
        try:
            said["defaultJson"] = as_json(ast.literal_eval(default))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            pass
    return said


def signature(function):
    listed = function.args
    positional = [*listed.posonlyargs, *listed.args]
    defaults = [None] * (len(positional) - len(listed.defaults)) + listed.defaults
    kinds = ["positional_only"] * len(listed.posonlyargs) + ["positional_or_keyword"] * len(listed.args)
    parameters = [
        *map(parameter, positional, kinds, defaults),
        *(parameter(argument, "var_positional", None) for argument in [listed.vararg] if argument),
        *(parameter(argument, "keyword_only", default) for argument, default in zip(listed.kwonlyargs, listed.kw_defaults)),
        *(parameter(argument, "var_keyword", None) for argument in [listed.kwarg] if argument),
    ]
    said = {"parameters": parameters[:MOST_PARAMETERS]}
    if docstring := (ast.get_docstring(function) or "").strip():
        said["docstring"] = readable(docstring, LONGEST_DOCSTRING)
    if function.returns is not None:
        said["returns"] = readable(ast.unparse(function.returns), LONGEST_HINT)
    return said

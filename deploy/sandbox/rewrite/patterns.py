"""Patterns of Python, written as Python.

In a pattern a single capital letter (`X`, `E1`) stands for any expression, a name that ends in an underscore (`i_`) for a variable, and a line of capitals
(`BODY`) for any number of statements. The same placeholder stands for the same code wherever it occurs. `fill` puts code into a pattern again.
"""
import ast
import functools
import re

ANY_EXPRESSION, ANY_STATEMENTS = re.compile(r"[A-Z]\d?"), re.compile(r"[A-Z]{2,}")
NOT_COMPARED = {"ctx", "type_comment", "kind", "type_ignores"}


@functools.cache
def expression(text):
    return ast.parse(text, mode="eval").body


@functools.cache
def statements(text):
    return ast.parse(text).body


def same(one, other):
    """The same code, wherever it stands."""
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if not isinstance(one, ast.AST):
        return type(one) is type(other) and one == other
    return type(one) is type(other) and all(same(getattr(one, name, None), getattr(other, name, None)) for name in one._fields if name not in NOT_COMPARED)


class Found(dict):
    """What placeholders stand for; true even where there is none."""

    def __bool__(self):
        return True


def match(pattern, node, found=None):
    """What the placeholders of the expression stand for; None where it does not match."""
    wanted = expression(pattern) if isinstance(pattern, str) else pattern
    if type(wanted) is not type(node) and not isinstance(wanted, ast.Name):
        return None
    found = Found(found or {})
    return found if fits(wanted, node, found) else None


def match_statements(pattern, block, start=0):
    """Matches a run of statements that begins at `start`; returns what was found and how many statements it takes."""
    wanted, found = statements(pattern), {}
    if (
        len(block) - start < len(wanted)
        or any(type(w) is not type(s) for w, s in zip(wanted, block[start:]))
        or not fits(wanted, block[start : start + len(wanted)], found)
    ):
        return None
    return found, len(wanted)


def fits(pattern, node, found):
    if isinstance(pattern, list):
        return isinstance(node, list) and fits_list(pattern, node, found)
    if isinstance(pattern, ast.Name):
        return fits_name(pattern.id, node, found)
    if not isinstance(pattern, ast.AST):
        if isinstance(pattern, str) and pattern.endswith("_") and not pattern.startswith("_"):
            return isinstance(node, str) and bind(pattern, ast.Name(node, ast.Load()), found)
        return type(pattern) is type(node) and pattern == node
    if type(pattern) is not type(node):
        return False
    return all(fits(getattr(pattern, name, None), getattr(node, name, None), found) for name in pattern._fields if name not in NOT_COMPARED)


def fits_list(pattern, nodes, found):
    for at, part in enumerate(pattern):
        if isinstance(part, ast.Expr) and isinstance(part.value, ast.Name) and ANY_STATEMENTS.fullmatch(part.value.id):
            rest = pattern[at + 1 :]
            taken = len(nodes) - at - len(rest)
            if taken < 0:
                return False
            found[part.value.id] = nodes[at : at + taken]
            return fits_list(rest, nodes[at + taken :], found)
        if at >= len(nodes) or not fits(part, nodes[at], found):
            return False
    return len(pattern) == len(nodes)


def fits_name(name, node, found):
    if ANY_EXPRESSION.fullmatch(name):
        return isinstance(node, ast.expr) and bind(name, node, found)
    if name.endswith("_") and not name.startswith("_"):
        return isinstance(node, ast.Name) and bind(name, node, found)
    return isinstance(node, ast.Name) and node.id == name


def bind(name, node, found):
    if name in found:
        return same(found[name], node)
    found[name] = node
    return True


class Filler(ast.NodeTransformer):
    def __init__(self, found):
        self.found = found

    def visit_Name(self, node):
        value = self.found.get(node.id)
        return ast.Name(value, node.ctx) if isinstance(value, str) else node if value is None else value

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Name) and isinstance(self.found.get(node.value.id), list):
            return self.found[node.value.id]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        return self.name_of(self.generic_visit(node), "name")

    def visit_arg(self, node):
        return self.name_of(node, "arg")

    def name_of(self, node, field):
        value = self.found.get(getattr(node, field))
        if value is not None:
            setattr(node, field, value if isinstance(value, str) else value.id)
        return node


def fill(text, found=None, **more):
    """The expression of a pattern, its placeholders replaced by nodes, or by names given as text."""
    return Filler({**(found or {}), **more}).visit(ast.parse(text, mode="eval").body)


def fill_statements(text, found=None, **more):
    return Filler({**(found or {}), **more}).visit(ast.parse(text)).body

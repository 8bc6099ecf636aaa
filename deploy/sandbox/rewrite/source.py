"""One source under change: its scopes, and how a change becomes text again.

Nodes are never altered. A change says which nodes are replaced by what; what it does not touch keeps its text, statement by statement of the module.
"""
import ast
import builtins
import importlib

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Modules that may be imported to see what `from x import *` binds; none of them does anything when it is imported.
KNOWN_MODULES = {
    "math",
    "collections",
    "itertools",
    "functools",
    "bisect",
    "heapq",
    "string",
    "sys",
    "operator",
    "typing",
    "random",
    "re",
    "os",
    "io",
    "fractions",
    "decimal",
}


class Change:
    """What one application of one rule does to a source."""

    def __init__(self, imports=(), helpers=()):
        self.nodes, self.runs, self.imports, self.helpers, self.to_front = {}, {}, list(imports), list(helpers), []

    def replace(self, node, new):
        self.nodes[id(node)] = (node, new)
        return self

    def replace_statements(self, first, count, new):
        self.runs[id(first)] = (first, count, list(new))
        return self

    def needs(self, *modules):
        self.imports.extend(modules)
        return self

    def helper(self, text):
        self.helpers.append(text)
        return self

    def merge(self, other):
        """Both at once; False where they touch the same code."""
        if self.nodes.keys() & other.nodes.keys() or self.runs.keys() & other.runs.keys():
            return False
        self.nodes.update(other.nodes)
        self.runs.update(other.runs)
        self.imports += other.imports
        self.helpers += other.helpers
        self.to_front += other.to_front
        return True


class Scope:
    """A function, or the module itself."""

    def __init__(self, module, node, parent):
        self.module, self.node, self.parent = module, node, parent
        self.parameters = parameters_of(node) if isinstance(node, (*FUNCTIONS, ast.Lambda)) else []
        self.body = node.body
        self.bound = set(self.parameters) | bound_in(self.body)
        self.declared = {name for part in inside(self.body) if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names}
        self.facts = {}

    @property
    def is_module(self):
        return isinstance(self.node, ast.Module)

    def is_builtin(self, name):
        """Nothing on the way from here to the builtins has this name."""
        scope = self
        while scope is not None:
            if name in scope.bound or name in scope.declared:
                return False
            scope = scope.parent
        return hasattr(builtins, name) and name not in self.module.star_names

    def fresh(self, name):
        """A name that nothing in the module has, nor another change of the same rule: all of them may be made at once."""
        taken, tried, number = self.module.all_names | self.module.reserved, name, 2
        while tried in taken or hasattr(builtins, tried):
            tried, number = f"{name}_{number}", number + 1
        self.module.reserved.add(tried)
        return tried


class Module:
    """A parsed source. Where `function` is None it is a program: run for what it reads and prints."""

    def __init__(self, source, function=None):
        self.source, self.function, self.tree = source, function, ast.parse(source)
        self.all_names = (
            {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)}
            | {n.arg for n in ast.walk(self.tree) if isinstance(n, ast.arg)}
            | {n.name for n in ast.walk(self.tree) if isinstance(n, (*FUNCTIONS, ast.ClassDef))}
            | {(a.asname or a.name).split(".")[0] for n in ast.walk(self.tree) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
        )
        self.star_names, self.reserved = set(), set()
        self.is_opaque = any(
            isinstance(n, ast.Name) and n.id in ("exec", "eval", "globals", "locals", "vars", "compile", "__import__") for n in ast.walk(self.tree)
        )
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                if node.module in KNOWN_MODULES:
                    self.star_names |= {n for n in dir(importlib.import_module(node.module)) if not n.startswith("_")}
                else:
                    self.is_opaque = True
        self.imported = {a.asname or a.name: a.name for n in self.tree.body if isinstance(n, ast.Import) for a in n.names}
        self.imported_from = {a.asname or a.name: (n.module, a.name) for n in self.tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
        self.scopes, self.sites, self.blocks, self.parents = [], [], [], {}
        self.visit(self.tree, Scope(self, self.tree, None), None)
        self.functions = {s.node.name: s for s in self.scopes if s.parent is not None and s.parent.is_module and isinstance(s.node, FUNCTIONS)}

    def visit(self, node, scope, parent):
        """Notes every expression and every block with the scope that it is evaluated in."""
        if isinstance(node, (ast.Module, *FUNCTIONS)):
            if not isinstance(node, ast.Module):
                scope = Scope(self, node, scope)
            self.scopes.append(scope)
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    self.blocks.append((scope, value))
                for child in value:
                    if isinstance(child, ast.AST):
                        self.parents[child] = node
                        self.visit(child, scope, node)
            elif isinstance(value, ast.AST):
                self.parents[value] = node
                self.visit(value, scope, node)
        if isinstance(node, ast.expr):
            self.sites.append((scope, node))

    def ancestors(self, node):
        while (node := self.parents.get(node)) is not None:
            yield node

    def can_import(self, name):
        return self.imported.get(name) == name or name not in self.all_names and name not in self.star_names

    def apply(self, change):
        """The text after a change; None where it changes nothing or cannot be written down."""
        if not (change.nodes or change.runs or change.to_front) or not all(map(self.can_import, change.imports)):
            return None
        body = rebuild(self.tree.body, change)
        texts = [self.text_of(old, new) for old, new in zip(self.paired(body), body)]
        front = [f"import {name}" for name in sorted(set(change.imports)) if self.imported.get(name) != name]
        helpers = [f"\n\n{text.strip()}\n" for text in dict.fromkeys(change.helpers) if text.strip() not in self.source]
        cut = self.head_length(body)
        after = ["\n", *dict.fromkeys(change.to_front)] if change.to_front else []
        parts = [*texts[:cut], *front, *helpers, *after, *texts[cut:]]
        text = "\n".join(parts).strip("\n") + "\n"
        try:
            compile(text, "<rewrite>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
        return text

    def paired(self, body):
        kept = {id(statement) for statement in self.tree.body}
        return [statement if id(statement) in kept else None for statement in body]

    def text_of(self, old, new):
        if old is None:
            text = ast.unparse(ast.fix_missing_locations(new))
            return f"\n\n{text}\n\n" if isinstance(new, (*FUNCTIONS, ast.ClassDef)) else text
        lines = self.source.splitlines()
        at = self.tree.body.index(old)
        before = self.tree.body[at - 1].end_lineno if at else 0
        first = min([old.lineno, *(d.lineno for d in getattr(old, "decorator_list", []))])
        following = self.tree.body[at + 1].lineno if at + 1 < len(self.tree.body) else len(lines) + 2
        if before >= first or following <= old.end_lineno:
            return ast.unparse(old)
        while before < first - 1 and not lines[before].strip():
            before += 1
        gap = "\n\n" if isinstance(old, (*FUNCTIONS, ast.ClassDef)) else "\n" if at and old.lineno - self.tree.body[at - 1].end_lineno > 1 else ""
        return gap + "\n".join(lines[before : old.end_lineno])

    @staticmethod
    def head_length(body):
        """Docstring and imports stay in front."""
        count = 0
        for count, statement in enumerate(body):
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not isinstance(statement, (ast.Import, ast.ImportFrom)) and not (count == 0 and is_text):
                return count
        return count


def rebuild(value, change, inside_of=()):
    """The tree with the change; untouched parts are the same objects."""
    if isinstance(value, list):
        if not value or not isinstance(value[0], ast.stmt):
            return keep(value, [rebuild(part, change, inside_of) for part in value])
        result, at = [], 0
        while at < len(value):
            run = change.runs.get(id(value[at]))
            if run is not None and id(value[at]) not in inside_of:
                result += rebuild(run[2], change, (*inside_of, *map(id, value[at : at + run[1]])))
                at += run[1]
            else:
                result.append(rebuild(value[at], change, inside_of))
                at += 1
        return keep(value, result)
    if not isinstance(value, ast.AST):
        return value
    replaced = change.nodes.get(id(value))
    if replaced is not None and id(value) not in inside_of:
        return rebuild(replaced[1], change, (*inside_of, id(value)))
    fields = {name: getattr(value, name, None) for name in value._fields}
    rebuilt = {name: rebuild(part, change, inside_of) for name, part in fields.items()}
    if all(rebuilt[name] is fields[name] for name in fields):
        return value
    new = type(value)(**rebuilt)
    if "body" in rebuilt and isinstance(rebuilt["body"], list) and not rebuilt["body"] and not isinstance(value, ast.Module):
        new.body = [ast.Pass()]
    return new


def keep(old, new):
    return old if len(old) == len(new) and all(a is b for a, b in zip(old, new)) else new


def inside(part, into_functions=False):
    """All nodes of statements or of an expression, without those of nested functions and classes."""
    todo = list(part) if isinstance(part, list) else [part]
    while todo:
        node = todo.pop()
        yield node
        if into_functions or not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))
        elif isinstance(node, FUNCTIONS):
            todo.extend(node.decorator_list)
            todo.extend(node.args.defaults)


def parameters_of(node):
    listed = node.args
    return [p.arg for p in (*listed.posonlyargs, *listed.args, *filter(None, [listed.vararg]), *listed.kwonlyargs, *filter(None, [listed.kwarg]))]


def bound_in(body):
    """Names that the statements bind in their own scope. What a comprehension binds is its own."""
    names, todo = set(), list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, COMPREHENSIONS):
            names |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        todo.extend(ast.iter_child_nodes(node))
    return names


def names_in(part):
    """Every name that occurs, however deep."""
    return {n.id for p in (part if isinstance(part, list) else [part]) for n in ast.walk(p) if isinstance(n, ast.Name)}


def stored_in(part):
    """Names that are assigned anywhere in it, however deep, targets of comprehensions included."""
    parts = part if isinstance(part, list) else [part]
    return (
        {n.id for p in parts for n in ast.walk(p) if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del))}
        | {n.name for p in parts for n in ast.walk(p) if isinstance(n, (*FUNCTIONS, ast.ClassDef))}
        | {n.arg for p in parts for n in ast.walk(p) if isinstance(n, ast.arg)}
    )

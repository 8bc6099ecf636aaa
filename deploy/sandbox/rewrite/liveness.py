"""Whether a variable is still needed at a place, and who else sees it."""
import ast

from .kinds import is_name
from .source import COMPREHENSIONS, FUNCTIONS, names_in


def is_used_elsewhere(scope, name):
    """A function other than this one mentions the variable: a call may read or change it."""
    return any(s is not scope and name not in s.bound and name in names_in(list(s.body)) and is_within(s, scope) for s in scope.module.scopes)


def is_in_handled_try(module, node):
    """An exception in it may be caught by the same function, which then sees how far it came."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return False
        if isinstance(ancestor, ast.Try) and ancestor.handlers:
            return True
    return False


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

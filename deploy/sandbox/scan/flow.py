"""Follows values through each function: where they come from, what they were put together to, what cleaned or checked them on the way.

It is a reading, not a run: branches are joined to the more dangerous outcome, loop bodies are read twice, functions one by one. Rules are told of every call,
return and composed text with what is known at that point.
"""
import ast

from . import texts
from .guards import guards
from .sources import GLOBAL_SOURCES, annotation_is_clean, is_route, sanitised, source_of
from .source import FUNCTIONS
from .values import ALL, EXTERNAL, LOCAL, PARAM, Hole, Value, clean, concatenated, constant, joined, merged, unknown

MOST_STEPS = 400_000
LOOPS_READ_TWICE = 3
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
# Methods whose result is the text itself as far as danger goes.
SAME_TEXT = frozenset(
    "strip lstrip rstrip lower upper title capitalize encode decode casefold expandtabs swapcase read readlines splitlines copy as_posix resolve absolute expanduser".split())
# Methods that make another text of the one they are called on.
CHANGES = frozenset("replace format join translate".split())


class OutOfSteps(Exception):
    """The source has more to read than is read."""


class Call:
    """One call with its evaluated arguments."""

    def __init__(self, flow, node, name, receiver, args, keywords, opaque):
        self.flow, self.node, self.name, self.receiver, self.args, self.keywords = flow, node, name, receiver, args, keywords
        self.opaque = opaque  # it has *args or **kwargs of unknown content
        self.last = name.rsplit(".", 1)[-1]

    @property
    def line(self):
        return self.node.lineno

    def arg(self, position, *keywords):
        """The value of an argument given by position (None: by keyword only) or by one of its names, or None."""
        for keyword in keywords:
            if keyword in self.keywords:
                return self.keywords[keyword]
        return self.args[position] if position is not None and position < len(self.args) else None

    def dirt(self, value, kind, level=LOCAL):
        """The most far-fetched hole in a value that is neither cleaned nor checked for this kind of danger; None where there is none."""
        return self.flow.dirt(value, kind, level)


class Flow:
    def __init__(self, module, families, report):
        self.module, self.report = module, report
        self.on_call = [family.called for family in families if hasattr(family, "called")]
        self.on_return = [family.returned for family in families if hasattr(family, "returned")]
        self.on_text = [family.composed for family in families if hasattr(family, "composed")]
        self.on_store = [family.stored for family in families if hasattr(family, "stored")]
        self.steps = 0
        self.loops = 0
        self.quiet = 0
        self.function = None
        self.route = False
        self.env, self.checked = {}, {}
        self.pending = []

    def run(self):
        self.block(self.module.tree.body)
        globals_ = dict(self.env)
        while self.pending:
            node = self.pending.pop(0)
            self.enter(node, globals_)

    def enter(self, node, globals_):
        """Reads one function from its start, its parameters being what a caller likes."""
        self.function, self.route = node, is_route(node)
        self.env, self.checked, self.loops = dict(globals_), {}, 0
        level = EXTERNAL if self.route else PARAM
        listed = node.args
        positional = [*listed.posonlyargs, *listed.args]
        method = isinstance(self.module.parents.get(node), ast.ClassDef) or positional and positional[0].arg in ("self", "cls")
        for index, parameter in enumerate([*positional, *listed.kwonlyargs, *filter(None, [listed.vararg, listed.kwarg])]):
            if index == 0 and method:
                self.env[parameter.arg] = Value((Hole(LOCAL, parameter.arg),))
            elif annotation_is_clean(parameter.annotation):
                self.env[parameter.arg] = clean()
            else:
                self.env[parameter.arg] = Value((Hole(level, parameter.arg),), type=self.module.name(parameter.annotation) if parameter.annotation is not None else None)
        self.block(node.body)

    # Statements

    def block(self, statements):
        for statement in statements:
            self.step()
            self.statement(statement)

    def step(self):
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise OutOfSteps

    def statement(self, node):
        if isinstance(node, FUNCTIONS):
            for decorator in node.decorator_list:
                self.value(decorator)
            if node not in self.pending:
                self.pending.append(node)
        elif isinstance(node, ast.ClassDef):
            outer = self.env
            self.env = dict(outer)
            self.block(node.body)
            self.env = outer
        elif isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self.bind(target, value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.bind(node.target, clean() if annotation_is_clean(node.annotation) else self.value(node.value))
        elif isinstance(node, ast.AugAssign):
            whole = self.composition(node, self.value(node.target), node.op, self.value(node.value), node.value)
            self.bind(node.target, whole)
        elif isinstance(node, ast.Return):
            value = self.value(node.value) if node.value is not None else constant(None)
            for told in self.on_return:
                told(self, node, value)
        elif isinstance(node, ast.Raise):
            self.quiet += 1
            self.children(node)
            self.quiet -= 1
        elif isinstance(node, ast.If):
            self.branches(node.test, node.body, node.orelse)
        elif isinstance(node, ast.While):
            self.value(node.test)
            good, _ = guards(self, node.test)
            self.loop(node.body, good)
            self.block(node.orelse)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            element = self.element(self.value(node.iter))
            self.bind(node.target, element)
            self.loop(node.body, {})
            self.block(node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self.value(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, value)
            self.block(node.body)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self.block(node.body)
            before, checked = dict(self.env), dict(self.checked)
            for handler in node.handlers:
                if handler.name:
                    self.env[handler.name] = Value((Hole(LOCAL, "an exception"),), type="exception")
                self.block(handler.body)
                ended = handler.body and isinstance(handler.body[-1], ENDS)
                self.env = dict(before) if ended else self.join(before, self.env)
                self.checked = dict(checked)
            self.block(node.orelse)
            self.block(node.finalbody)
        elif isinstance(node, ast.Assert):
            self.value(node.test)
            self.check(guards(self, node.test)[0])
        elif isinstance(node, ast.Expr):
            self.value(node.value)
            self.check_by_call(node.value)
        elif isinstance(node, ast.Match):
            self.value(node.subject)
            for case in node.cases:
                self.block(case.body)
        elif isinstance(node, ast.Delete):
            pass
        else:
            self.children(node)

    def children(self, node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)

    def branches(self, test, body, orelse):
        self.value(test)
        if_true, if_false = guards(self, test)
        env, checked = dict(self.env), dict(self.checked)
        self.check(if_true)
        self.block(body)
        env_body, checked_body = self.env, self.checked
        self.env, self.checked = dict(env), dict(checked)
        self.check(if_false)
        self.block(orelse)
        body_ends = ends(body)
        if body_ends:
            return
        if orelse and ends(orelse):
            self.env, self.checked = env_body, checked_body
        else:
            self.env = self.join(env_body, self.env)
            self.checked = {source: kinds & self.checked.get(source, frozenset()) for source, kinds in checked_body.items()}

    def loop(self, body, good):
        before, checked = dict(self.env), dict(self.checked)
        self.loops += 1
        for _ in range(2 if self.loops <= LOOPS_READ_TWICE else 1):
            self.checked = dict(checked)
            self.check(good)
            self.block(body)
        self.loops -= 1
        self.env = self.join(before, self.env)

    def join(self, first, second):
        return {name: joined(first.get(name), second.get(name)) for name in {**first, **second}}

    def check(self, found):
        for source, kinds in found.items():
            self.checked[source] = self.checked.get(source, frozenset()) | kinds

    def check_by_call(self, node):
        """A statement such as `validate_name(name)`: it raises where the value is no good."""
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call):
            name = self.module.name(node.func)
            if texts.VALIDATES.search(name.rsplit(".", 1)[-1]):
                for argument in node.args:
                    self.check({hole.source: texts.VALIDATED for hole in self.value(argument).holes})

    def bind(self, target, value):
        if isinstance(target, ast.Name):
            self.env[target.id] = value
        elif isinstance(target, ast.Attribute):
            self.env[dotted(target)] = value
            self.stored(target, value)
        elif isinstance(target, ast.Subscript):
            self.stored(target, value)
            holder = self.value(target.value)
            key = self.value(target.slice).text
            name = dotted(target.value)
            if name and holder.entries is not None and key is not None:
                self.env[name] = Value((), holder.type, None, {**holder.entries, key: value})
            elif name and name in self.env and value.holes:
                held = self.env[name]
                self.env[name] = Value(merged(held, value).pieces, held.type)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, part in enumerate(target.elts):
                if value.items is not None and len(value.items) == len(target.elts):
                    self.bind(part, value.items[index])
                else:
                    self.bind(part.value if isinstance(part, ast.Starred) else part, merged(value))

    def stored(self, target, value):
        for told in self.on_store:
            told(self, target, value)

    # Expressions

    def value(self, node):
        """What is known of an expression's value."""
        self.step()
        read = self.READERS.get(type(node))
        return read(self, node) if read else self.other(node)

    def other(self, node):
        return merged(*[self.value(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def constant(self, node):
        return constant(node.value)

    def name_(self, node):
        if node.id in self.env:
            return self.env[node.id]
        qualified = self.module.name(node)
        if (source := source_of(qualified)) is not None:
            return source
        if node.id.isupper() or node.id in self.module.defined or node.id in self.module.aliases:
            return Value((Hole(LOCAL, node.id, frozenset({ALL})),), type=qualified)
        return Value((Hole(LOCAL, node.id),), type=qualified)

    def attribute(self, node):
        name = dotted(node)
        if name in self.env:
            return self.env[name]
        qualified = self.module.name(node)
        if not self.is_local(node) and (source := source_of(qualified)) is not None:
            return source
        holder = self.value(node.value)
        if holder.type == "exception" or node.attr.isupper():
            return Value(holder.pieces if holder.type == "exception" else (Hole(LOCAL, qualified, frozenset({ALL})),), type=holder.type)
        if holder.type in GLOBAL_SOURCES:
            return source_of(f"{holder.type}.{node.attr}") or unknown(qualified)
        holes = holder.holes
        if all(hole.level == LOCAL for hole in holes):
            return Value((Hole(LOCAL, qualified, frozenset({ALL}) if self.is_library(node) else frozenset()),), type=f"{holder.type or qualified.rsplit('.', 1)[0]}.{node.attr}")
        return Value(tuple(holes))

    def is_local(self, node):
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and node.id in self.env and node.id not in ("request", "self", "req")

    def is_library(self, node):
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.module.aliases and node.id not in self.env

    def subscript(self, node):
        qualified = self.module.name(node.value)
        if not self.is_local(node) and (source := source_of(qualified)) is not None:
            return source
        holder, key = self.value(node.value), self.value(node.slice)
        if holder.entries is not None and key.text in holder.entries:
            return holder.entries[key.text]
        if holder.items and isinstance(key.const, int) and -len(holder.items) <= key.const < len(holder.items):
            return holder.items[key.const]
        return self.element(holder)

    def element(self, holder):
        """Some element of a collection, or a part of a text."""
        if holder.items:
            found = holder.items[0]
            for item in holder.items[1:]:
                found = joined(found, item)
            return found
        if holder.entries:
            return merged(*holder.entries.values())
        if holder.text is not None:
            return Value((Hole(LOCAL, "a character", frozenset({ALL})),))
        return Value(tuple(holder.holes) or (Hole(LOCAL, "an element", frozenset({ALL})),), type=f"{holder.type}[]" if holder.type else None)

    def sequence(self, node):
        return Value((), type(node).__name__.lower(), items=tuple([self.value(part) for part in node.elts]))

    def dictionary(self, node):
        entries = {}
        for index, (key, value) in enumerate(zip(node.keys, node.values)):
            name = self.value(key).text if key is not None else None
            entries[name if name is not None else f"\0{index}"] = self.value(value)
        return Value((), "dict", entries=entries)

    def comprehension(self, node):
        outer, checked = self.env, self.checked
        self.env, self.checked = dict(outer), dict(checked)
        for part in node.generators:
            self.bind(part.target, self.element(self.value(part.iter)))
            for test in part.ifs:
                self.value(test)
                self.check(guards(self, test)[0])
        if isinstance(node, ast.DictComp):
            found = merged(self.value(node.key), self.value(node.value))
        else:
            found = Value((), "list", items=(self.clean_checked(self.value(node.elt)),))
        self.env, self.checked = outer, checked
        return found

    def clean_checked(self, value):
        """What a comprehension's condition checked stays clean outside of it."""
        if value.items is not None or value.entries is not None:
            return value
        return Value(tuple(piece if isinstance(piece, str) else piece._replace(cleaned=piece.cleaned | self.checked.get(piece.source, frozenset()))
                           for piece in value.pieces), value.type, const=value.const)

    def joined_text(self, node):
        parts = []
        for part in node.values:
            value = self.value(part.value) if isinstance(part, ast.FormattedValue) else self.value(part)
            if isinstance(part, ast.FormattedValue) and texts.is_number_format(part):
                value = clean()
            parts.append(value if value.text is not None or value.is_composed else Value(tuple(value.holes) or value.pieces))
        return self.announce(node, concatenated(parts))

    def operation(self, node):
        return self.composition(node, self.value(node.left), node.op, self.value(node.right), node.right)

    def composition(self, node, left, op, right, right_node):
        if isinstance(op, ast.Add):
            if left.items is not None or right.items is not None:
                return Value((), "list", items=(left.items or tuple([left])) + (right.items or tuple([right])))
            return self.announce(node, concatenated((left, right)))
        if isinstance(op, ast.Mod) and (left.text is not None or left.is_composed) and left.type != "number":
            arguments = right.items if isinstance(right_node, ast.Tuple) and right.items is not None else None
            return self.announce(node, texts.percent(left, right, arguments))
        if isinstance(op, ast.Mult):
            if left.items is not None:
                return left
            if left.text is not None:
                return left
        if isinstance(op, ast.Div) and (left.type or "").startswith("pathlib."):
            return Value(concatenated((left, constant("/"), right)).pieces, left.type)
        if isinstance(op, (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)):
            return Value(merged(left, right).pieces)
        return merged(left, right)

    def announce(self, node, value):
        if value.is_composed and not self.quiet:
            for told in self.on_text:
                told(self, node, value)
        return value

    def choice(self, node):
        self.value(node.test)
        if_true, if_false = guards(self, node.test)
        checked = dict(self.checked)
        self.check(if_true)
        first = self.clean_checked(self.value(node.body))
        self.checked = dict(checked)
        self.check(if_false)
        second = self.clean_checked(self.value(node.orelse))
        self.checked = checked
        return joined(first, second)

    def either(self, node):
        checked = dict(self.checked)
        found = None
        for part in node.values:
            found = joined(found, self.value(part))
            self.check(guards(self, part)[0 if isinstance(node.op, ast.And) else 1])
        self.checked = checked
        return found

    def comparison(self, node):
        self.children(node)
        return clean()

    def walrus(self, node):
        value = self.value(node.value)
        self.bind(node.target, value)
        return value

    def inner(self, node):
        return self.value(node.value)

    def function_value(self, node):
        outer = self.env
        self.env = dict(outer)
        for parameter in node.args.args:
            self.env[parameter.arg] = Value((Hole(LOCAL if parameter.arg == "self" else PARAM, parameter.arg),))
        value = self.value(node.body)
        self.env = outer
        return Value((Hole(LOCAL, "a function", frozenset({ALL})),)) if value is not None else unknown()

    def call(self, node):
        receiver = self.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
        name = self.callee(node.func, receiver)
        quiet = texts.SPEAKS.search(name) is not None
        self.quiet += quiet
        args, keywords, opaque = [], {}, False
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                value = self.value(argument.value)
                if value.items is not None and value.type != "list":
                    args.extend(value.items)
                else:
                    opaque = True
                    args.append(Value(tuple(value.holes), type="*"))
            else:
                args.append(self.value(argument))
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif value.entries is not None:
                keywords.update(value.entries)
                opaque = opaque or any(key.startswith("\0") for key in value.entries)
            else:
                opaque = True
        self.quiet -= quiet
        call = Call(self, node, name, receiver, args, keywords, opaque)
        for told in self.on_call:
            told(call)
        return self.result(call)

    def callee(self, func, receiver):
        """The qualified name of what is called; a variable stands for what made it: `cursor.execute` may be `sqlite3.connect().cursor().execute`."""
        if isinstance(func, ast.Name):
            held = self.env.get(func.id)
            return held.type if held is not None and held.type and "." in held.type else self.module.name(func)
        if isinstance(func, ast.Attribute) and receiver is not None and receiver.type and receiver.type not in ("str", "number"):
            return f"{receiver.type}.{func.attr}"
        return self.module.name(func)

    def result(self, call):
        """What a call returns."""
        node, receiver = call.node, call.receiver
        source = source_of(call.name) or (source_of(self.module.name(node.func)) if not self.is_local(node.func) else None)
        if source is not None and call.last not in CHANGES:
            return source
        parts = [*([receiver] if receiver is not None else []), *call.args, *call.keywords.values()]
        kinds = sanitised(call)
        if kinds:
            return merged(*parts).cleaned(kinds)
        if isinstance(node.func, ast.Attribute) and receiver is not None:
            if call.last == "format" and (receiver.text is not None or receiver.is_composed):
                return self.announce(node, texts.formatted(receiver, call))
            if call.name in ("string.Template().substitute", "string.Template().safe_substitute") and receiver.const is not None:
                return self.announce(node, texts.substituted(receiver.const, call))
            if call.last == "join" and receiver.text is not None and call.args:
                return self.announce(node, texts.joined_by(receiver, call.args[0], node))
            if call.last in SAME_TEXT and (receiver.is_composed or receiver.text is not None):
                return Value(receiver.pieces, "str")
            if call.last == "replace" and len(call.args) > 1:
                return self.announce(node, texts.replaced(receiver, *call.args[:2]))
            if call.last in ("append", "extend", "add", "insert", "update") and call.args:
                self.grow(node.func.value, call)
            if call.last == "get" and receiver.entries is not None and call.args and call.args[0].text in receiver.entries:
                return receiver.entries[call.args[0].text]
        if call.name in ("str", "repr", "bytes", "list", "tuple", "set", "sorted", "reversed", "iter", "next") and call.args:
            first = call.args[0]
            return first if call.name in ("list", "tuple", "sorted", "reversed") or first.is_composed else Value(first.pieces or tuple(first.holes))
        if call.name == "string.Template" and call.args and call.args[0].text is not None:
            return Value((Hole(LOCAL, "a template", frozenset({ALL})),), type="string.Template()", const=call.args[0].text)
        if call.name == "dict":
            return Value((), "dict", entries=dict(call.keywords))
        if call.name.endswith(("os.path.join", "posixpath.join")):
            return Value(concatenated([part for piece in call.args for part in (piece, constant("/"))][:-1]).pieces, "path")
        if call.name in ("pathlib.Path", "pathlib.PurePath", "Path"):
            return Value(concatenated(call.args).pieces, "pathlib.Path")
        type_ = f"{call.name}()" if call.name else None
        if call.last in ("getLogger",):
            return Value((Hole(LOCAL, "a logger", frozenset({ALL})),), type="logging")
        holes = merged(*parts).pieces if parts else (Hole(LOCAL, call.name + "()"),)
        if parts and all(hole.level == LOCAL for hole in holes):
            holes = (Hole(LOCAL, call.name + "()"),)
        return Value(holes, type=type_)

    def grow(self, node, call):
        name = dotted(node)
        held = self.env.get(name)
        if held is None:
            return
        added = call.args[-1]
        if held.items is not None:
            more = added.items if call.last == "extend" and added.items is not None else (added,)
            if len(held.items) < 40:
                self.env[name] = Value((), held.type, items=held.items + tuple(more))
        elif held.entries is not None and call.last == "update":
            self.env[name] = Value((), held.type, entries={**held.entries, **(added.entries or {"\0": added})})

    # Questions

    def dirt(self, value, kind, level=LOCAL):
        found = None
        for hole in value.holes if value is not None else ():
            if hole.level >= level and hole.dirty(kind) and (found is None or hole.level > found.level):
                kinds = self.checked.get(hole.source, ())
                if kind not in kinds and ALL not in kinds:
                    found = hole
        return found

    READERS = {
        ast.Constant: constant, ast.Name: name_, ast.Attribute: attribute, ast.Subscript: subscript, ast.List: sequence, ast.Tuple: sequence, ast.Set: sequence,
        ast.Dict: dictionary, ast.ListComp: comprehension, ast.SetComp: comprehension, ast.GeneratorExp: comprehension, ast.DictComp: comprehension,
        ast.JoinedStr: joined_text, ast.BinOp: operation, ast.IfExp: choice, ast.BoolOp: either, ast.Compare: comparison, ast.NamedExpr: walrus,
        ast.Await: inner, ast.Starred: inner, ast.Lambda: function_value, ast.Call: call,
    }


def ends(body):
    """Whether nothing after this block is reached from it."""
    last = body[-1] if body else None
    if isinstance(last, ENDS):
        return True
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        called = last.value.func
        return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in ("abort", "exit", "_exit", "fail")
    if isinstance(last, ast.If):
        return bool(last.orelse) and ends(last.body) and ends(last.orelse)
    return False


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None

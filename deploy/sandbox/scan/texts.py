"""How texts are put together: %, format, join, replace; and the words that tell what a called function is for."""
import re
import string

from .values import ALL, LOCAL, Hole, Value, clean, concatenated, constant

# Functions that only say something to people or to a log: a text inside is not yet a query or a command.
SPEAKS = re.compile(r"(?:^|\.)(?:print|debug|info|warn|warning|error|critical|exception|log|say|puts|notify|pprint|[A-Z]\w*(?:Error|Exception|Warning))$", re.ASCII)
# Functions that raise, or return False, where a value is no good.
VALIDATES = re.compile(r"(?:^|_)(?:validate|validated|verify|check|ensure|assert|require|sanitize|sanitise)(?:_|$|[A-Z])|^(?:validate|check|ensure|verify)[A-Z]")
# What such a check is believed to help against; a check is no remedy for a statement put together from text.
VALIDATED = frozenset({"shell", "path", "url", "html", "header", "log", "code", "regex", "redirect"})
PERCENT = re.compile(r"%(?:\((?P<name>[^)]*)\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?(?P<kind>[a-zA-Z%])")
NUMBER_FORMAT = re.compile(r"^[^a-zA-Z]*[bcdeEfFgGnoxX%]$")


def is_number_format(part):
    spec = part.format_spec
    return spec is not None and len(spec.values) == 1 and isinstance(getattr(spec.values[0], "value", None), str) and bool(NUMBER_FORMAT.match(spec.values[0].value))


def percent(template, argument, arguments):
    """`template % argument`; `arguments` are a tuple's values."""
    if any(isinstance(piece, Hole) for piece in template.pieces):
        return concatenated([template, argument])
    text, parts, position, index = "".join(template.pieces), [], 0, 0
    for match in PERCENT.finditer(text):
        parts.append(constant(text[position:match.start()]))
        position = match.end()
        if match["kind"] == "%":
            parts.append(constant("%"))
            continue
        if match["name"] is not None:
            value = (argument.entries or {}).get(match["name"], argument)
        elif arguments is not None:
            value = arguments[index] if index < len(arguments) else Value((Hole(LOCAL, "a value"),))
            index += 1
        else:
            value = argument
        parts.append(clean() if match["kind"] not in "sra" else as_part(value))
    parts.append(constant(text[position:]))
    return concatenated(parts)


def formatted(template, call):
    """`template.format(…)`."""
    parts, index = [], 0
    for piece in template.pieces:
        if isinstance(piece, Hole):
            parts.append(Value((piece,)))
            continue
        try:
            fields = list(string.Formatter().parse(piece))
        except ValueError:
            return concatenated([template, *call.args, *call.keywords.values()])
        for literal, name, spec, _ in fields:
            parts.append(constant(literal))
            if name is None:
                continue
            head = re.split(r"[.\[]", name, maxsplit=1)[0]
            if head == "":
                value, index = call.arg(index), index + 1
            else:
                value = call.arg(int(head)) if head.isdigit() and len(head) < 4 else call.arg(None, head)
            starred = next((argument for argument in call.args if argument.type == "*"), None)
            parts.append(clean() if spec and NUMBER_FORMAT.match(spec) else as_part(value or starred or Value((Hole(LOCAL, "a value"),))))
    return concatenated(parts)


def substituted(template, call):
    """`string.Template(template).substitute(…)`."""
    parts = []
    for index, piece in enumerate(re.split(r"\$\{?(\w+)\}?", template)):
        if index % 2 == 0:
            parts.append(constant(piece))
        else:
            given = call.arg(None, piece) or (call.args[0].entries or {}).get(piece) if call.args else call.arg(None, piece)
            parts.append(as_part(given or Value((Hole(LOCAL, "a value"),))))
    return concatenated(parts)


def joined_by(separator, values, node):
    """`separator.join(values)`."""
    if values.items is None:
        between = [Value(tuple(values.holes) or values.pieces)]
        parts = [*between, separator, *between]
    else:
        items = [as_part(item) for item in values.items]
        if len(items) == 1:
            items = items * 2  # an element of a comprehension stands for many
        parts = [part for item in items for part in (item, separator)][:-1]
    return concatenated(parts)


def replaced(receiver, old, new):
    """`receiver.replace(old, new)`: a placeholder of a constant text is filled, or something is taken out of an unknown one."""
    if receiver.text is not None and old.text and old.text in receiver.text and new.holes:
        before, after = receiver.text.split(old.text, 1)
        return concatenated([constant(before), as_part(new), constant(after)])
    taken = old.text or ""
    kinds = {"\n": {"log", "header"}, "\r": {"log", "header"}, "<": {"html"}, "..": {"path"}, "../": {"path"}}.get(taken, set())
    return receiver.cleaned(frozenset(kinds)) if kinds and receiver.holes else Value(receiver.pieces or tuple(receiver.holes), receiver.type)


def as_part(value):
    return value if value.items is None and value.entries is None and value.pieces else Value(tuple(value.holes))

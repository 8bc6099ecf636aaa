"""What a condition says about the values in it: which sources are known to be harmless where it holds, and where it does not."""
import ast
import re

from .values import ALL

EVERYTHING = frozenset({ALL})
# Confines a path or an address, and says nothing about a shell or a statement.
PLACE = frozenset({"path", "url", "redirect", "archive"})
ACCEPTING_METHODS = frozenset("isalnum isdigit isdecimal isnumeric isalpha isidentifier".split())
MATCHES = re.compile(r"(?:^|\.)(?:fullmatch|match|search)(?:\(\))?$")
# A part of an address that says nothing about where it leads.
NOT_THE_HOST = re.compile(r"\.(?:scheme|port|query|fragment)$")
NUMBERS = frozenset(("int", "float", "bool", "complex"))
PLACE_CALLS = re.compile(r"(?:^|\.)(?:is_relative_to|commonpath|commonprefix|relative_to|url_has_allowed_host_and_scheme|is_safe_url)$")
REJECTING_CALLS = re.compile(r"(?:^|\.)(?:isabs|is_absolute)$")
JUDGES = re.compile(r"(?:^|_)(?:is_?(?:valid|safe|allowed|local|permitted|whitelisted)|valid|validate|allowed|check|verify|safe)(?:_|$)|^(?:is|has)(?:Valid|Safe|Allowed)", re.IGNORECASE)
NORMALISES = re.compile(r"realpath|abspath|resolve|normpath|normalize|urlparse|urlsplit|hostname|netloc|commonpath|absolute|_path_split|real_?path|abs_?path|full_?path|target", re.IGNORECASE)


def guards(flow, test):
    """(where true, where false): source → kinds of danger that it is checked for."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        true, false = guards(flow, test.operand)
        return false, true
    if isinstance(test, ast.BoolOp):
        parts = [guards(flow, part) for part in test.values]
        if isinstance(test.op, ast.And):
            return union([true for true, _ in parts]), common([false for _, false in parts])
        return common([true for true, _ in parts]), union([false for _, false in parts])
    if isinstance(test, ast.Call):
        return of_call(flow, test)
    if isinstance(test, ast.NamedExpr):
        return guards(flow, test.value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return of_comparison(flow, test)
    if isinstance(test, ast.Name) and (held := flow.env.get(test.id)) is not None and held.type and held.type.endswith("fullmatch()"):
        return checked(held, EVERYTHING), {}  # m = re.fullmatch(…); if m:
    return {}, {}


def of_call(flow, node):
    name = flow.module.name(node.func)
    last = name.rsplit(".", 1)[-1]
    arguments = [flow.value(argument) for argument in node.args]
    receiver = flow.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
    if last in ACCEPTING_METHODS and receiver is not None:
        return checked(receiver, EVERYTHING), {}
    if MATCHES.search(name):
        return (checked_all(arguments, EVERYTHING), {}) if confines(name, last, arguments) else ({}, {})
    if name == "isinstance" and len(node.args) == 2 and {flow.module.name(part) for part in getattr(node.args[1], "elts", node.args[1:])} <= NUMBERS:
        return checked_all(arguments[:1], EVERYTHING), {}
    if last in ("startswith", "endswith") and receiver is not None and arguments:
        return of_beginning(flow, node, last, receiver, arguments[0])
    if PLACE_CALLS.search(name):
        return checked_all([*arguments, *([receiver] if receiver is not None else [])], PLACE), {}
    if REJECTING_CALLS.search(name):
        return {}, checked_all(arguments or [receiver], frozenset({"archive"}))
    if JUDGES.search(last):
        return checked_all(arguments, EVERYTHING - {"sql"}), {}
    if name in ("any", "all") and node.args and isinstance(node.args[0], ast.GeneratorExp):
        return of_generator(flow, node.args[0])
    return {}, {}


def confines(name, last, arguments):
    """Whether a pattern judges the whole text: it reaches its end, and is not "anything"."""
    pattern = arguments[0].text if name.startswith("re.") and arguments else None
    if pattern is None:
        return last in ("fullmatch", "match")
    ends = last == "fullmatch" or pattern.endswith(("$", "\\Z"))
    begins = last != "search" or pattern.startswith(("^", "\\A"))
    return ends and begins and not re.search(r"(?<!\\)\.[*+]|\\S[*+]|\[\^", pattern)


def of_beginning(flow, node, method, receiver, argument):
    """`x.startswith(base)` confines a path that is resolved, or an address up to the end of its host."""
    text = argument.text
    if method == "endswith":
        return (checked(receiver, frozenset({"extension"})), {}) if text else ({}, {})
    if text in ("/", "..", "./", "../", "\\", "//"):
        return {}, checked(receiver, frozenset({"redirect"} if text in ("//",) else {"archive"}))
    if text and re.match(r"https?://[^/]+/", text):
        return checked(receiver, frozenset({"url", "redirect"})), {}
    if text and text.startswith("http"):
        return {}, {}
    if text is None or text.startswith("/"):
        return (checked(receiver, PLACE), {}) if is_normalised(flow, node.func.value) or text is None else ({}, {})
    return {}, {}


def is_normalised(flow, node):
    return bool(NORMALISES.search(flow.module.name(node))) or isinstance(node, ast.Name) and node.id in flow.env and bool(NORMALISES.search(flow.env[node.id].type or ""))


def of_generator(flow, node):
    outer = flow.env
    flow.env = dict(outer)
    for part in node.generators:
        flow.bind(part.target, flow.element(flow.value(part.iter)))
    found = guards(flow, node.elt)
    flow.env = outer
    return found


def of_comparison(flow, node):
    op, left, right = node.ops[0], node.left, node.comparators[0]
    first, second = flow.value(left), flow.value(right)
    if NOT_THE_HOST.search(flow.module.name(left)):
        return {}, {}
    if isinstance(op, (ast.In, ast.NotIn)):
        if first.text is not None:  # ".." in name
            found = ({}, checked(second, frozenset({"path", "archive"}))) if ".." in first.text else ({}, {})
        elif second.text is not None and not isinstance(right, ast.Name):
            found = {}, {}  # a character of an alphabet
        else:
            found = checked(first, EVERYTHING), {}
        return found if isinstance(op, ast.In) else found[::-1]
    if isinstance(op, (ast.Eq, ast.NotEq)):
        known = first.text is not None or second.text is not None
        other = second if first.text is not None else first
        if known:
            found = checked(other, EVERYTHING) if (first.text or second.text) else {}
        elif NORMALISES.search(flow.module.name(left) + flow.module.name(right)):
            found = {**checked(first, PLACE), **checked(second, PLACE)}
        else:
            found = {}
        return (found, {}) if isinstance(op, ast.Eq) else ({}, found)
    return {}, {}


def checked(value, kinds):
    return {hole.source: kinds for hole in value.holes}


def checked_all(values, kinds):
    return union([checked(value, kinds) for value in values])


def union(found):
    together = {}
    for part in found:
        for source, kinds in part.items():
            together[source] = together.get(source, frozenset()) | kinds
    return together


def common(found):
    together = dict(found[0])
    for part in found[1:]:
        together = {source: kinds & part[source] for source, kinds in together.items() if source in part}
    return together

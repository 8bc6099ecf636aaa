"""XML and regular expressions that take the machine down or read its files."""
import ast
import re
import warnings

from .findings import HIGH, LOW, MEDIUM, rules
from .values import EXTERNAL, PARAM

rules(
    xml_entities=(MEDIUM, "The XML parser expands entities: a small document fills the memory or, with external ones, reads files and addresses.",
                  "Use defusedxml, or lxml.etree.XMLParser(resolve_entities=False, no_network=True)."),
    regex_from_input=(MEDIUM, "The regular expression comes from outside; a bad one runs for ever.", "Escape it with re.escape, or match a text instead of a pattern."),
    slow_regex=(MEDIUM, "The regular expression repeats what already repeats: on some texts its time grows exponentially.",
                "Let each repetition begin with a different character, or bound the length of the text."),
)

XML = re.compile(r"^(?:lxml\.(?:etree|objectify)\.(?:parse|fromstring|XML|iterparse|XMLPullParser|fromstringlist)|xml\.etree\.c?ElementTree\.(?:parse|fromstring|XML|iterparse|fromstringlist|XMLParser)|"
                 r"xml\.dom\.(?:minidom|pulldom|expatbuilder)\.(?:parse|parseString)|xml\.sax\.(?:parse|parseString|make_parser|expatreader\.create_parser)|xmlrpc\.server\.\w+|xmltodict\.parse)$")
PATTERNS = re.compile(r"^re\.(?:compile|search|match|fullmatch|findall|finditer|sub|subn|split)$")


def called(call):
    report = call.flow.report
    if XML.match(call.name):
        parser = call.arg(None, "parser") or (call.args[1] if len(call.args) > 1 and "lxml" in call.name else None)
        outside = call.dirt(call.arg(0, "source", "text", "string"), "xml", PARAM)
        if parser is not None and is_careful(call, parser):
            return
        if call.name.startswith("xmltodict"):
            return
        report.add("xml-entities", call.line, f"{call.name}()" + (f" reads {outside.source}" if outside else ""), HIGH if outside and outside.level == EXTERNAL else MEDIUM if outside or "lxml" not in call.name else LOW)
    elif call.name == "lxml.etree.XMLParser":
        for option, bad in (("resolve_entities", True), ("no_network", False), ("huge_tree", True), ("load_dtd", True)):
            if (given := call.arg(None, option)) is not None and given.const is bad:
                report.add("xml-entities", call.line, f"{option}={bad}")
    elif call.last == "setFeature" and call.args and (call.args[0].type or call.args[0].text or "").endswith(("feature_external_ges", "external-general-entities")):
        if len(call.args) > 1 and call.args[1].const in (True, 1):
            report.add("xml-entities", call.line, "external entities are switched on", HIGH)
    elif PATTERNS.match(call.name) and call.args:
        pattern = call.arg(0, "pattern")
        if hole := call.dirt(pattern, "regex", PARAM):
            if hole.level == EXTERNAL:
                report.add("regex-from-input", call.line, f"{hole.source} is in the pattern")
            else:
                report.add("regex-from-input", call.line, f"{hole.source} is in the pattern", LOW)
        elif pattern.text and is_slow(pattern.text):
            report.add("slow-regex", call.line)


def is_careful(call, parser):
    made = next((node for node in call.flow.module.nodes if isinstance(node, ast.Call) and call.flow.module.name(node.func).endswith(("XMLParser", "HTMLParser"))), None)
    given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in made.keywords} if made is not None else {}
    return given.get("resolve_entities") is False or "defused" in (parser.type or "")


def is_slow(pattern):
    """Whether an unbounded repetition holds another that can match the same characters, or two alternatives that begin alike."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = re._parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return False
    return repeats_badly(parsed, 0)


UNBOUNDED, MANY = 1000, 10


def repeats_badly(parsed, depth):
    if depth > 40:
        return False
    if has_three_alike(parsed):
        return True
    for op, argument in parsed:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, inner = argument
            if most >= MANY and is_ambiguous(inner):
                return True
            if repeats_badly(inner, depth + 1):
                return True
        elif name == "SUBPATTERN":
            if repeats_badly(argument[-1], depth + 1):
                return True
        elif name == "BRANCH":
            if any([repeats_badly(branch, depth + 1) for branch in argument[1]]):
                return True
    return False


def has_three_alike(parsed):
    """Three unbounded repetitions side by side that match the same characters: cubic, which a long text makes long enough."""
    row, common = 0, None
    for op, argument in parsed:
        own = charset([(op, argument)]) if str(op) in ("MAX_REPEAT", "MIN_REPEAT") and argument[1] >= UNBOUNDED and len(argument[2]) == 1 else None
        row, common = (row + 1, common & own) if own and common and common & own else (1, own) if own else (0, None)
        if row >= 3:
            return True
    return False


def is_ambiguous(inner):
    """The repeated part can match one text in more than one way: `(a+)`, `(a|a)`, `(a*b?)`, but not `(a+b)`, whose b ends each round."""
    parts = [part for part in flat(inner) if str(part[0]) != "AT"]
    if not parts:
        return False
    if len(parts) == 1 and str(parts[0][0]) == "BRANCH":
        branches = [charset(branch[:1]) for branch in parts[0][1][1]]
        alike = any(one and other and one & other for index, one in enumerate(branches) for other in branches[index + 1:])
        return alike or any([is_ambiguous(branch) for branch in parts[0][1][1]])
    repeated = [index for index, (op, argument) in enumerate(parts) if str(op) in ("MAX_REPEAT", "MIN_REPEAT") and argument[1] >= UNBOUNDED]
    if not repeated:
        return False
    needed = [part for index, part in enumerate(parts) if index not in repeated and not (str(part[0]) in ("MAX_REPEAT", "MIN_REPEAT") and part[1][0] == 0)]
    if not needed:
        return True
    own = charset([parts[repeated[0]]])
    return own is not None and all((found := charset([part])) is not None and found <= own for part in needed)


def flat(parsed):
    """The parts of a sequence, groups opened."""
    parts = []
    for op, argument in parsed:
        if str(op) == "SUBPATTERN":
            parts.extend(flat(argument[-1]))
        else:
            parts.append((op, argument))
    return parts


PRINTABLE = frozenset(chr(code) for code in range(32, 127))
CLASSES = {"CATEGORY_DIGIT": frozenset("0123456789"), "CATEGORY_SPACE": frozenset(" \t\n\r\f\v"), "CATEGORY_WORD": frozenset(c for c in PRINTABLE if c.isalnum() or c == "_")}


def charset(parts):
    """The characters that a one-part sequence can begin with, among the printable ones; None where it cannot be said."""
    if not parts:
        return None
    op, argument = parts[0]
    name = str(op)
    if name == "LITERAL":
        return frozenset(chr(argument))
    if name == "NOT_LITERAL":
        return PRINTABLE - {chr(argument)}
    if name == "ANY":
        return PRINTABLE
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        return charset(list(argument[2])[:1])
    if name == "SUBPATTERN":
        return charset(list(argument[-1])[:1])
    if name != "IN":
        return None
    found, negated = set(), False
    for kind, what in argument:
        kind = str(kind)
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            found.add(chr(what))
        elif kind == "RANGE":
            found.update(map(chr, range(what[0], min(what[1], what[0] + 200) + 1)))
        elif kind == "CATEGORY":
            category = str(what)
            if category.replace("NOT_", "") not in CLASSES:
                return None
            found |= PRINTABLE - CLASSES[category.replace("NOT_", "")] if "NOT_" in category else CLASSES[category]
    return frozenset(PRINTABLE - found if negated else found)

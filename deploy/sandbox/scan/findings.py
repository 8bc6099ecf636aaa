"""The rules by their stable ids, and the findings of one scan."""
from typing import NamedTuple

LOW, MEDIUM, HIGH = "low", "medium", "high"
MOST_FINDINGS, LONGEST_DETAIL = 100, 240


class Rule(NamedTuple):
    severity: str
    why: str
    repair: str


RULES = {}


def rules(**family):
    """Registers a family's rules: identifiers with underscores here, hyphens on the wire."""
    for name, rule in family.items():
        RULES[name.replace("_", "-")] = Rule(*rule)


rules(
    not_analysed=(HIGH, "The source could not be read to its end, so nothing is known about it.", "Write it flatter and smaller."),
    not_python=(LOW, "The source is no valid Python 3.11: nothing of it can run.", "Mend the syntax."),
)


class Report:
    """Collects findings; one rule speaks once about a line."""

    def __init__(self):
        self.found = {}

    def add(self, rule, line, detail=None, severity=None):
        known = RULES[rule]
        key = rule, line
        severity = severity or known.severity
        if key in self.found and rank(self.found[key]["severity"]) >= rank(severity):
            return
        why = f"{known.why} Here: {printable(detail)}." if detail else known.why
        self.found[key] = {"rule": rule, "severity": severity, "line": line, "why": why, "repair": known.repair}

    def has(self, line, names):
        return any((rule, line) in self.found for rule in names)

    def findings(self):
        """By line, then the gravest first; where there are too many, the gravest are kept."""
        gravest = sorted(self.found.values(), key=lambda f: (-rank(f["severity"]), f["line"], f["rule"]))[:MOST_FINDINGS]
        return sorted(gravest, key=lambda f: (f["line"], -rank(f["severity"]), f["rule"]))


def printable(text):
    """A part of the untrusted source as one short line: no control characters, no halves of characters."""
    return "".join([letter if letter.isprintable() else "\ufffd" for letter in text[:LONGEST_DETAIL]])


def rank(severity):
    return (LOW, MEDIUM, HIGH).index(severity)

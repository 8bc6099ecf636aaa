"""Security scan of one untrusted Python source. The source is parsed, never imported and never executed.

`scan(source)` returns findings, sorted by line: rule (stable id), severity (low, medium or high), line (from 1), why, repair.
A source that cannot be read to its end is itself a finding (`not-analysed`), never an exception and never silence.
"""
import ast
import sys
import warnings

from . import bandit_rules, crypto, deserialisation, files, injection, network, parsing, secrets, web
from .findings import RULES, Report
from .flow import Flow, OutOfSteps
from .source import Module

FAMILIES = (injection, files, deserialisation, network, web, crypto, parsing, secrets)
# Deeper than any tree that the parser lets through; between Python functions a call needs no stack of the machine's own.
RECURSION_LIMIT = 30_000
# Nodes of a syntax tree of some three thousand lines; a skill is a function. Larger ones would end at the clock, at a place that depends on the machine.
MOST_NODES = 30_000


def scan(source):
    """Findings of one source text, as plain dictionaries."""
    report = Report()
    tree = parse(source, report)
    if tree is None:
        return report.findings()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        module = Module(tree)
        if len(module.nodes) > MOST_NODES:
            raise OutOfSteps
        for family in FAMILIES:
            if hasattr(family, "look"):
                family.look(module, report)
        Flow(module, FAMILIES, report).run()
        bandit_rules.look(module, report)
    except OutOfSteps:
        report.add("not-analysed", 1, "it is larger than the scan follows")
    except (RecursionError, MemoryError):
        report.add("not-analysed", 1, "it is nested too deeply or too large")
    finally:
        sys.setrecursionlimit(limit)
    return report.findings()


def analyse(source, argument):
    """The entry point of the tools mode: the findings, or with the argument "rules" what each rule says."""
    if argument == "rules":
        return [{"rule": name, "severity": rule.severity, "line": 1, "why": rule.why, "repair": rule.repair} for name, rule in sorted(RULES.items())]
    return scan(source)


def parse(source, report):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        report.add("not-python", error.lineno or 1, str(error.msg)[:200])
    except ValueError as error:
        report.add("not-python", 1, str(error)[:200])
    except (RecursionError, MemoryError, OverflowError):
        report.add("not-analysed", 1, "it is nested too deeply or too large")
    return None

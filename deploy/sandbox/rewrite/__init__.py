"""Rewrite rules: proposes faster or sturdier forms of one Python source, without running it.

`propose(...)` takes a source and gives variants, each with the rules that made it; the README beside this file says what goes in and out.
"""
import ast
import hashlib
import random

from . import (  # noqa: F401
    calls, comprehensions, divisors, hoisting, inlining, keyed, lookups, loops, memo, numbers,
    ordering, pairs, programs, repairs, sequences, texts, totals, whole_lists,
)
from .rules import RULES
from .source import Change, Module

# The larger the change of the work to be done, the earlier it is tried; small savings follow.
ORDER = [
    "divisors-in-pairs",
    "divisor-search",
    "pairs-by-sorting",
    "pair-by-its-sum",
    "take-from-both-ends",
    "remember-results",
    "power-within-the-modulus",
    "remainder-of-a-power-series",
    "input-read-at-once",
    "lines-read-at-once",
    "main-function",
    "output-written-at-once",
    "piece-by-piece-table",
    "distinct-letters-once",
    "order-without-sorting",
    "first-of-sorted",
    "palindrome-by-reversal",
    "whole-lists-compared",
    "elements-by-key",
    "counter",
    "distinct-elements-only",
    "count-letters",
    "number-has-no-such-letter",
    "bound-worked-out-when-it-changes",
    "stop-when-it-is-decided",
    "queue-of-deque",
    "set-for-membership",
    "seen-set",
]
MOST_CHANGES = 400


def identity(source):
    """The name under which a variant was tried."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def variants(source, function, rules=None):
    """(text, rule) of every single application of every rule, and of each rule everywhere at once."""
    module = Module(source, function)
    seen, count = {source}, 0
    for rule in in_order(rules):
        changes = []
        module.reserved.clear()
        for change in rule.find(module):
            count += 1
            if count > MOST_CHANGES:
                return
            changes.append(change)
            text = module.apply(change)
            if text is not None and text not in seen:
                seen.add(text)
                yield text, rule
        if len(changes) > 1:
            whole = changes[0]
            for change in changes[1:]:
                whole.merge(change)
            text = module.apply(whole)
            if text is not None and text not in seen:
                seen.add(text)
                yield text, rule


def settled(source, function, rules, passes=4):
    """The source after all of these rules, each wherever it applies, again until nothing changes; and which of them had a part in it."""
    used = []
    for _ in range(passes):
        before, module = source, None
        for rule in in_order(rules):
            module = module or Module(source, function)
            module.reserved.clear()
            whole = Change()
            for change in rule.find(module):
                whole.merge(change)
            text = module.apply(whole)
            if text is not None and text != source and same_code(text, source) is False:
                source, module = text, None
                used.append(rule.name)
        if source == before:
            break
    return source, used


def same_code(one, other):
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


def in_order(rules):
    return sorted((r for r in RULES.values() if rules is None or r.name in rules), key=lambda r: ORDER.index(r.name) if r.name in ORDER else len(ORDER))


def certain_rules():
    return {rule.name for rule in RULES.values() if not rule.speculative}


# Each of these nearly always pays in a loop that runs long, and does not stand in another's way.
USUAL = {
    "input-read-at-once",
    "lines-read-at-once",
    "output-written-at-once",
    "main-function",
    "element-instead-of-index",
    "every-second-element",
    "divisor-search",
    "divisors-in-pairs",
    "set-of-constants",
    "first-of-sorted",
    "remember-results",
    "power-within-the-modulus",
    "stop-when-it-is-decided",
    "order-without-sorting",
}


def presets(source, function):
    """(text, rules, speculative) of forms to begin with: all at once that is certain, the same with what is usual, and with what else there is."""
    everything = set(RULES) - {"small-function-inlined", "remember-results", "same-call-once", "distinct-letters-once", "piece-by-piece-table"}
    for rules in (certain_rules(), certain_rules() | USUAL, everything):
        text, used = settled(source, function, rules)
        if used:
            yield text, list(dict.fromkeys(used)), any(RULES[name].speculative for name in used)


def propose(source, function_name=None, reason="execution_time", profile=None, already_tried=(), seed=0, limit=32):
    """Variants of a source, the most promising first; the same for the same arguments."""
    known = {identity(source), *already_tried}
    found = []
    try:
        if reason in ("failure", "retries"):
            for text, what in repairs.repaired(source, function_name, (profile or {}).get("errors", [])):
                add(found, known, text, [what.name], what.what, True)
        if reason != "failure":
            for text, used, speculative in presets(source, function_name):
                add(found, known, text, used, "several rules at once: " + "; ".join(RULES[name].what for name in used), speculative)
            for text, rule in variants(source, function_name):
                add(found, known, text, [rule.name], rule.what, rule.speculative)
    except (SyntaxError, ValueError, RecursionError):
        return found[:limit]
    if len(found) > limit:
        # Of more than are wanted the first half are taken as they come, the others by lot, so that another seed sees others.
        first, rest = found[: limit // 2], found[limit // 2 :]
        chosen = sorted(random.Random(seed).sample(range(len(rest)), limit - len(first)))
        found = first + [rest[i] for i in chosen]
    return found


def add(found, known, text, rules, what, speculative):
    if rules and identity(text) not in known:
        known.add(identity(text))
        found.append({"id": identity(text), "source": text, "rules": rules, "description": what[:1].upper() + what[1:], "speculative": speculative})

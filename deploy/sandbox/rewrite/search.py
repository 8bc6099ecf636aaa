"""Searches for a faster form of one source by measuring: rules are composed step by step, and what does not behave as the original is thrown away at once.

A cascade: a few inputs, then all of them and altered ones, then the time of one call in a fresh process. What it finds has been compared on these inputs
only, and its times are rough; who promotes it measures it again, on other inputs.
"""
import gc
import time

from . import identity, presets, settled, variants
from .inputs import altered
from .trial import Function, Program, outcomes, run, spent

WIDTH = 3
# A step must be no slower than this, to stand for what another step makes of it.
TOLERANCE = 1.05
MOST_SECONDS = 30


class Form:
    """One form of the source."""

    def __init__(self, source, rules, cpu, speculative):
        self.source, self.rules, self.cpu, self.speculative, self.is_expanded = source, rules, cpu, speculative, False


class Search:
    def __init__(self, source, function, small, timed, seed=0, seconds=15.0, log=None):
        """`small` inputs to compare on, `timed` ones (one or two, large) to measure and compare on."""
        self.kind = Function(function) if function else Program()
        self.function, self.source, self.timed, self.log = function, source, timed, log or (lambda *_: None)
        self.seconds = seconds
        self.began, self.began_at = spent(), time.monotonic()
        gc.collect()
        gc.freeze()
        gc.disable()
        self.checks = []
        most = 60 if function else 12
        for given, limit in ((small, 0.6), (altered(small, seed, most), 0.2)):
            for value, outcome in zip(given, outcomes(self.kind, source, given, limit, most_lost=3)):
                if outcome is not None:
                    self.checks.append((value, outcome))
        self.counts = {"tried": 0, "differs": 0, "slower": 0}
        # Where the original fails, another one must fail in the same way; what differs most often is asked first.
        self.kills = {}

    @property
    def left(self):
        """CPU seconds of the budget; none after four times as long by the clock."""
        return min(self.seconds - (spent() - self.began), 4 * self.seconds - (time.monotonic() - self.began_at))

    def run(self):
        """(original's CPU seconds, forms that are faster, the fastest first)."""
        first, second = ([run(self.kind, self.source, [given], 20.0) for given in self.timed] for _ in range(2))
        if not all(first) or not all(second):
            return None, []
        self.expected = [f[0][0] for f in first]
        self.limits = [max(0.5, 3 * f[0][1]) for f in first]
        base = sum(min(f[0][1], s[0][1]) for f, s in zip(first, second))
        if [s[0][0] for s in second] != self.expected:
            return base, []  # it does not do the same thing twice
        # What was spent on the original is no part of the budget; one that takes long gets more, for each form takes as long.
        self.began, self.began_at, self.seconds = spent(), time.monotonic(), max(self.seconds, min(12 * base, MOST_SECONDS))
        forms, known = [Form(self.source, [], base, False)], {identity(self.source)}
        for text, used, speculative in presets(self.source, self.function):
            self.consider(forms, known, text, used, speculative, base)
        while self.left > 0:
            waiting = sorted((f for f in forms if not f.is_expanded), key=lambda f: f.cpu)[:WIDTH]
            best = min(f.cpu for f in forms)
            waiting = [f for f in waiting if f.cpu <= 1.5 * best or f.rules == []]
            if not waiting:
                break
            form = waiting[0]
            form.is_expanded = True
            for text, rule in variants(form.source, self.function):
                if self.left <= 0:
                    break
                rules, speculative = [*form.rules, rule.name], form.speculative or rule.speculative
                if not self.consider(forms, known, text, rules, speculative, form.cpu):
                    continue
                # Some rules pay only when another has taken out of the loop what they put into it.
                text, used = settled(text, self.function, {"before-the-loop"})
                if used:
                    self.consider(forms, known, text, [*rules, *used], True, form.cpu)
        found = sorted((f for f in forms[1:] if f.cpu < base / TOLERANCE), key=lambda f: f.cpu)
        return base, found

    def consider(self, forms, known, text, rules, speculative, parent):
        """Adds a form that behaves as the original; true where it does, but is slower than what it was made of."""
        if identity(text) in known:
            return False
        known.add(identity(text))
        self.counts["tried"] += 1
        if not self.behaves(text):
            self.counts["differs"] += 1
            self.log("differs", rules, text)
            return False
        cpu = 0.0
        for given, expected, limit in zip(self.timed, self.expected, self.limits):
            found = []
            for _ in range(2):
                ended = run(self.kind, text, [given], limit)
                if not ended or ended[0][0] != expected:
                    self.counts["differs"] += 1
                    self.log("differs", rules, text)
                    return False
                found.append(ended[0][1])
                if found[0] > 1.3 * parent or found[0] > 0.5:
                    break
            cpu += min(found)
        self.log("form", rules, cpu)
        if cpu > parent * TOLERANCE:
            self.counts["slower"] += 1
            return True
        forms.append(Form(text, rules, cpu, speculative))
        return False

    def behaves(self, text):
        """First the inputs on which others failed, a few at a time."""
        order = sorted(range(len(self.checks)), key=lambda i: -self.kills.get(i, 0))
        few = order[:6]
        for part in (few, order[6:]):
            if part:
                found = outcomes(self.kind, text, [self.checks[i][0] for i in part], 2.0)
                for i, outcome in zip(part, found):
                    if outcome != self.checks[i][1]:
                        self.kills[i] = self.kills.get(i, 0) + 1
                        return False
        return True

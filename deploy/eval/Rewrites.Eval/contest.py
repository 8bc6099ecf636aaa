"""One row of a benchmark file in the sandbox: makes its inputs, searches, judges on inputs that the search did not see, and writes the modules to be measured.

Rows of functions have generators of inputs by size; rows of programs have tests and generators of large inputs (SOURCE.md of the data says the fields).
"""
import copy
import math
import random
import string
import sys
import time
import typing

from rewrite import search as searching
from rewrite.inputs import altered
from rewrite.trial import Function, Program, outcomes, run, run_program, spent

LONG_ENOUGH, TOO_LONG, LEAST = 0.010, 0.5, 0.001
MOST_GROWTH = 8
LONGEST_PLAN = 6.0
MOST_ATTEMPTS = 12


def is_program(row):
    return "tests" in row


def kind_of(row):
    return Program() if is_program(row) else Function(row["entry"])


def generator(row, text, seed):
    """The row's own generator, which gets the same random numbers for the same seed."""
    space = {
        "random": random,
        "math": math,
        "string": string,
        "copy": copy,
        "sys": sys,
        **{name: getattr(typing, name) for name in ("List", "Dict", "Tuple", "Optional", "Any")},
    }
    exec(text, space)
    random.seed(seed)
    return space["generate_input"]


def function_input(row, size, level, case, seed):
    return tuple(generator(row, row["input_generator"], f"{seed}/{level}/{case}/{size}")(size, level, case))


def program_input(row, index, seed):
    """The first call of a generator gives the file's own input; other seeds give others."""
    return generator(row, row["stress_generators"][index], seed)()


def seconds_of(row, given, limit=TOO_LONG):
    found = run(kind_of(row), row["slow"], [given], limit)
    return found[0][1] if found and found[0][0][0] not in ("raised", "not loaded") else math.inf if not found else None


def plan(row, seed):
    """Which inputs are large: (how to make one, the original's seconds on it, whether it is slow enough); None where there are none."""
    if is_program(row):
        for index in range(len(row["stress_generators"])):
            try:
                took = seconds_of(row, large_input(row, {"index": index}, seed), 10.0)
            except Exception:
                continue
            if took is not None and took is not math.inf:
                return {"index": index}, took, took >= LEAST
        longest = max(range(len(row["tests"])), key=lambda i: len(row["tests"][i]["stdin"]), default=None)
        took = None if longest is None else seconds_of(row, row["tests"][longest]["stdin"], 10.0)
        return None if took is None or took is math.inf else ({"test": longest}, took, took >= LEAST)
    levels, deadline = row["input_levels"], spent() + LONGEST_PLAN
    fits, beyond, slow_enough = None, None, False
    for level, size in enumerate(levels):
        took = trial(row, size, level, seed)
        if took is None:
            continue
        if took is math.inf:
            beyond, slow_enough = size, True
            break
        fits = (size, level, took)
    if fits is None:
        size = levels[0]
        while beyond is not None and size > 1:  # even the smallest is too large
            size //= 2
            took = trial(row, size, 1, seed)
            if took is not None and took is not math.inf:
                fits = (size, 1, took)
                break
        if fits is None:
            return None
    size, level, took = fits
    slow_enough = slow_enough or took >= LEAST
    low, high = size, beyond or size * MOST_GROWTH
    while took < LONG_ENOUGH and high > low + 1 and spent() < deadline:
        middle = max(low + 1, min(low * 2, high - 1) if beyond is None else int(math.sqrt(low * high)))
        if middle >= high:
            break
        next_level = max(level, 1)
        tried = trial(row, middle, next_level, seed)
        if tried is None:
            break
        if tried is math.inf:
            high, beyond = middle, middle
        else:
            low, took, size, level = middle, tried, middle, next_level
    return {"size": size, "level": level}, took, slow_enough


def trial(row, size, level, seed):
    """Seconds of the original; infinite where it does not end in time; None where no such input can be made or the original fails on it."""
    try:
        return seconds_of(row, function_input(row, size, level, 1, seed))
    except Exception:
        return None


def large_input(row, made, seed):
    """A large input of this seed; a generator that fails with it is tried with others made of it, so that the same seed gives the same input everywhere."""
    if "test" in made:
        return row["tests"][made["test"]]["stdin"]
    for attempt in range(MOST_ATTEMPTS):
        try:
            if is_program(row):
                return program_input(row, made["index"], f"{seed}+{attempt}" if attempt else seed)
            return function_input(row, made["size"], made["level"], 1, f"{seed}+{attempt}" if attempt else seed)
        except Exception:
            if attempt == MOST_ATTEMPTS - 1:
                raise


def small_inputs(row, seed, part):
    """Small inputs of one half: part 0 for the contest, part 1 to judge by."""
    if is_program(row):
        return [test["stdin"] for test in row["tests"][part::2]]
    found = []
    levels = row["input_levels"]
    for level, size, cases in ((0, levels[0], 10), (1, min(levels[min(1, len(levels) - 1)], 200), 4)):
        for case in range(cases):
            try:
                found.append(function_input(row, size, level, case, f"{seed}/{part}"))
            except Exception:
                pass
    return found


def planned(row, seed):
    """What large inputs of the row are made with; None where none can be made."""
    if not is_program(row) and "input_generator" not in row:
        return None
    try:
        made = plan(row, f"contest/{seed}")
    except Exception:
        return None
    return made and made[0]


def contest(row, seed, seconds):
    """Searches with the inputs of the contest. The answer says what to judge and to measure."""
    started = time.monotonic()
    if not is_program(row) and "input_generator" not in row:
        return {"skipped": "the row has no generator of inputs"}
    try:
        made = plan(row, f"contest/{seed}")
    except Exception as error:
        return {"skipped": f"{type(error).__name__}: {error}"}
    if made is None:
        return {"skipped": "no input can be made on which the original runs"}
    made, took, slow_enough = made
    slow_enough = slow_enough or ((row.get("measured") or {}).get("slow_s") or 0) >= LEAST
    if not slow_enough:
        return {
            "made": made,
            "slow_enough": False,
            "original_ms": took * 1000,
            "seconds": time.monotonic() - started,
            "counts": {},
            "forms": [],
            "differs": [],
        }
    notes = []
    found = searching.Search(
        row["slow"],
        row.get("entry"),
        small_inputs(row, seed, 0),
        [large_input(row, made, f"contest/{seed}")],
        seed,
        seconds,
        lambda what, rules, more: notes.append([what, rules, more]),
    )
    base, forms = found.run()
    return {
        "made": made,
        "slow_enough": slow_enough,
        "original_ms": None if base is None else base * 1000,
        "seconds": time.monotonic() - started,
        "counts": found.counts,
        "forms": [{"source": f.source, "rules": f.rules, "ratio": base / max(f.cpu, 1e-6)} for f in forms[:3]],
        "differs": [[rules, text] for what, rules, text in notes if what == "differs"][:20],
    }


def judge(row, made, candidate, seed):
    """On how many inputs that the contest did not see the candidate does something else, and on how many it was asked."""
    kind, wrong = kind_of(row), []
    small = small_inputs(row, f"unseen/{seed}", 1)
    large = [large_input(row, made, f"unseen/{seed}/{i}") for i in range(2)]
    asked = 0
    for given, limit in ((small, 3.0), (altered(small, seed + 7919, 80), 0.5), (large, 20.0)):
        right = outcomes(kind, row["slow"], given, limit, most_lost=4)
        # Where the original gives no answer in time, there is nothing to compare with.
        pairs = [(g, r) for g, r in zip(given, right) if r is not None]
        for (value, expected), outcome in zip(pairs, outcomes(kind, candidate, [g for g, _ in pairs], limit * 4)):
            asked += 1
            if outcome != expected:
                wrong.append([repr(value)[:300], expected, outcome])
    return {"asked": asked, "wrong": wrong}


def measured(row, made, source, seed):
    """A function without arguments to be timed: it does once what the source does with a large input. Making that input is part of loading the module."""
    given, code = large_input(row, made, f"unseen/{seed}/0"), compile(source, "<skill>", "exec", dont_inherit=True)
    if is_program(row):
        return lambda: run_program(code, given) and None
    loaded = Function(row["entry"]).load(code)

    def call():
        loaded(*given)

    return call


def pairs(row, made, candidate, seed, rounds):
    """CPU milliseconds of original and candidate, interleaved, each in a fresh process; for the way without a sandbox."""
    given, kind, found = large_input(row, made, f"unseen/{seed}/0"), kind_of(row), ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            result = run(kind, (row["slow"], candidate)[which], [given], 30.0)
            if not result:
                return None
            found[which].append(result[0][1] * 1000)
    return found

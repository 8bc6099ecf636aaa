"""Inputs that nobody recorded: recorded ones, changed where programs break."""
import copy
import random

LARGEST = 4000


def altered(inputs, seed, most=60):
    """Variants of recorded inputs (tuples or dicts of arguments, or texts of standard input), without repeats."""
    draw, found, seen = random.Random(seed), [], set()
    small = [given for given in inputs if size_of(given) <= LARGEST] or []
    for given in small:
        for variant in texts_of(given) if isinstance(given, str) else changed(given, draw):
            key = repr(variant)
            if key not in seen and len(key) < 20 * LARGEST:
                seen.add(key)
                found.append(variant)
    draw.shuffle(found)
    return found[:most]


def size_of(value):
    if isinstance(value, (list, tuple, set)):
        return 1 + sum(map(size_of, value))
    if isinstance(value, dict):
        return 1 + sum(size_of(k) + size_of(v) for k, v in value.items())
    return 1 + len(value) // 8 if isinstance(value, str) else 1


def texts_of(text):
    lines = text.split("\n")
    yield text.rstrip("\n")
    yield text + "\n"
    yield text.replace("\n", "\r\n")
    yield "\n".join(lines[: len(lines) // 2])
    yield "\n".join(lines[:-2]) + "\n" if len(lines) > 2 else ""
    yield "\n".join(line + " " for line in lines)
    yield "\n" + text
    yield ""


def changed(given, draw):
    """One argument at a time."""
    keys = list(given) if isinstance(given, dict) else range(len(given))
    for key in keys:
        for value in values_near(given[key], draw):
            new = copy.deepcopy(dict(given) if isinstance(given, dict) else list(given))
            new[key] = value
            yield new if isinstance(given, dict) else tuple(new)


def values_near(value, draw, depth=0):
    """Values of the same type at its edges first, then some of a type that callers mistake for it."""
    if type(value) is bool:
        yield not value
    elif type(value) is int:
        yield from (
            0,
            1,
            2,
            3,
            4,
            -1,
            -2,
            value + 1,
            value - 1,
            min(value // 2, 10**6),
            -min(abs(value), 1000),
            True,
            min(value, 1000) + 0.5 if abs(value) < 1 << 40 else 0.5,
        )
    elif type(value) is float:
        yield from (0.0, -0.0, 1.0, -value, value * 2, float("inf"), float("nan"), int(value) if abs(value) < 1e9 else 7)
    elif type(value) is str:
        yield from (
            "",
            value[:1],
            value[:2],
            value[::-1],
            value + value[:1],
            value[: len(value) // 2],
            value.upper(),
            value.lower(),
            value.swapcase(),
            value.replace(" ", "  "),
            " " + value,
            value + " ",
            "ß" + value[:3] + "é😀",
            value[:3] + "\n" + value[3:6],
            "".join(draw.sample(value, len(value))),
            value[:4] + "0" + value[4:9],
            value + value[::-1],
        )
    elif value is None:
        yield from (0, "")
    elif isinstance(value, (list, tuple)):
        kind = type(value)
        yield from (
            kind(),
            value[:1],
            value[:2],
            value[:3],
            value[::-1],
            value + value,
            value + value[:1],
            value[: len(value) // 2],
            kind(sorted(value, key=repr)),
            kind(draw.sample(list(value), len(value))),
        )
        if value and depth < 2:
            at = draw.randrange(len(value))
            for new in values_near(value[at], draw, depth + 1):
                yield kind([*value[:at], new, *value[at + 1 :]])
            yield kind([value[at]] * 3)
            yield kind([*value[:at], None, *value[at:]])
            if all(type(v) is int for v in value):
                yield from (
                    kind(-v for v in value),
                    kind([0, *value]),
                    kind([*value, 0, 0]),
                    kind(abs(v) % 7 for v in value),
                    kind(v % 2 == 0 for v in value[:9]),
                    kind(float(v) for v in value[:9] if abs(v) < 1 << 50),
                    kind(v if i % 2 else v + 0.0 for i, v in enumerate(value[:9]) if abs(v) < 1 << 50),
                    kind([*value[:5], float("nan"), *value[5:9]]),
                    kind([1, True, 1.0, 0, False]),
                    kind([*value[:3], str(value[0])]),
                )
            if all(type(v) is float for v in value):
                yield from (
                    kind([*value[:5], float("nan"), *value[5:9]]),
                    kind([float("nan"), *value[:5]]),
                    kind([*value[:3], 1, True]),
                    kind([float("inf"), *value[:3], float("-inf")]),
                    kind([*value, *value]),
                )
            if all(type(v) is str for v in value):
                yield from (kind([*value, ""]), kind(["", ""]), kind([*value[:3], 7]))
    elif isinstance(value, dict):
        yield {}
        items = list(value.items())
        yield dict(items[:1])
        yield dict(items[::-1])
        yield {**value, 7: 1}
        if items and depth < 2:
            key, old = draw.choice(items)
            for new in values_near(old, draw, depth + 1):
                yield {**value, key: new}

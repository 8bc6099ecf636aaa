"""What is known of a value without running anything: constant texts with holes where something else goes in."""
from typing import NamedTuple

LOCAL, PARAM, EXTERNAL = 0, 1, 2  # how far a value comes from: this code or its object, a caller, the outside (a request, input, argv)
ALL = "*"
MOST_PIECES, LONGEST_TEXT = 48, 4000


class Hole(NamedTuple):
    """A part of a text that is not known."""
    level: int
    source: str
    cleaned: frozenset = frozenset()

    def dirty(self, kind):
        return kind not in self.cleaned and ALL not in self.cleaned


class Value:
    """`pieces` are constant texts and holes; `type` is the qualified name of what made it; `items` and `entries` are a collection's."""
    __slots__ = ("pieces", "type", "items", "entries", "const")

    def __init__(self, pieces=(), type=None, items=None, entries=None, const=None):
        self.pieces, self.type, self.items, self.entries, self.const = pieces, type, items, entries, const

    @property
    def text(self):
        """The whole text where it is constant, else None."""
        if self.items is not None or self.entries is not None or any(isinstance(piece, Hole) for piece in self.pieces):
            return None
        return "".join(self.pieces) if self.pieces or self.type == "str" else None

    @property
    def outline(self):
        """The text with every hole shown as a NUL."""
        return "".join("\0" if isinstance(piece, Hole) else piece for piece in self.pieces)

    @property
    def holes(self):
        """Every hole in the value and in what it holds, in order, each once."""
        found, waiting = {}, [self]
        while waiting and len(found) < MOST_PIECES:
            value = waiting.pop()
            found.update((piece, None) for piece in value.pieces if isinstance(piece, Hole))
            if value.items:
                waiting.extend(value.items[:MOST_PIECES])
            if value.entries:
                waiting.extend(list(value.entries.values())[:MOST_PIECES])
        return list(found)

    @property
    def is_composed(self):
        """A text that was put together from a constant part and something else, or from several parts."""
        return self.items is None and self.entries is None and len(self.pieces) > 1

    def cleaned(self, kinds):
        """The same value after a sanitiser for these kinds of danger."""
        pieces = tuple(piece._replace(cleaned=piece.cleaned | kinds) if isinstance(piece, Hole) else piece for piece in (self.pieces or self.holes))
        return Value(pieces)


def constant(value):
    if isinstance(value, str):
        return Value((value[:LONGEST_TEXT],) if value else (), "str", const=value)
    if isinstance(value, bytes):
        return Value((value[:LONGEST_TEXT].decode("latin-1"),) if value else (), "bytes", const=value)
    return Value((Hole(LOCAL, "number", frozenset({ALL})),), "number", const=value)


def unknown(name="a value"):
    return Value((Hole(LOCAL, name),))


def clean():
    return Value((Hole(LOCAL, "a number", frozenset({ALL})),), "number")


def concatenated(parts):
    """One text of several values, in order."""
    pieces = []
    for part in parts:
        for piece in part.pieces or part.holes:
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] = (pieces[-1] + piece)[:LONGEST_TEXT]
            elif len(pieces) < MOST_PIECES:
                pieces.append(piece)
    return Value(tuple(pieces), "str")


def merged(*values):
    """A value that comes from all of these, in no order."""
    holes = {}
    for value in values:
        holes.update((hole, None) for hole in value.holes)
    return Value(tuple(holes)[:MOST_PIECES]) if holes else Value((Hole(LOCAL, "a value", frozenset({ALL})),))


def joined(first, second):
    """What a variable may be after two branches: the more dangerous one, where they differ."""
    if first is second or second is None:
        return first
    if first is None:
        return second
    if first.const is not None and first.const == second.const:
        return first
    return first if danger(first) > danger(second) else second


def danger(value):
    dirty = [hole for hole in value.holes if not hole.cleaned]
    return (max([hole.level + 1 for hole in dirty], default=0), value.is_composed, len(value.pieces))

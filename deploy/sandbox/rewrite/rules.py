"""The register of rules, and what most of them need: places where a pattern matches.

A rule is a function that is given a module and yields changes. It is `speculative` where what it assumes cannot be seen in the code (that an argument
is a list, that an operator is honest, that a number of calls is large enough to pay): such a change must prove itself on inputs.
"""
from . import patterns

RULES = {}


class Rule:
    def __init__(self, name, family, what, speculative, find):
        self.name, self.family, self.what, self.speculative, self.find = name, family, what, speculative, find


def rule(name, family, what, speculative=False):
    def register(find):
        RULES[name] = Rule(name, family, what, speculative, find)
        return find

    return register


def expressions(module, *wanted):
    """(scope, node, found) for each expression that one of the patterns fits."""
    for scope, node in module.sites:
        for pattern in wanted:
            found = patterns.match(pattern, node)
            if found is not None:
                yield scope, node, found
                break


def runs(module, *wanted):
    """(scope, block, position, found, number of statements) for each run of statements that one of the patterns fits."""
    for scope, block in module.blocks:
        for position in range(len(block)):
            for pattern in wanted:
                matched = patterns.match_statements(pattern, block, position)
                if matched is not None:
                    yield scope, block, position, *matched
                    break


def builtin(scope, *names):
    return all(map(scope.is_builtin, names))

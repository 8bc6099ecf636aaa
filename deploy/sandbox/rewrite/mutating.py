"""What a service asks for when it evolves a source: other forms of it, and inputs near recorded ones. Runs in the sandbox, by an ordinary run."""
import hashlib
import json
import random
import re

from . import MOST_CHANGES, propose, settled
from .inputs import altered
from .rules import RULES
from .search import Search
from .trial import fingerprint

# Of what a search finds the first are the fastest; the others are only on the way to them.
MOST_FOUND = 4


def mutate(
    source, function_name, reason="execution_time", profile=None, already_tried=(), also=(), seed=0, limit=16, small=(), timed=(), cpu_seconds=0.0
):
    """
    Forms of a source as `propose` gives them, the most promising first: what a search by measuring finds on the inputs within `cpu_seconds`, the rules `also`
    that made another good form, then single rules. `already_tried` are keys of forms that are not wanted again.
    """
    known, found = {key(source), *already_tried}, []
    if reason != "failure" and timed and cpu_seconds > 0:
        for form in Search(source, function_name, list(small), list(timed), seed, cpu_seconds).run()[1][:MOST_FOUND]:
            take(found, known, form.source, list(dict.fromkeys(form.rules)))
    if rules := set(also) & set(RULES):
        text, used = settled(source, function_name, rules)
        take(found, known, text, list(dict.fromkeys(used)), crossover=True)
    single = [form for form in propose(source, function_name, reason, profile, seed=seed, limit=MOST_CHANGES) if key(form["source"]) not in known]
    room = max(limit - len(found), 0)
    if len(single) > room:
        # As `propose` does: the first half as they come, the others by lot.
        first, rest = single[: room // 2], single[room // 2 :]
        single = first + [rest[i] for i in sorted(random.Random(seed).sample(range(len(rest)), room - len(first)))]
    return found[:limit] + single


def take(found, known, source, rules, crossover=False):
    if rules and key(source) not in known:
        known.add(key(source))
        what = "; ".join(RULES[name].what for name in rules)
        found.append(
            {
                "source": source,
                "rules": rules,
                "description": what[:1].upper() + what[1:],
                "speculative": any(RULES[name].speculative for name in rules),
                "crossover": crossover,
            }
        )


def key(source):
    """The name of a form, as the service makes it: blank lines and space at the ends of lines do not count."""
    lines = (line.rstrip() for line in re.split("\r\n|[\r\n\f\x85\u2028\u2029]", source))
    return hashlib.sha256("\n".join(filter(None, lines)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def nearby(inputs, seed=0, most=40):
    """Inputs near these, changed where programs break, which every program reads alike."""
    return [given for given in altered(inputs, seed, 8 * most) if is_plain(given)][:most]


def is_plain(given):
    """Whether it is the same after a way through JSON."""
    try:
        text = json.dumps(given, allow_nan=False, ensure_ascii=False)
        text.encode()
        return fingerprint(json.loads(text)) == fingerprint(given)
    except (TypeError, ValueError):
        return False

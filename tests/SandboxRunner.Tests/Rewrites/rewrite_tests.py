"""Tests of the rewrite rules, run where the rules run: in the sandbox (RewriteTests.cs), or with `python3 rewrite_tests.py` beside deploy/sandbox.

Each rule has an example: the rule must apply, the result must do the same on all inputs (values, types, exceptions, what becomes of the arguments), and
where it saves work of the interpreter take fewer operations, counted and not timed. The pitfalls are code where rules could go wrong: there every rule must
keep away, or still do the same.
"""
import os
import sys
import types

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path += [os.path.join(here, "../../../deploy/sandbox")]
from rewrite import RULES, identity, propose, variants
from rewrite.inputs import altered
from rewrite.mutating import is_plain, key, mutate, nearby
from rewrite.repairs import REPAIRS
from rewrite.search import Search
from rewrite.trial import Function, Program, outcomes

NUMBERS = [([3, 1, 2, 2, 9, 4],), ([],), ([5],), ([1, 1, 1],), ([True, 0, 2],), ([2, 1.5],), (["b", "a"],)]
TEXTS = [("Hello, World",), ("",), ("aba",), ("abcdefgh" * 3,)]
INTS = [(12,), (0,), (1,), (2,), (97,), (-4,), (360,), (49,)]
LONG = (list(range(60, 0, -1)) * 5,)
ROWS = [{"id": i % 40, "name": str(i)} for i in range(60)]
LONG_TEXT = ("the quick brown fox " * 30,)

# rule: (source, inputs that must come out alike, the large input that must take fewer operations or None where only calls of C code are saved)
EXAMPLES = {
    "join-instead-of-concatenation": (
        "def f(x):\n    s = ''\n    for c in x:\n        if c != 'e':\n            s += c.upper()\n            s += '-'\n    return s",
        TEXTS,
        None,
    ),
    "join-a-list": ("def f(x):\n    return ''.join(c for c in x if c)", TEXTS, LONG_TEXT),
    "reversal-after-ends": ("def f(x):\n    return x == x[::-1]", TEXTS + NUMBERS, None),
    "reversed-once": ("def f(x):\n    i = 0\n    while x[i:] != x[i:][::-1]:\n        i += 1\n    return i", TEXTS, None),
    "slice-needs-no-bound": ("def f(x):\n    return [x[3 * i:min(3 * i + 3, len(x))] for i in range((len(x) + 2) // 3)]", TEXTS + NUMBERS, LONG_TEXT),
    "count-letters": ("def f(x):\n    return sum(c in 'aeiou' for c in x)", TEXTS, LONG_TEXT),
    "number-has-no-such-letter": ("def f(x):\n    return [v for v in x if '.' not in str(v)]", NUMBERS, None),
    "regex-compiled-once": ("import re\ndef f(x):\n    return [re.sub(r'[aeiou]', '*', w) for w in x.split()]", TEXTS, LONG_TEXT),
    "piece-by-piece-table": (
        "def f(x):\n    s = ''\n    for c in x:\n        if c in 'aeiou':\n            s += chr(ord(c) + 1)\n        else:\n            s += c\n    return s",
        TEXTS,
        LONG_TEXT,
    ),
    "distinct-letters-once": ("def f(x):\n    return sum(ord(c) % 7 for c in x)", TEXTS, LONG_TEXT),
    "comparison-instead-of-max": ("def f(x):\n    m = 0\n    for v in x:\n        m = max(m, v)\n    return m", NUMBERS, None),
    "comprehension-instead-of-lambda": ("def f(x):\n    return list(filter(lambda v: v > 1, x))", NUMBERS, None),
    "map-instead-of-comprehension": ("def f(x):\n    return ' '.join([str(v) for v in x])", NUMBERS, LONG),
    "key-without-lambda": ("def f(x):\n    return sorted(x, key=lambda v: str(v))", NUMBERS, LONG),
    "bits-counted-by-int": ("def f(x):\n    return [bin(i)[2:].count('1') for i in range(len(x))]", NUMBERS, LONG),
    "first-of-sorted": ("def f(x):\n    return sorted(x, key=lambda v: (-len(str(v)), v))[0]", NUMBERS + [(["b", "a", "cc"],)], None),
    "order-without-sorting": ("def f(x):\n    return x == sorted(x)", NUMBERS + [([1, 2, 3],), ((1, 2),), ([float("nan")],), ([1, True],)], None),
    "no-needless-copy": ("def f(x):\n    return sorted(list(x))", NUMBERS, LONG),
    "list-of-integers": ("def f(x):\n    return list(map(str, x.split()))", TEXTS, None),
    "same-call-once": ("def f(x):\n    return [min(x), x.index(min(x))]", NUMBERS, LONG),
    "small-function-inlined": ("def g(a):\n    if a > 2:\n        return a * a\n    return a\n\ndef f(x):\n    return [g(v) for v in x]", NUMBERS, LONG),
    "two-branches-of-a-truth": ("def f(x):\n    return [True if v == 2 else False for v in range(len(x))]", NUMBERS, None),
    "power-within-the-modulus": ("def f(n):\n    base = int(n)\n    k = abs(base)\n    return (5 + base ** k) % 1000007", INTS, None),
    "square-by-multiplication": (
        "def f(x):\n    return [i for i in range(len(x)) if total(i) < 30]\n\ndef total(k):\n    i = int(k)\n    return i ** 2",
        NUMBERS,
        None,
    ),
    "remainder-by-mask": ("def f(x):\n    n = 0\n    for i in range(len(x)):\n        if i % 2 == 0:\n            n += 1\n    return n", NUMBERS, None),
    "gcd-from-the-library": (
        "def f(a, b):\n    while b:\n        a, b = b, a % b\n    return a",
        [(12, 18), (0, 0), (5, 0), (-4, 6), (4.5, 1.5), (17, 4), (True, 2)],
        (10**30 + 57, 10**29 + 3),
    ),
    "set-of-constants": ("def f(x):\n    n = 0\n    for c in x:\n        if c in ('a', 'e', 'i', 'o', 'u'):\n            n += 1\n    return n", TEXTS, None),
    "set-for-membership": (
        "def f(x):\n    seen = sorted(x)\n    n = 0\n    for i in range(9):\n        if i in seen:\n            n += 1\n    return n",
        NUMBERS,
        None,
    ),
    "elements-by-key": (
        "def f(rows, wanted):\n    r = []\n    for w in wanted:\n        for row in rows:\n            if row['id'] == w:\n"
        "                r.append(row['name'])\n                break\n    return r",
        [(ROWS[:3], [0, 2, 9, "0", None, 1.0, True]), ([], [1]), (ROWS, [39, 0]), ([{"id": 1}], [1]), ([{}], [1]), ([{"id": 1.5, "name": "x"}], [1.5]),
         (tuple(ROWS), [1]), (ROWS[:2] + [7], [0]), (ROWS[:2] + [7], [5]), ([{"id": "a", "name": 1}, {"id": "a", "name": 2}], ["a", ["a"]])],
        (ROWS, [39] * 30),
    ),
    "seen-set": ("def f(x):\n    kept = []\n    for v in x:\n        if v not in kept:\n            kept.append(v)\n    return kept", NUMBERS, None),
    "counter": ("def f(x):\n    d = {}\n    for v in x:\n        d[v] = d.get(v, 0) + 1\n    return d", NUMBERS, LONG),
    "distinct-elements-only": ("def f(x):\n    d = {v: v for v in x}\n    return any(d[v] > 1000 for v in x)", NUMBERS, LONG),
    "queue-of-deque": (
        "def f(x):\n    q = [1]\n    n = 0\n    while q:\n        n += q.pop(0)\n        if n < len(x):\n            q.append(1)\n"
        "            q.append(2)\n    return n",
        NUMBERS,
        None,
    ),
    "comprehension-instead-of-append": (
        "def f(x):\n    r = []\n    for v in x:\n        if v > 1:\n            r.append(v * 2)\n    return r",
        NUMBERS,
        LONG,
    ),
    "interleave-by-slices": ("def f(x):\n    r = []\n    for v in x[:-1]:\n        r.append(v)\n        r.append(0)\n    return r", NUMBERS, LONG),
    "product-from-the-library": (
        "def f(x):\n    p = 1\n    for v in x:\n        p *= v\n    return p",
        NUMBERS + [([2.5, 3],), ([7] * 100,), ([10**20, 0, 3],)],
        LONG,
    ),
    "sum-from-the-library": ("def f(x):\n    t = 0\n    for v in x:\n        t += v\n    return t", NUMBERS + [([0.1] * 10,)], LONG),
    "loop-for-each-total": ("def f(x):\n    s = 0\n    p = 1\n    for v in x:\n        s += v\n        p *= v\n    return s, p", NUMBERS, None),
    "progression-from-range": ("def f(n):\n    return [n + 2 * i for i in range(n)]", INTS + [(True,), (2.0,)], (300,)),
    "every-second-element": ("def f(x):\n    return [v for i, v in enumerate(x) if i % 2 == 0 and v]", NUMBERS + TEXTS + [({1: 2, 3: 4},)], LONG),
    "list-instead-of-generator": ("def f(x):\n    return sum(v for v in x if v)", NUMBERS, LONG),
    "stop-at-the-first": ("def f(x):\n    return any([v > 3 for v in x])", NUMBERS, LONG),
    "count-instead-of-list": ("def f(x):\n    r = []\n    for v in x:\n        if v:\n            r.append(v)\n    return len(r)", NUMBERS, None),
    "element-instead-of-index": (
        "def f(x):\n    n = 0\n    for i in range(len(x)):\n        if x[i] == 2:\n            n += x[i]\n    return n",
        NUMBERS,
        LONG,
    ),
    "neighbours-in-pairs": (
        "def f(x):\n    n = 0\n    for i in range(1, len(x)):\n        if x[i] == x[i - 1]:\n            n += 1\n    return n",
        NUMBERS,
        LONG,
    ),
    "for-instead-of-while": ("def f(x):\n    i = 0\n    n = 0\n    while i < len(x):\n        n += i\n        i += 1\n    return n", NUMBERS, LONG),
    "before-the-loop": ("def f(x):\n    r = []\n    for v in x:\n        r.append(v == max(x) - min(x))\n    return r", NUMBERS, LONG),
    "bound-worked-out-when-it-changes": (
        "import math\ndef f(n):\n    found = []\n    i = 2\n    while i <= int(math.sqrt(n) + 1):\n        if n % i == 0:\n"
        "            found.append(i)\n            n //= i\n        else:\n            i += 1\n    return found, n",
        INTS[:3] + [(360,), (49,)],
        (10007,),
    ),
    "stop-when-it-is-decided": (
        "def f(x):\n    found = 0\n    for i in range(len(x)):\n        if x[i] == 3:\n            found = 1\n    return found",
        NUMBERS,
        None,
    ),
    "whole-lists-compared": (
        "def f(x):\n    y = sorted(x)\n    for i in range(len(x)):\n        if x[i] != y[i]:\n            return False\n    return True",
        NUMBERS + [([1, 2, 3],)],
        (list(range(300)),),
    ),
    "palindrome-by-reversal": (
        "def f(x):\n    i, j = 0, len(x) - 1\n    while i < j:\n        if x[i] != x[j]:\n            return False\n        i += 1\n        j -= 1\n"
        "    return True",
        NUMBERS + TEXTS + [([float("nan")] * 2,)],
        ([7] * 300,),
    ),
    "each-pair-once": (
        "def f(x):\n    for i, a in enumerate(x):\n        for j, b in enumerate(x):\n            if i != j:\n                if a + b == 100000:\n"
        "                    return True\n    return False",
        NUMBERS,
        LONG,
    ),
    "pairs-by-sorting": (
        "def f(x):\n    for i in range(len(x)):\n        for j in range(i + 1, len(x)):\n            if abs(x[i] - x[j]) < 0:\n"
        "                return True\n    return False",
        NUMBERS + [([float("nan"), 1.0],)],
        LONG,
    ),
    "pair-by-its-sum": (
        "def f(x):\n    for i in range(len(x)):\n        for j in range(i + 1, len(x)):\n            if x[i] + x[j] == 1000:\n"
        "                return True\n    return False",
        NUMBERS + [([400, 600],), ([500],), ([500, 500],)],
        LONG,
    ),
    "take-from-both-ends": (
        "def f(x):\n    r, up = [], True\n    while x:\n        r.append(min(x) if up else max(x))\n        x.remove(r[-1])\n        up = not up\n    return r",
        NUMBERS,
        None,
    ),
    "dead-code": ("def f(x):\n    unused = 3\n    if x:\n        return x\n        x = 4 if False else x\n    return None", NUMBERS, None),
    "divisor-search": (
        "def f(n):\n    for i in range(2, n):\n        if n % i == 0:\n            return False\n    return True",
        INTS + [(n,) for n in range(30)],
        (10007,),
    ),
    "divisors-in-pairs": (
        "def f(n):\n    r = []\n    for i in range(1, n + 1):\n        if n % i == 0:\n            r.append(i)\n    return r",
        INTS + [(n,) for n in range(40)],
        (10000,),
    ),
    "remainder-of-a-power-series": (
        "def f(n, p):\n    r = 1\n    for i in range(n):\n        r = 2 * r % p\n    return r",
        [(10, 7), (0, 1), (3, 1), (5, -3), (-2, 5), (4, 0)],
        (500, 101),
    ),
    "greatest-of-a-loop": (
        "def f(x):\n    m = x[0]\n    for v in x:\n        if v > m:\n            m = v\n    return m",
        NUMBERS + [([float("nan"), 1.0],), ([1.0, float("nan"), 2.0],)],
        LONG,
    ),
    "sum-of-a-range": ("def f(n):\n    return sum(range(int(n))), sum(range(3, int(n)))", INTS, None),
    "slice-instead-of-step": ("def f(x):\n    return [x[i] for i in range(1, len(x), 2) if x[i]]", NUMBERS + TEXTS, LONG),
    "letters-removed-at-once": ("def f(x):\n    return ''.join([c for c in x if c.lower() not in 'aeiou'])", TEXTS, LONG_TEXT),
    "letter-counted-by-str": ("def f(x):\n    n = 0\n    for c in x:\n        if c == 'o':\n            n += 1\n    return n", TEXTS + NUMBERS, LONG_TEXT),
    "part-compared-in-place": (
        "def f(x, y):\n    n = 0\n    for i in range(len(x) - len(y) + 1):\n        if x[i:i + len(y)] == y:\n            n += 1\n    return n",
        [("aaa", "a"), ("aba", "ab"), ("", ""), ("ab", ""), ("a", "abc"), ([1, 2], [2])],
        None,
    ),
    "largest-divisor": (
        "def f(n):\n    for i in reversed(range(n)):\n        if n % i == 0:\n            return i",
        INTS + [(n,) for n in range(30)],
        (10007,),
    ),
    "counted-once": ("def f(x):\n    return [v for v in x if x.count(v) == 1]", NUMBERS + TEXTS, None),
    "common-elements-by-set": (
        "def f(x):\n    y = x[1:]\n    s = set()\n    for a in x:\n        for b in y:\n            if a == b:\n                s.add(a)\n    return s",
        NUMBERS,
        LONG,
    ),
    "three-by-their-sum": (
        "def f(x):\n    for i in range(len(x)):\n        for j in range(i + 1, len(x)):\n            for k in range(j + 1, len(x)):\n"
        "                if x[i] + x[j] + x[k] == 0:\n                    return True\n    return False",
        NUMBERS + [([1, -3, 2],), ([0, 0],), ([0, 0, 0],)],
        (list(range(1, 40)),),
    ),
    "remember-results": (
        "def f(n):\n    return g(min(abs(n), 14))\n\ndef g(n):\n    if n < 3:\n        return n\n    return g(n - 1) + g(n - 2) + g(n - 3)",
        INTS,
        (14,),
    ),
}

# Where a rule could go wrong: no variant of any kind may do anything else.
PITFALLS = [
    (
        "rows whose keys change while they are searched",
        "def f(x):\n    rows = [{'id': v} for v in x]\n    r = []\n    for v in x:\n        for row in rows:\n            if row['id'] == v:\n"
        "                row['id'] = 5\n                break\n        r.append(len(rows))\n    for row in rows:\n        r.append(row['id'])\n    return r",
        NUMBERS,
    ),
    (
        "rows that are searched once more after they grew",
        "ROWS = [{'id': 1}]\n\ndef f(x):\n    for row in ROWS:\n        if row['id'] == len(x):\n            return row\n"
        "    ROWS.append({'id': len(x)})\n    return None",
        NUMBERS,
    ),
    (
        "the last row is needed after the search",
        "def f(x):\n    rows = [{'id': v} for v in x]\n    row, r = None, []\n    for v in [7, 2]:\n        for row in rows:\n            if row['id'] == v:\n"
        "                break\n        r.append(row)\n    return r",
        NUMBERS,
    ),
    ("the loop's variable is needed afterwards", "def f(x):\n    r = []\n    v = None\n    for v in x:\n        r.append(v)\n    return r, v", NUMBERS),
    ("max is somebody else's", "def max(a, b):\n    return a\n\ndef f(x):\n    m = 0\n    for v in x:\n        m = max(m, v)\n    return m", NUMBERS),
    (
        "the list changes while it is looked into",
        "def f(x):\n    n = 0\n    y = list(x)\n    for i in range(len(y)):\n        y[i] = i\n        n += y[i]\n        if y[i] in y:\n"
        "            y.append(1)\n    return n, len(y)",
        NUMBERS,
    ),
    (
        "the length changes in the loop",
        "def f(x):\n    i = 0\n    y = [1]\n    while i < len(y):\n        if i < 5:\n            y.append(i)\n        i += 1\n    return y",
        NUMBERS,
    ),
    (
        "the index is changed",
        "def f(x):\n    i = 0\n    n = 0\n    while i < len(x):\n        n += 1\n        if n % 2:\n            i += 1\n        i += 1\n    return n, i",
        NUMBERS,
    ),
    ("an object is shared", "def f(x):\n    row = []\n    r = []\n    for v in x:\n        row.append(v)\n        r.append(row)\n    return r", NUMBERS),
    (
        "the function remembers by itself",
        "def f(x):\n    calls = []\n    def g(v):\n        calls.append(v)\n        return v\n    return [g(v) for v in x], calls",
        NUMBERS,
    ),
    (
        "a remembered list is changed",
        "def f(x):\n    def g(n):\n        return [n] if n < 1 else g(n - 1) + g(n - 2)\n    a = g(4)\n    a.append(1)\n    return g(4), a",
        NUMBERS[:2],
    ),
    ("the order of exceptions", "def f(x):\n    r = []\n    for v in x:\n        r.append(10 // (v - 2))\n    return r", NUMBERS),
    (
        "a caught exception sees what was collected",
        "def f(x):\n    r = []\n    try:\n        for v in x:\n            r.append(10 // (v - 2))\n    except ZeroDivisionError:\n        pass\n    return r",
        NUMBERS,
    ),
    ("the text is read while it grows", "def f(x):\n    s = ''\n    for c in x:\n        if len(s) < 3:\n            s += c\n    return s", TEXTS),
    ("closures of a loop", "def f(x):\n    r = []\n    for v in x:\n        r.append(lambda: v)\n    return [g() for g in r]", NUMBERS),
    (
        "unhashable elements, for all but the rule that has to prove that there are none",
        "def f(x):\n    kept = []\n    for v in [x, x, [1]]:\n        if v not in kept:\n            kept.append(v)\n    return kept",
        NUMBERS,
    ),
    (
        "a global is counted up",
        "n = 0\n\ndef g(v):\n    global n\n    n += 1\n    return n\n\ndef f(x):\n    return [g(1) for v in x] + [g(1) + g(1)]",
        NUMBERS[:2],
    ),
    (
        "divisors of what changes",
        "def f(n):\n    r = []\n    for i in range(2, n + 1):\n        if n % i == 0:\n            r.append(i)\n            n = n // i\n    return r",
        INTS,
    ),
    ("the divisor itself is returned", "def f(n):\n    for i in range(2, n):\n        if n % i == 0:\n            return i\n    return 0", INTS),
    ("or a counter of divisors", "def f(n):\n    k = 0\n    for i in range(2, n):\n        if n % i == 0:\n            k += 1\n    return k", INTS),
    (
        "the else of a loop",
        "def f(n):\n    for i in range(2, n):\n        if n % i == 0:\n            break\n    else:\n        return 'prime'\n    return 'not'",
        INTS,
    ),
    ("a default argument that is kept", "def f(x, kept=[]):\n    for v in x:\n        kept.append(v)\n    return len(kept)", NUMBERS[:3]),
    (
        "rows that are made anew",
        "def f(x):\n    m = 3\n    rows = [[0] * m for v in x]\n    for row in rows:\n        row[0] += 1\n    for v in x:\n        row = [0] * m\n"
        "        rows.append(row)\n        row[1] += 1\n    return rows",
        NUMBERS,
    ),
    ("two copies of one", "def f(x):\n    a, b = sorted(x), sorted(x)\n    a.append(1)\n    return a, b", NUMBERS),
    (
        "a copy in each round",
        "def f(x):\n    r = []\n    y = list(x)\n    for v in x:\n        r.append(y[1:])\n        r.append(y + y)\n    for part in r:\n"
        "        part.append(0)\n    return r",
        NUMBERS,
    ),
    ("a list for each letter", "def f(x):\n    r = list([c] for c in x)\n    for part in r:\n        part.append(0)\n    return r", TEXTS),
    (
        "what a helper makes anew",
        "def g(n):\n    return [n] * 2\n\ndef f(x):\n    r = []\n    n = len(x)\n    for v in x:\n        r.append(g(n))\n    for part in r:\n"
        "        part.append(0)\n    return r, [g(n), g(n)]",
        NUMBERS,
    ),
    (
        "a closure changes the list",
        "def f(x):\n    stack = []\n    def push(v):\n        stack.append(v)\n    n = 0\n    for v in x:\n        push(v)\n        n += len(stack)\n"
        "    return n",
        NUMBERS[:5],
    ),
    (
        "another name for the same list",
        "def f(x):\n    a = list(x)\n    b = a\n    n = 0\n    for v in x:\n        b.append(1)\n        n += len(a)\n    return n",
        NUMBERS,
    ),
    ("a list is extended by itself", "def f(x):\n    r = list(x)\n    r.extend([str(v) for v in r])\n    return r", NUMBERS),
    (
        "a function looks at the list that grows",
        "def f(x):\n    r = []\n    def last():\n        return len(r)\n    for v in x:\n        r.append(last())\n    return r",
        NUMBERS,
    ),
    (
        "what was collected before the exception",
        "def f(x):\n    r = []\n    k = [3]\n    try:\n        for v in x:\n            r.append(1 // k.pop())\n"
        "    except (IndexError, ZeroDivisionError):\n        pass\n    return r",
        NUMBERS,
    ),
    (
        "an iterator that is gone through twice",
        "def f(x):\n    y = map(str, x)\n    d = dict.fromkeys(y, 0)\n    for v in y:\n        d[v] += 1\n    return d",
        NUMBERS,
    ),
    ("floats added to an int", "def f(x):\n    t = 0.1\n    for v in range(len(x)):\n        t += v\n    return t", NUMBERS),
    (
        "a later round fails",
        "def f(x):\n    found = 0\n    for i in range(len(x)):\n        if 6 // x[i] == 2:\n            found = 1\n    return found",
        NUMBERS,
    ),
    ("the statement changes what is asked twice", "def f(x):\n    x = list(x)\n    return [len(x), x.append(1), len(x)]", NUMBERS),
    (
        "an inlined function means another variable",
        "k = 3\n\ndef g(a):\n    return a * k\n\ndef f(x):\n    k = 5\n    def h(v):\n        return g(v) + k\n    return [h(v) for v in range(len(x))]",
        NUMBERS,
    ),
    ("the modulus may be zero", "def f(n):\n    b = int(n)\n    m = int(n) - 12\n    e = abs(b)\n    return b ** e % m", INTS),
    (
        "a function adds to the total",
        "total = 0\n\ndef g(v):\n    global total\n    total += v\n    return v\n\ndef f(x):\n    global total\n    total = 0\n"
        "    for v in range(len(x)):\n        total += g(v)\n    return total",
        NUMBERS,
    ),
    ("the sum starts with a list", "def f(x):\n    t = []\n    for v in x:\n        t += [v, v]\n    return t", NUMBERS),
]

PROGRAMS = [
    (
        "import sys\nfor line in range(int(input())):\n    a, b = map(int, input().split())\n    print(a + b)\n    print(a, b, sep='-', end='!\\n')\n",
        ["2\n1 2\n3 4\n", "1\n1 2", "", "2\n1 2\n", "1\nx y\n", "0\n"],
    ),
    (
        "from sys import stdin\ninput = stdin.readline\nn = int(input())\ntotal = 0\nfor i in range(n):\n    total += int(input())\n"
        "    print(total)\nprint(*[1, 'a', None], sep=', ')\n",
        ["3\n1\n2\n3\n", "2\n1\n", "", "1\n\n"],
    ),
    (
        "def solve(k):\n    global best\n    best = max(best, k)\n    return best\n\nbest = 0\nwhile True:\n    try:\n        line = input()\n"
        "    except EOFError:\n        break\n    for word in line.split():\n        print(solve(len(word)))\nprint(best, end='')\n",
        ["ab c\nlonger words\n", "", "one", "a\r\nb\r\n"],
    ),
    (
        "t = int(input())\nfor _ in range(t):\n    n = int(input())\n    if n == 3:\n        raise SystemExit\n    for i in range(n):\n"
        "        print(i % 2 == 0, 1.5, [i])\n",
        ["2\n1\n2\n", "3\n1\n3\n2\n", "1\n"],
    ),
]

ERRORS = [
    (
        "missing-key",
        "def f(d):\n    return d['a'] + 1 if 'a' in d else d['b']\n",
        {"type": "KeyError", "message": "'b'", "traceback": 'File "<skill>", line 2'},
        ({"c": 1},),
    ),
    (
        "missing-element",
        "def f(x):\n    return x.split()[1]\n",
        {"type": "IndexError", "message": "list index out of range", "traceback": 'File "<skill>", line 2'},
        ("one",),
    ),
    (
        "none-instead-of-a-value",
        "import re\ndef f(x):\n    m = re.search('[0-9]+', x)\n    return m.group(0)\n",
        {"type": "AttributeError", "message": "'NoneType' object has no attribute 'group'", "traceback": 'File "<skill>", line 4'},
        ("no digits",),
    ),
    (
        "encoding",
        "def f(x):\n    return bytes(x).decode('utf-8')\n",
        {"type": "UnicodeDecodeError", "message": "'utf-8' codec can't decode byte 0xff", "traceback": 'File "<skill>", line 2'},
        ([255, 65],),
    ),
    (
        "wrong-type",
        "def f(x):\n    return 'no. ' + x\n",
        {"type": "TypeError", "message": 'can only concatenate str (not "int") to str', "traceback": 'File "<skill>", line 2'},
        (7,),
    ),
    (
        "division-by-zero",
        "def f(a, b):\n    return a / b\n",
        {"type": "ZeroDivisionError", "message": "division by zero", "traceback": 'File "<skill>", line 2'},
        (1, 0),
    ),
    (
        "recursion-too-deep",
        "def f(n):\n    return g(n)\n\ndef g(n):\n    return 1 if n < 2 else g(n - 1) + g(n - 2)\n",
        {"type": "RecursionError", "message": "maximum recursion depth exceeded", "traceback": ""},
        (3,),
    ),
]


def operations(source, given):
    """How many operations of the interpreter a call takes."""
    module = types.ModuleType("counted")
    exec(compile(source, "<skill>", "exec"), module.__dict__)
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        module.f(*given)
    finally:
        sys.settrace(None)
    return count


def same(kind, source, text, inputs, certain=True):
    """Why the two differ, or None."""
    right, got = outcomes(kind, source, inputs, 3.0), outcomes(kind, text, inputs, 6.0)
    for given, expected, outcome in zip(inputs, right, got):
        if expected is not None and expected != outcome:
            return f"{given!r}: {outcome} instead of {expected}\n{text}"
    return None


def example(name):
    source, inputs, large = EXAMPLES[name]
    found = [text for text, rule in variants(source, "f") if rule.name == name]
    if not found:
        return "the rule does not apply to its example"
    for text in found:
        wrong = same(Function("f"), source, text, inputs)
        if wrong:
            return wrong
    if large is not None and min(operations(text, large) for text in found) >= operations(source, large):
        return f"no fewer operations\n{found[0]}"
    return None


def pitfall(title):
    _, source, inputs = next(p for p in PITFALLS if p[0] == title)
    for text, rule in variants(source, "f"):
        wrong = same(Function("f"), source, text, inputs)
        if wrong and not (rule.name == "seen-set" and "TypeError" in wrong):
            return f"{rule.name}: {wrong}"
    return None


def program(number):
    source, inputs = PROGRAMS[number]
    texts, names = [(source, "")], set()
    for _ in range(3):  # every order of composition
        texts = [(text, rule.name) for one, _ in texts for text, rule in variants(one, None)][:30]
        for text, name in texts:
            names.add(name)
            wrong = same(Program(), source, text, inputs)
            if wrong:
                return f"{name}: {wrong}"
    wanted = {"output-written-at-once", "main-function"}
    return None if wanted <= names else f"only {sorted(names)} apply"


def repair(number):
    name, source, error, given = ERRORS[number]
    found = [p for p in propose(source, "f", "failure", {"errors": [error]}) if name in p["rules"]]
    if not found:
        return "nothing is proposed"
    if not any(o is not None and o[0] == "returned" for p in found for o in outcomes(Function("f"), p["source"], [given], 3.0)):
        return "no proposal mends it\n" + "\n".join(p["source"] for p in found)
    return None


def random_functions(first, last):
    """No rule, and no two rules one after the other, change what a random function does."""
    import random_programs

    applied = 0
    for seed in range(first, last):
        source = random_programs.function(seed)
        right = outcomes(Function("f"), source, random_programs.INPUTS, 2.0)
        found = list(variants(source, "f"))
        found += [(text, rule) for one, _ in found[seed % 3 : 9 : 3] for text, rule in list(variants(one, "f"))[seed % 5 :: 7]]
        for text, rule in found:
            applied += 1
            got = outcomes(Function("f"), text, random_programs.INPUTS, 6.0)
            if any(expected is not None and expected != outcome for expected, outcome in zip(right, got)):
                return f"seed {seed}, {rule.name}:\n{source}\n---\n{text}"
    return None if applied > 2 * (last - first) else f"only {applied} changes"


def determinism():
    source = EXAMPLES["counter"][0]
    one, other = (propose(source, "f", seed=4, limit=3) for _ in range(2))
    if one != other or not one:
        return "two answers to one question"
    again = propose(source, "f", seed=4, limit=3, already_tried=[p["id"] for p in one])
    if {p["id"] for p in again} & {p["id"] for p in one} or identity(source) in {p["id"] for p in one}:
        return "what was tried already comes again"
    return None


def text_is_kept():
    source = '"""Module."""\n\n\n# Kept.\ndef g(a):\n    return  a  # odd spacing\n\n\n'
    source += 'def f(x: list) -> list:\n    """Doc."""\n    r = []\n    for v in x:\n        r.append(v)\n    return r\n'
    for text, _ in variants(source, "f"):
        for part in ("# Kept.", "return  a  # odd spacing", '"""Doc."""', "(x: list) -> list", '"""Module."""'):
            if part not in text:
                return f"{part} is lost\n{text}"
    return None


def search_composes():
    source = (
        "def g(k):\n    for d in range(2, k):\n        if k % d == 0:\n            return False\n    return True\n\ndef f(n):\n    r = []\n"
        "    for i in range(n):\n        if g(i):\n            r.append(i)\n    return r\n"
    )
    base, forms = Search(source, "f", [(0,), (5,), (30,)], [(700,)], 1, 6.0).run()
    if not forms or forms[0].cpu * 2 > base:
        return f"nothing at least twice as fast: {[f.rules for f in forms]}"
    return same(Function("f"), source, forms[0].source, [(n,) for n in range(60)])


def finds_by_key():
    """The forms in which rows are searched: in a loop, by next, and in rows that the module keeps."""
    rows = "ROWS = [{'id': i % 40, 'name': str(i)} for i in range(60)]\n\n"
    for source in (
        rows + "def f(x):\n    for row in ROWS:\n        if row['id'] == x:\n            return row\n    return None\n",
        rows + "def f(x):\n    return next((row for row in ROWS if row.get('id') == x), None)\n",
        "def f(x):\n    rows = [{'id': i} for i in range(9)]\n    orders = [{'of': x}, {'of': 3}]\n"
        "    return [next((r for r in rows if r['id'] == o['of']), None) for o in orders]\n",
    ):
        found = [text for text, rule in variants(source, "f") if rule.name == "elements-by-key"]
        if not found:
            return f"the rule does not apply to\n{source}"
        wrong = same(Function("f"), source, found[0], [(0,), (39,), (40,), ("0",), (None,), ([1],), (2.0,), (True,)])
        if wrong:
            return wrong
    return None


def comes_to_an_end():
    comprehension = "def f(known, wanted):\n    return [w for w in wanted if w in known]"
    search = "def f(rows, wanted):\n    return [next((r for r in rows if r['id'] == w), None) for w in wanted]"
    for name, source in (("set-for-membership", comprehension), ("elements-by-key", EXAMPLES["elements-by-key"][0]), ("elements-by-key", search)):
        found = [text for text, rule in variants(source, "f") if rule.name == name]
        again = [text for text, rule in variants(found[0], "f") if rule.name == name] if found else []
        if not found or again:
            return f"{name} applies to its own work:\n{again[0]}" if found else f"{name} does not apply to\n{source}"
    return None


def mutating():
    source = EXAMPLES["elements-by-key"][0]
    small, timed = [{"rows": ROWS[:3], "wanted": [0, 2, 9]}], [{"rows": ROWS * 5, "wanted": [39] * 400}]
    found = mutate(source, "f", small=small, timed=timed, cpu_seconds=5.0, seed=1)
    if not found or "elements-by-key" not in found[0]["rules"]:
        return f"the search does not find it: {[f['rules'] for f in found]}"
    tried = [key(f["source"]) for f in found]
    if len(set(tried)) < len(tried) or {key(f["source"]) for f in mutate(source, "f", already_tried=tried)} & set(tried):
        return "what was tried already comes again"
    other = mutate(source, "f", also=["elements-by-key"], limit=2)
    if not other[0]["crossover"] or len(other) > 2:
        return "the rules of another form are not taken over"
    if mutate("def f(:", "f") != [] or mutate("def f(:", "f", small=small, timed=timed, cpu_seconds=1.0) != []:
        return "something is proposed for what does not parse"
    near = nearby([{"x": [1, 2.5], "y": "ab"}], 3, 20)
    return None if near == nearby([{"x": [1, 2.5], "y": "ab"}], 3, 20) and len(near) == 20 and all(map(is_plain, near)) else "inputs near these are not plain"


def altered_inputs():
    found = altered([([1, 2, 3], "ab", {"k": 1.5})], 3, 500)
    return (
        None
        if repr(found) == repr(altered([([1, 2, 3], "ab", {"k": 1.5})], 3, 500))
        and len(found) > 30
        and any(g[0] == [] for g in found)
        and any(g[1] == "" for g in found)
        else "too few, or not the same twice"
    )


TESTS = {
    **{f"rule: {name}": (example, (name,)) for name in EXAMPLES},
    **{f"pitfall: {title}": (pitfall, (title,)) for title, _, _ in PITFALLS},
    **{f"program: {number}": (program, (number,)) for number in range(len(PROGRAMS))},
    **{f"repair: {e[0]}": (repair, (number,)) for number, e in enumerate(ERRORS)},
    **{f"random functions {first}": (random_functions, (first, first + 15)) for first in range(0, 90, 15)},
    "the same question has the same answer": (determinism, ()),
    "what is not touched keeps its text": (text_is_kept, ()),
    "the search composes rules": (search_composes, ()),
    "altered inputs": (altered_inputs, ()),
    "rows are found by their key": (finds_by_key, ()),
    "a rule does not apply to its own work": (comes_to_an_end, ()),
    "what a service asks for": (mutating, ()),
}
PROGRAM_RULES = {"input-read-at-once", "lines-read-at-once", "output-written-at-once", "main-function"}


def names():
    """Every test, and in front what has none."""
    untested = sorted(set(RULES) - set(EXAMPLES) - PROGRAM_RULES) + sorted({r.name for r in REPAIRS} - {e[0] for e in ERRORS})
    return {"tests": list(TESTS), "untested": untested}


def check(name):
    """What is wrong with one test, or None."""
    function, arguments = TESTS[name]
    return function(*arguments)


if __name__ == "__main__":
    failed = 0
    print(names()["untested"])
    for test in TESTS:
        if len(sys.argv) < 2 or sys.argv[1] in test:
            wrong = check(test)
            failed += wrong is not None
            if wrong:
                print(f"FAILED {test}: {wrong}\n", flush=True)
    print(f"{failed} failed")

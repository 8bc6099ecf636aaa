"""The examples by which the skill was proven: each input must give its expected answer."""
import importlib
import json
import math
import pathlib
import unittest

HERE = pathlib.Path(__file__).parent
EXAMPLES = json.loads((HERE / "examples.json").read_text("utf-8"))
SKILL = json.loads((HERE.parent / "provenance.json").read_text("utf-8"))
TOLERANCE = 1e-9


def alike(left, right):
    """Whole numbers are compared exactly, others within a tolerance; True is no number, and the order of members means nothing."""
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None or isinstance(left, str) or isinstance(right, str):
        return type(left) is type(right) and left == right
    if isinstance(left, list) or isinstance(right, list):
        return isinstance(left, list) and isinstance(right, list) and len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict) or isinstance(right, dict):
        return isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    try:
        return math.isclose(left, right, rel_tol=TOLERANCE)
    except OverflowError:
        return False


class Examples(unittest.TestCase):
    def test_every_example_gives_its_expected_answer(self):
        skill = getattr(importlib.import_module(SKILL["package"]), SKILL["function"])
        self.assertEqual(len(EXAMPLES), SKILL["examples"])
        for number, example in enumerate(EXAMPLES, 1):
            with self.subTest(example=number):
                answer = json.loads(json.dumps(skill(**example["input"]), allow_nan=False))
                self.assertTrue(alike(answer, example["expected"]), f"{answer!r} instead of {example['expected']!r}")


if __name__ == "__main__":
    unittest.main()

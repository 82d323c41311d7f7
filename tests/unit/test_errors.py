"""The exception tree as its docstring draws it, and the sentences that are put together."""

import inspect
import re

import pytest

from windage import errors
from windage.errors import MissingColumn, ReadFailed, TransientError, WindageError, did_you_mean, listed

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_tree_and_documented(kind):
    assert issubclass(kind, WindageError)
    assert kind.__doc__
    assert re.search(rf"[├└ ]─* ?{kind.__name__} ", errors.__doc__)


def test_the_drawn_tree_is_the_real_one():
    parents: list[str] = []
    for line in errors.__doc__.splitlines():
        if not (match := re.match(r"^    ([│ ├└─]*)([A-Z]\w+) ", line)):
            continue
        depth = len(match[1]) // 4
        parents = [*parents[:depth], match[2]]
        assert [base.__name__ for base in getattr(errors, match[2]).__mro__][1] == (
            parents[depth - 1] if depth else "Exception"
        )


def test_errors_of_the_caller_are_value_errors():
    assert issubclass(errors.InvalidInput, ValueError)
    assert issubclass(errors.SpecError, ValueError)
    assert not issubclass(TransientError, ValueError)


def test_a_missing_column_says_what_is_there_and_what_was_meant():
    error = MissingColumn.named("dep_deley", present=["origin", "dep_delay"], where="the current window")
    assert str(error).startswith(
        "the current window has no column 'dep_deley'; it has dep_delay, origin. Did you mean 'dep_delay'?"
    )


def test_colours_are_for_terminals_and_no_part_of_a_sentence():
    said = "Generic S3 error \x1b[31m↳\x1b[0m no answer \x1b[1;4mafter\x1b[0m 5 retries\x1b[2J."
    assert str(ReadFailed(said)) == "Generic S3 error ↳ no answer after 5 retries."


def test_did_you_mean():
    assert did_you_mean("bin", ["bins", "rows"]) == " Did you mean 'bins'?"
    assert did_you_mean("nothing like it", ["bins"]) == ""
    assert did_you_mean("x", []) == ""


def test_did_you_mean_one_of_a_thousand():
    names = [f"feature_{k}_of_a_long_name" for k in range(1000)]
    assert did_you_mean("dep_deley", [*names, "dep_delay"]) == " Did you mean 'dep_delay'?"
    assert did_you_mean("departure_origin", [*names, "arrival_origin"]) == " Did you mean 'arrival_origin'?"


def test_listed():
    assert listed([]) == "none"
    assert listed("abc") == "a, b, c"
    assert listed(range(12), most=3) == "0, 1, 2 and 9 more"

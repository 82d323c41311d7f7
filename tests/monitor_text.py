"""A small monitor's file, what it is made into, and what is said of one that cannot be used."""

import pytest

from windage.errors import SpecError
from windage.spec.load import parse_monitor

GOOD = """\
monitor: flights
start: 2026-03-01
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [dep_delay]
  label: predicted_label
reference:
  trailing: 28d
"""


def parsed(text):
    return parse_monitor(text, name="flights.yaml")


def refused(text):
    """The sentences of the error, without the file's name."""
    with pytest.raises(SpecError) as error:
        parsed(text)
    lines = str(error.value).splitlines()
    assert all(line.startswith("flights.yaml:") for line in lines)
    return [line.removeprefix("flights.yaml:") for line in lines]


def with_line(line, after=None):
    return GOOD + line if after is None else GOOD.replace(f"{after}\n", f"{after}\n{line}\n", 1)

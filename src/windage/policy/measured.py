"""What every policy is given: the measurements of each check."""

from __future__ import annotations

from collections.abc import Sequence

from windage.checks.check import Check
from windage.vocabulary import Measurement

Measured = Sequence[tuple[Check, Sequence[Measurement]]]
"""Each check with what it measured."""

"""Arguments that several commands have."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def actions_of(parser: argparse.ArgumentParser, *, names: str) -> Callable[[str, str], argparse.ArgumentParser]:
    """A function that adds an action, given its name and help text, and returns the action's parser."""
    actions = parser.add_subparsers(dest="action", metavar=names, required=True)

    def add(name: str, what: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=what, epilog=parser.epilog, formatter_class=parser.formatter_class)
        action.set_defaults(parser=action)
        return action

    return add


def resolution(text: str) -> int | None:
    """Support points per column; None keeps every value."""
    from windage.spec.model import FEWEST_POINTS, MOST_POINTS

    if text == "exact":
        return None
    if not text.isdecimal() or not FEWEST_POINTS <= int(text) <= MOST_POINTS:
        raise argparse.ArgumentTypeError(
            f"must be 'exact' or a whole number from {FEWEST_POINTS} to {MOST_POINTS}; got {text!r}"
        )
    return int(text)

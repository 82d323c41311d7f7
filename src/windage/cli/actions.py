"""Commands that are several: each action has arguments of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def actions_of(
    parser: argparse.ArgumentParser, *, names: str, epilog: str
) -> Callable[[str, str], argparse.ArgumentParser]:
    """Adds an action by its name and what it does, and gives the parser of its arguments."""
    actions = parser.add_subparsers(dest="action", metavar=names, required=True)

    def add(name: str, what: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=what, epilog=epilog, formatter_class=parser.formatter_class)

    return add

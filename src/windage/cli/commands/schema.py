"""Print the JSON Schema of monitor files, for editors and CI.

It includes every installed check with its settings.
"""

from __future__ import annotations

import argparse

from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_json

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command takes no arguments."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 — the signature of every command
    from windage.spec.model import json_schema

    print_json(json_schema())
    return QUIET

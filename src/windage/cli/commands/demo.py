"""Watch Windage on a year of real predictions: will this flight arrive late?"""

from __future__ import annotations

import argparse

from windage.cli.exit_codes import OF_A_TASK
from windage.errors import WindageError

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command takes no arguments."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 — the signature of every command
    from windage.demo.run import main

    try:
        return main()
    except SystemExit as leaving:  # its code is a sentence, for which Python would exit with 1
        raise WindageError(str(leaving.code)) from leaving

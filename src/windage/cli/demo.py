"""Watch Windage on a year of real predictions: will this flight arrive late?"""

from __future__ import annotations

import argparse

from windage.cli.exit_codes import OF_A_TASK

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 — the signature of every command
    from windage.demo.run import main
    from windage.errors import WindageError

    try:
        return main()
    except SystemExit as leaving:  # with a sentence, which Python would end with 1
        raise WindageError(str(leaving.code)) from leaving

"""`windage`: drift checks, profiles, monitor files and the labelling queue from a shell, without Airflow.

Each command is a module of ``commands``. Slow imports happen when a command runs, so that help is immediate.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from windage.cli.commands import (
    baseline,
    check,
    checks,
    demo,
    incidents,
    lint,
    profile,
    queue,
    replay,
    run,
    schema,
    stale,
)
from windage.cli.exit_codes import BROKEN, INTERRUPTED, OF_A_VERDICT
from windage.cli.output import output
from windage.errors import InvalidInput, WindageError, did_you_mean


class Command(Protocol):
    EXIT_CODES: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None: ...

    def run(self, args: argparse.Namespace, /) -> int: ...


ALLOCATIONS = 20_000
"""Garbage is collected after this many allocations. A command's imports create none, and take 30 ms longer with Python's
default of 700."""

COMMANDS: Mapping[str, Command] = {
    "check": check,
    "profile": profile,
    "run": run,
    "replay": replay,
    "stale": stale,
    "baseline": baseline,
    "incidents": incidents,
    "lint": lint,
    "schema": schema,
    "checks": checks,
    "queue": queue,
    "demo": demo,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. An error of Windage's is printed without a traceback, any other with one."""
    gc.set_threshold(ALLOCATIONS)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # the search for them reads every installed package
    words = sys.argv[1:] if argv is None else list(argv)
    with output():
        parser = _parser(words)
        if not words:
            parser.print_help(sys.stderr)
            return BROKEN
        args, left = parser.parse_known_args(words)
        try:
            _refuse(left, args)
            code = COMMANDS[args.command].run(args)
            sys.stdout.flush()
        except WindageError as error:
            from windage.cli.views.screen import print_error

            print_error(error)
            return BROKEN
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception:  # noqa: BLE001 — printed with its traceback; Python would exit with 1, which means critical drift
            sys.excepthook(*sys.exc_info())
            return BROKEN
        return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with arguments for the chosen command only; the other commands are just listed."""
    parser = argparse.ArgumentParser(
        prog="windage",
        description="What changed in a classifier's inputs and predictions, by how much, and for whom.",
        epilog=f"{OF_A_VERDICT}\n\nRun windage COMMAND --help for a command's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    chosen = next((word for word in words if not word.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS:
        parser.error(
            f"unknown command {chosen!r}.{did_you_mean(chosen, COMMANDS)} Available commands: {', '.join(COMMANDS)}."
        )
    for name, command in COMMANDS.items():
        first, _, rest = (command.__doc__ or "").partition("\n")
        own = commands.add_parser(
            name,
            help=first,
            description=f"{first}\n{rest}".strip(),
            epilog=command.EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        own.set_defaults(parser=own)
        if name == chosen:
            command.add_arguments(own)
    return parser


def _refuse(arguments: Sequence[str], args: argparse.Namespace) -> None:
    """Refuse arguments that the command does not take; a glob without quotes, which the shell expands, gives many.

    Raises:
        InvalidInput: there is such an argument.
    """
    if not arguments:
        return
    command = " ".join(filter(None, ["windage", args.command, getattr(args, "action", None)]))
    option = arguments[0].partition("=")[0]
    meant = did_you_mean(option, set(re.findall(r"--[\w-]+", args.parser.format_usage())))
    remedy = meant if option.startswith("-") else " Put a pattern in quotes."
    raise InvalidInput(f"{command} does not take {option!r}.{remedy} Run {command} --help.")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"windage {version('windage')}\n")
        parser.exit()

"""What the columns of two sets of files mean: guessed from the reference, unless the caller names them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic import ValidationError

from windage.errors import InvalidInput, MissingColumn, did_you_mean, listed
from windage.faults import fault_in_words
from windage.partitions.guess import guessed_log
from windage.profiles.numbers import is_number
from windage.spec.log import Log

MEANINGS = ("label", "probabilities", "confidence", "user")
"""What the command line may name a column for, beside features."""
NONE = "-"
"""The command-line value that means: there is no such column."""


class Reading(NamedTuple):
    """The columns to compare, and which of their meanings were guessed. Columns in ``only_current``, which are new, and in
    ``not_numeric`` are not compared."""

    log: Log
    guessed: frozenset[str]
    only_current: tuple[str, ...]
    not_numeric: tuple[str, ...]


def reading(args: argparse.Namespace, reference: pa.Schema, current: pa.Schema) -> Reading:
    """How to read both windows.

    Raises:
        MissingColumn: a named column is in neither window.
        InvalidInput: the windows share no column to compare, a named feature is not numeric, or a column is named twice.
    """
    guess = guessed_log(reference)
    known = dict.fromkeys((*reference.names, *current.names))
    given = _given(args)
    named = [name for value in given.values() for name in ([value] if isinstance(value, str) else value or ())]
    for name in (*named, *(args.features or ())):
        if name not in known:
            raise MissingColumn(
                f"neither REF nor CUR has a column {name!r}; they have {listed(known)}.{did_you_mean(name, known)}"
            )
    taken = set(named)
    twice = taken.intersection(args.features or ())
    if twice:
        raise InvalidInput(f"{listed(sorted(twice))} is given both as a feature and as another column. Name it once.")
    if args.features:
        _require_numbers(args.features, reference, current)
    kinds = {"numeric": args.features or guess.numeric, "categorical": () if args.features else guess.categorical}
    kinds = {kind: tuple(name for name in names if name not in taken) for kind, names in kinds.items()}
    if args.reject_label is not None:
        given["reject_label"] = args.reject_label
    log = _validated({**guess.model_dump(), **kinds, **given})
    _require_common(log, reference, current)
    guessed = {name for name in {"numeric", *MEANINGS} - given.keys() if getattr(log, name)}
    return Reading(
        log=log,
        guessed=frozenset(guessed - ({"numeric"} if args.features else set())),
        only_current=tuple(name for name in current.names if name not in reference.names),
        not_numeric=() if args.features else _not_numeric(reference, log),
    )


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The columns named by the caller; None or () for those given as ``-``."""
    single = {name: getattr(args, name) for name in ("label", "user", "confidence")}
    given: dict[str, Any] = {name: None if value == NONE else value for name, value in single.items() if value}
    if args.probabilities:
        given["probabilities"] = () if args.probabilities == (NONE,) else args.probabilities
    return given


def _require_numbers(features: Iterable[str], *schemas: pa.Schema) -> None:
    """Refuse features that are numeric in neither window; one that changed its type is kept, so that the change is noticed."""
    types = {name: [each.field(name).type for each in schemas if name in each.names] for name in features}
    others = [f"{name} ({kinds[0]})" for name, kinds in types.items() if not any(map(is_number, kinds))]
    if others:
        raise InvalidInput(
            f"--features has columns that are not numeric: {listed(others)}. Leave them out, or use windage run, which "
            "compares categorical features too."
        )


def _not_numeric(schema: pa.Schema, log: Log) -> tuple[str, ...]:
    """The columns that are not numeric and have no other meaning."""
    known = {log.label, log.confidence, log.user, log.bucket_start, log.bucket_end, *log.probabilities}
    return tuple(each.name for each in schema if each.name not in known and not is_number(each.type))


def _validated(fields: dict[str, Any]) -> Log:
    try:
        return Log.model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = "features" if fault["loc"][0] == "numeric" else str(fault["loc"][0]).replace("_", "-")
        raise InvalidInput(f"--{name} {fault_in_words(fault)}") from error


def _require_common(log: Log, reference: pa.Schema, current: pa.Schema) -> None:
    compared = {*log.numeric, *log.probabilities, log.label} - {None}
    if not compared:
        raise InvalidInput(
            f"REF has no columns to compare; it has {listed(reference.names)}. "
            "Name them with --features, --label or --probabilities."
        )
    if not compared & set(reference.names) & set(current.names):
        raise InvalidInput(
            f"REF and CUR share no column to compare: REF has {listed(reference.names)}; CUR has "
            f"{listed(current.names)}. Give two sets from the same log."
        )

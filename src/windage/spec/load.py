"""Reads a monitor's YAML file into a MonitorSpec; every fault names file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from windage.errors import InvalidInput, SpecError, did_you_mean
from windage.faults import A_KEY, fault_in_words
from windage.policy import PRESETS
from windage.spec.channel_kinds import channel_kinds
from windage.spec.choice import DEFAULTS, known_check
from windage.spec.document import Key, read_document
from windage.spec.model import MonitorSpec


def load_monitor(path: str | Path, *, name: str | None = None) -> MonitorSpec:
    """The monitor that a file describes.

    Args:
        name: what the faults call the file; default: its name without its folder.

    Raises:
        SpecError: the file cannot be read or has faults, one per line as ``file:line key: what is wrong``.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SpecError(f"{path} cannot be read: {why}. Give the YAML file of a monitor.") from error
    return parse_monitor(text, name=name or file.name)


def parse_monitor(text: str, *, name: str) -> MonitorSpec:
    """The monitor that a file's text describes.

    Raises:
        SpecError: as in ``load_monitor``; ``name`` is what the faults call the file.
    """
    document, lines = read_document(text, name=name)
    faults = list(_faults(document))
    if faults:
        told = sorted(((_line(lines, key), sentence) for key, sentence in faults), key=lambda each: each[0])
        raise SpecError("\n".join(f"{name}:{line} {sentence}" for line, sentence in told))
    return MonitorSpec.model_validate(document)


def _faults(document: Any) -> Iterator[tuple[Key, str]]:
    """Every fault as (key path, sentence); the settings of checks are validated by the checks themselves."""
    checks = document.get("checks")
    broken = list(_faults_of_checks(checks)) if isinstance(checks, dict) else []
    yield from broken
    yield from _located(MonitorSpec.model_validate, {**document, "checks": None} if broken else document, (), {})


def _faults_of_checks(checks: dict[Any, Any]) -> Iterator[tuple[Key, str]]:
    for name, settings in checks.items():
        key = ("checks", name)
        if name == DEFAULTS:
            if settings is not None:
                yield key, f"checks.{name}: takes no settings; got {settings!r}. Leave it empty."
            continue
        try:
            kind = known_check(str(name))
        except InvalidInput as error:
            yield key, f"checks.{name}: {error}"
        else:
            given = {} if settings is None or settings is False else settings
            yield from _located(TypeAdapter(kind).validate_python, given, key, _defaults(kind))


def _located(
    validate: Callable[[Any], object], value: Any, prefix: Key, defaults: dict[str, Any]
) -> Iterator[tuple[Key, str]]:
    try:
        validate(value)
    except ValidationError as error:
        for each in _without_consequences(error.errors(include_url=False)):
            key = (*prefix, *_without_tags(each["loc"]))
            yield key, f"{'.'.join(map(str, key)) or 'monitor'}: {_sentence(each, defaults)}"


def _without_consequences(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors, except that a list is too short if it is so only because some of its items are refused."""
    refused = {each["loc"][:-1] for each in errors}
    return [each for each in errors if each["type"] != "too_short" or each["loc"] not in refused]


def _without_tags(location: tuple[int | str, ...]) -> Key:
    """The key path as it is in the file: without the kind of a channel or policy, and the mark of an invalid key, which
    pydantic adds."""
    tags = {"on_call": tuple(channel_kinds()), "policy": tuple(PRESETS)}
    return tuple(
        part
        for place, part in enumerate(location)
        if place == 0 or part not in (*tags.get(str(location[0]), ()), A_KEY)
    )


def _sentence(error: ErrorDetails, defaults: dict[str, Any]) -> str:
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, InvalidInput):
        return str(raised)
    if error["type"].startswith("union_tag"):
        return _sentence_of_union(error["ctx"])
    name = str(error["loc"][-1]) if error["loc"] else ""
    what = fault_in_words(error, allowed=list(defaults) or _fields_beside(error["loc"]))
    if what.startswith("unknown key"):
        return f"{what} Remove or rename it."
    if what == "missing.":
        return f"{what} Add it."
    if error["type"] == "string_type" and isinstance(error["input"], int | float | None):
        how = "Give one, in quotes if it begins with #." if error["input"] is None else "Put it in quotes."
        return f"{what} {how}"
    return f"{what} Remove the key to use {defaults[name]!r}." if defaults.get(name) is not None else what


def _sentence_of_union(context: dict[str, Any]) -> str:
    """The fault of a section that names its kind in a key: the key is missing, or its value is unknown."""
    key = context["discriminator"].strip("'")
    if "tag" not in context:
        return f"has no {key}. Add one."
    tags = re.findall(r"'([^']*)'", context["expected_tags"])
    return f"unknown {key} {context['tag']!r}.{did_you_mean(context['tag'], tags)} Use one of {', '.join(tags)}."


def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {name: field.default for name, field in kind.__dataclass_fields__.items()}


def _fields_beside(location: Iterable[int | str]) -> list[str]:
    """The valid keys of the section that holds an unknown key; pydantic's path includes the kind of a channel or policy."""
    kinds: dict[str, Any] = {**PRESETS, **channel_kinds()}
    section: Any = MonitorSpec
    for part in [each for each in location if isinstance(each, str)][:-1]:
        field = section.model_fields.get(part) if section else None
        kind = field.annotation if field else kinds.get(part)
        section = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return list(section.model_fields) if section else []


def _line(lines: dict[Key, int], key: Key) -> int:
    """The line of a key, or of the nearest section around it."""
    while key and key not in lines:
        key = key[:-1]
    return lines.get(key, 1)

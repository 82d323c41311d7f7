"""Reads a monitor's YAML file into a MonitorSpec; every fault names file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from windage.errors import InvalidInput, SpecError, did_you_mean
from windage.faults import A_KEY, fault_in_words
from windage.policy import PRESETS
from windage.spec.channel_kinds import channel_kinds
from windage.spec.choice import DEFAULTS, known_check
from windage.spec.model import MonitorSpec

Key = tuple[Hashable, ...]
MOST_VALUES = 100_000
_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


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
    try:
        document, lines = _read(text, name, _FASTEST)
    except SpecError:
        document, lines = _read(text, name, _Loader)  # the faults that libyaml finds say less
    faults = list(_faults(document))
    if faults:
        told = sorted(((_line(lines, key), sentence) for key, sentence in faults), key=lambda each: each[0])
        raise SpecError("\n".join(f"{name}:{line} {sentence}" for line, sentence in told))
    return MonitorSpec.model_validate(document)


def _read(text: str, name: str, loader: type[yaml.SafeLoader]) -> tuple[Any, dict[Key, int]]:
    """The document, and the line of each of its keys."""
    try:
        reader = loader(text)
        tree = _usable(reader.get_single_node(), name)
        lines = dict(_lines(tree, ()))
        return reader.construct_document(tree), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SpecError(f"{name}:{line} {_unreadable(error)}") from error
    except (yaml.YAMLError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise SpecError(f"{name}:{line} is not valid YAML: {str(error).splitlines()[0]}.") from error


def _usable(tree: yaml.Node | None, name: str) -> yaml.MappingNode:
    """The tree itself.

    Raises:
        SpecError: it is YAML, but no monitor can be in it.
    """
    if tree is None:
        raise SpecError(f"{name}:1 is empty. Start with 'monitor: <name>'.")
    if _size(tree, {}) > MOST_VALUES:
        raise SpecError(f"{name}:1 expands to more than {MOST_VALUES} keys and values. Use fewer aliases.")
    if not isinstance(tree, yaml.MappingNode):
        raise SpecError(f"{name}:1 is not a mapping of keys to values. Start with 'monitor: <name>'.")
    unusable = [
        *(f"{name}:{line} {key}: duplicate key. Remove one." for key, line in _repeated(tree)),
        *(f"{name}:{line} {what}" for what, line in _unkept(tree)),
    ]
    if unusable:
        raise SpecError("\n".join(unusable))
    return tree


class _ReportsValues(yaml.constructor.SafeConstructor):
    """Reports the line of a value that looks like a date or number but is not one, such as 30 February."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 — PyYAML's signature
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise _NoSuchValueError(None, None, str(error), node.start_mark) from error


class _Loader(_ReportsValues, yaml.SafeLoader):
    pass


if yaml.__with_libyaml__:

    class _FastLoader(yaml.composer.Composer, _ReportsValues, yaml.CSafeLoader):
        """Several times faster; a folder of many monitors is parsed again and again. Values are composed in Python,
        because libyaml ends the process if they are nested too deeply."""

        def __init__(self, text: str) -> None:
            yaml.CSafeLoader.__init__(self, text)
            yaml.composer.Composer.__init__(self)


_FASTEST: type[Any] = _FastLoader if yaml.__with_libyaml__ else _Loader


class _NoSuchValueError(yaml.constructor.ConstructorError):
    """A value looks like a date or number but is not one."""


_REMEDIES = {
    r"character '\\t'": "Indent with spaces instead of tabs",
    "cannot start any token": "Put the value in quotes",
    "alphabetic or numeric character|undefined alias": "Put a value that begins with * or & in quotes",
    "expected <block end>|mapping values": "Check the indentation, and put a value with a colon in quotes",
    "<stream end>|quoted scalar": "Close the bracket or quote that is open",
    "expected ',' or": "Close the bracket, and put commas between its values",
    "another document": "Give each monitor a file of its own",
    "constructor for the tag": "Remove the tag",
    "could not find expected ':'": "Write key: value",
}


def _unreadable(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, _NoSuchValueError):
        return f"holds a date or number that does not exist: {error.problem}. Correct it, or put it in quotes if it is text."
    problem = str(error.problem).removeprefix("but ")
    remedy = next((told for fragment, told in _REMEDIES.items() if re.search(fragment, problem)), "Correct it")
    return f"is not valid YAML: {problem}. {remedy}."


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


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """The number of nodes with every alias expanded; each node is visited once."""
    if id(node) not in known:
        inner = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(_size(each, known) for each in inner))
    return known[id(node)]


def _lines(node: yaml.Node, path: Key) -> Iterator[tuple[Key, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            yield from _lines(value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, index))


def _line(lines: dict[Key, int], key: Key) -> int:
    """The line of a key, or of the nearest section around it."""
    while key and key not in lines:
        key = key[:-1]
    return lines.get(key, 1)


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys that are single values, with what they hold."""
    return ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in _pairs(node):
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)


def _unkept(tree: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    """What YAML allows but no store can keep: keys that are not text, and NUL characters."""
    for key, _ in tree.value:
        if isinstance(key, yaml.ScalarNode) and key.tag not in (_TEXT, _MERGE):
            yield f"{key.value}: must be text to be a key. Put it in quotes, or remove it.", key.start_mark.line + 1
    for node in _scalars(tree, set()):
        if "\0" in node.value:
            yield "holds a NUL character, which no database keeps. Remove it.", node.start_mark.line + 1


def _scalars(node: yaml.Node, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif id(node) not in seen:
        seen.add(id(node))
        for each in node.value:
            for part in each if isinstance(each, tuple) else (each,):
                yield from _scalars(part, seen)

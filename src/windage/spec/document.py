"""A monitor's file as YAML: its keys and values, and the line of each key. What YAML allows but no monitor can have is refused."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from windage.errors import SpecError

Key = tuple[Hashable, ...]
MOST_VALUES = 100_000
_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


def read_document(text: str, *, name: str) -> tuple[Any, dict[Key, int]]:
    """The document, and the line of each of its keys.

    Raises:
        SpecError: it is not YAML, or no monitor can be in it; ``name`` is what the faults call the file.
    """
    try:
        return _read(text, name, _FASTEST)
    except SpecError:
        return _read(text, name, _Loader)  # the faults that libyaml finds say less


def _read(text: str, name: str, loader: type[yaml.SafeLoader]) -> tuple[Any, dict[Key, int]]:
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

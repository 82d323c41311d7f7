"""A cache of parsed documents and their incidents, filled before the store's lock is taken: little is parsed while it is held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from windage.incidents.from_verdicts import incidents_of
from windage.incidents.model import Decision, Incident, WindowVerdict
from windage.vocabulary import Document

Kind = TypeVar("Kind", bound=Document)


class IncidentCache:
    """Parsed documents by their text, and incidents by the documents that they follow from.

    Both depend on the text alone: what another process has written meanwhile has a different text, and is parsed then.
    """

    def __init__(self) -> None:
        self._documents: dict[tuple[type[Document], str], Any] = {}
        self._incidents: dict[tuple[frozenset[str], frozenset[str]], list[Incident]] = {}

    def document(self, kind: type[Kind], text: str) -> Kind:
        key = (kind, text)
        if key not in self._documents:
            self._documents[key] = kind.model_validate_json(text)
        found: Kind = self._documents[key]
        return found

    def incidents(self, verdicts: Iterable[str], decisions: Iterable[str]) -> list[Incident]:
        """The incidents of one monitor. No two of its windows or decisions have the same text."""
        key = (frozenset(verdicts), frozenset(decisions))
        if key not in self._incidents:
            self._incidents[key] = incidents_of(
                (self.document(WindowVerdict, each) for each in key[0]),
                (self.document(Decision, each) for each in key[1]),
            )
        return self._incidents[key]

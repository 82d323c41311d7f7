"""People's decisions about a monitor's references: which window is its frozen baseline, which days were broken.

Each decision is a JSON document that is written once and never changed, so two people who decide at the same time
cannot overwrite each other on any storage. Nothing here moves by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from uuid import uuid4

from pydantic import ValidationError

from windage.errors import CorruptDocument, InvalidInput, listed
from windage.files import join, read_bytes, write_atomically
from windage.locks import alone_at
from windage.partitions.listing import files_at, is_hidden
from windage.vocabulary import Document, PartitionRef, UtcDatetime, Window


class Promotion(Document):
    """A window made the baseline, by whom, when and why; ``content`` is a hash of its data. ``withdrawn`` is known on
    reading."""

    version: int
    window: Window
    reason: str
    by: str
    at: UtcDatetime
    content: str
    withdrawn: bool = False


class Exclusion(Document):
    """Days known to have been broken, which are left out of every reference. ``withdrawn`` is known on reading."""

    window: Window
    reason: str
    by: str
    at: UtcDatetime
    withdrawn: bool = False


class Withdrawal(Document):
    """Takes back whatever was decided about exactly this window before."""

    window: Window
    reason: str
    by: str
    at: UtcDatetime


ReferenceDecision = Promotion | Exclusion | Withdrawal


class ReferenceDecisions(Document):
    """All decisions about one monitor's references, oldest first."""

    promotions: tuple[Promotion, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    def baseline(self, current: Window) -> Window | None:
        """The most recently promoted baseline that ended before the current window and was not withdrawn."""
        held = (each.window for each in reversed(self.promotions) if not each.withdrawn)
        return next((window for window in held if window.end <= current.start), None)

    def excluded(self) -> tuple[Window, ...]:
        return tuple(each.window for each in self.exclusions if not each.withdrawn)

    def followed_by(self, later: ReferenceDecisions) -> ReferenceDecisions:
        """These decisions and later ones, which may withdraw some of these."""
        ended = {each.window for each in later.withdrawals}
        promotions, exclusions = (
            [each.model_copy(update={"withdrawn": True}) if each.window in ended else each for each in some]
            for some in (self.promotions, self.exclusions)
        )
        numbered = (
            each.model_copy(update={"version": k}) for k, each in enumerate((*promotions, *later.promotions), start=1)
        )
        return ReferenceDecisions(
            promotions=tuple(numbered),
            exclusions=(*exclusions, *later.exclusions),
            withdrawals=(*self.withdrawals, *later.withdrawals),
        )


class ReferenceDecisionStore:
    """The decisions of one monitor, kept at a path or any fsspec URL."""

    def __init__(self, storage: str, monitor: str) -> None:
        self.folder = join(storage, "decisions", monitor)
        self.older = join(storage, "baselines", f"{monitor}.json")
        """The earlier layout: one document with all decisions, read before those with a document each."""

    def read(self) -> ReferenceDecisions:
        """All decisions so far.

        Raises:
            CorruptDocument: a document cannot be read.
            TransientError: the storage did not answer.
        """
        return reduce(ReferenceDecisions.followed_by, self._documents(), ReferenceDecisions())

    def _documents(self) -> Iterator[ReferenceDecisions]:
        single = [each.location for each in files_at(self.folder) if not is_hidden(each.location)]
        for place in (self.older, *single):
            content = read_bytes(place)
            if content is None:
                continue
            try:
                yield ReferenceDecisions.model_validate_json(content)
            except ValidationError as error:
                raise CorruptDocument(
                    f"{place} is not a valid baselines file ({error.error_count()} errors). Restore or delete it."
                ) from error

    def promote(
        self, window: Window, partitions: Sequence[PartitionRef], *, reason: str, by: str, at: UtcDatetime
    ) -> Promotion:
        """Make a window the baseline.

        Raises:
            InvalidInput: no reason is given, or the window has no data.
        """
        reason = _required_reason(reason, "a promotion")
        if not partitions:
            raise InvalidInput(f"{window} has no partitions, so it cannot be a baseline. Give a window in the log.")
        with alone_at(self.folder):
            earlier = self.read()
            promotion = Promotion(
                version=len(earlier.promotions) + 1,
                window=window,
                reason=reason,
                by=by,
                at=at,
                content=content_of(partitions),
            )
            self._add(ReferenceDecisions(promotions=(promotion,)), earlier)
        return promotion

    def exclude(self, window: Window, *, reason: str, by: str, at: UtcDatetime) -> Exclusion:
        """Leave days out of every reference.

        Raises:
            InvalidInput: no reason is given.
        """
        exclusion = Exclusion(window=window, reason=_required_reason(reason, "an exclusion"), by=by, at=at)
        with alone_at(self.folder):
            self._add(ReferenceDecisions(exclusions=(exclusion,)), self.read())
        return exclusion

    def withdraw(self, window: Window, *, reason: str, by: str, at: UtcDatetime) -> Withdrawal:
        """Take back what was decided about a window: as if it had not been promoted or excluded.

        Raises:
            InvalidInput: no reason is given, or nothing that holds was decided about exactly this window.
        """
        withdrawal = Withdrawal(window=window, reason=_required_reason(reason, "a withdrawal"), by=by, at=at)
        with alone_at(self.folder):
            earlier = self.read()
            promoted = [each.window for each in earlier.promotions if not each.withdrawn]
            decided = [*promoted, *earlier.excluded()]
            if window not in decided:
                raise InvalidInput(
                    f"{window} is neither promoted nor excluded; {listed(map(str, decided))} can be withdrawn. "
                    "Give the days of one decision."
                )
            self._add(ReferenceDecisions(withdrawals=(withdrawal,)), earlier)
        return withdrawal

    def _add(self, decision: ReferenceDecisions, earlier: ReferenceDecisions) -> None:
        """Documents are read in the order of their numbers; only simultaneous decisions can share a number."""
        number = len(earlier.promotions) + len(earlier.exclusions) + len(earlier.withdrawals) + 1
        write_atomically(
            join(self.folder, f"{number:06}-{uuid4().hex[:8]}.json"), decision.model_dump_json(indent=2).encode()
        )


def content_of(partitions: Iterable[PartitionRef]) -> str:
    """A hash of the partitions' periods and fingerprints."""
    listing = "\n".join(f"{each.period.start.isoformat()} {each.fingerprint}" for each in partitions)
    return hashlib.sha256(listing.encode()).hexdigest()[:16]


def _required_reason(reason: str, what: str) -> str:
    if not reason.strip():
        raise InvalidInput(f"{what} needs a reason; got none. Give --reason.")
    return reason.strip()

"""Is the predicted label still the class that its probabilities say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.day_spans import settled_and_last
from windage.evidence.shares import UNCALIBRATED, share_before, strongest
from windage.evidence.tallies import Counted, Tally
from windage.profiles.window import WindowProfile
from windage.vocabulary import REJECT_LABEL, DriftAlert, DriftTrigger, Measurement

MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LabelAgreement(Check):
    """Is the predicted label still the class that its probabilities say?

    In a sample of the rows, each label has a usual class: the one that most often has the highest probability, in the
    reference. The share of rows with another class is compared with ordinary days. It rises when probabilities are
    written in another order, or labels beside other rows, although neither changes by itself. It is reported only if
    nothing else that is found about the predictions explains it, and never pages, because either the labels or the
    probabilities may be right.
    """

    name: ClassVar[str] = "label_agreement"
    needs: ClassVar[Need] = "predictions"
    family: ClassVar[Family] = "structure"
    calibrated: ClassVar[tuple[Gate, ...]] = (Gate(DriftTrigger.label_mismatch, "rise", "at least", 0.05, "warning"),)

    reject_label: Annotated[
        str, Field(min_length=1, description="Label of rejected rows; they belong to no class.")
    ] = REJECT_LABEL

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        usual = self._usual_classes(reference)
        mismatches = _mismatches(usual)
        before, now = mismatches(reference), mismatches(current)
        if before is None or now is None:
            part = "scores" if "scores" in {*current.faults, *reference.faults} else "labels"
            yield unmeasured(part, self.name, reference, current)
            return
        rows = (before.rows, now.rows)
        found = strongest(reference, current, mismatches)
        values = {"ref_share": before.share, "cur_share": now.share, **found}
        if found:
            rises = found["move"] > 0
            values |= {"rise": found["effect"] if rises else 0.0} | ({} if rises else {"p_value": 1.0})
            settled, _ = settled_and_last(reference, current)
            of_days = [each.share for day in settled if (each := mismatches(day)) is not None]
            values["ref_share"] = share_before(now.share, found, of_days)
        yield Measurement(
            subject=self.name,
            rows=rows,
            values=values,
            categories=_most_moved(usual, reference, current),
            unknown=None if found else UNCALIBRATED,
        )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        values, labels = verdict.measurement.values, verdict.measurement.categories
        found = alert(verdict, at, features=labels, details=dict(values))
        return Conclusion(None, [found], f"Labels and probabilities disagree in {values['cur_share']:.1%} of rows.")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        usual = self._usual_classes(reference)
        found = _mismatches(usual)(reference)
        labels, probabilities = rows.labels(), rows.probabilities()
        asked = ~np.isnan(probabilities).any(axis=1) & np.isin(labels, list(usual))
        excess = np.zeros(labels.size)
        expected = np.array([int(usual[label]) for label in labels[asked]], dtype=np.int64)
        usually = found.share if found else 0.0
        excess[asked] = (probabilities[asked].argmax(axis=1) != expected) - usually
        return excess

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        mismatches = _mismatches(self._usual_classes(reference))

        def level(day: WindowProfile) -> float | None:
            found = mismatches(day)
            return None if found is None else found.share

        return level

    def _usual_classes(self, reference: WindowProfile) -> dict[str, str]:
        """For each label, the position of the class that has the highest probability in most of its rows."""
        return {
            label: max(classes.counts, key=lambda each: classes.counts[each])
            for label, classes in reference.surest.items()
            if label != self.reject_label and classes.counts
        }


def _mismatches(usual: Mapping[str, str]) -> Counted:
    """Counts a day's sampled rows whose surest class is not their label's usual one."""

    def count(day: WindowProfile) -> Tally | None:
        known = [(usual[label], classes) for label, classes in day.surest.items() if label in usual]
        rows = sum(classes.known for _, classes in known)
        agreeing = sum(classes.counts.get(name, 0) for name, classes in known)
        return Tally(np.array([float(rows - agreeing)]), rows) if rows else None

    return count


def _most_moved(usual: Mapping[str, str], reference: WindowProfile, current: WindowProfile) -> tuple[str, ...]:
    """The labels whose rows disagree most beyond what they usually do, by number of rows."""
    more = {
        label: (1 - classes.share(usual[label]) - (1 - reference.surest[label].share(usual[label]))) * classes.known
        for label, classes in current.surest.items()
        if label in usual
    }
    return tuple(sorted((label for label in more if more[label] > 0), key=lambda each: -more[each])[:MOST_NAMED])


CHECK = LabelAgreement

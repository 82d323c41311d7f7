"""The smallest change that each quiet check would have detected in this window, and which checks could not be run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from windage.reports.formats import number, unsigned_points
from windage.reports.sentences.text import Name, Sentence, enumerated, say
from windage.vocabulary import DriftReport

MEANING = "The smallest change that would have alerted in this window. Smaller changes may have gone undetected."


class QuietCheck(NamedTuple):
    """A check's quiet subjects and the smallest change detectable in each, the largest first."""

    title: str
    subjects: list[tuple[str, str]]


def quiet_checks(report: DriftReport) -> list[QuietCheck]:
    """A block for each check that knows the smallest change that it would have detected."""
    shifts = (
        {each.feature: each.detectable_sd for each in report.feature_report.results} if report.feature_report else {}
    )
    quiet = sorted(
        ((check, outcome) for check, outcome in report.outcomes.items() if outcome.detectable),
        key=lambda each: list(_TITLES).index(each[0]) if each[0] in _TITLES else len(_TITLES),
    )
    return [
        QuietCheck(
            _TITLES.get(check, check),
            [
                (_SUBJECTS.get(name, name), _size(least, shifts.get(name) if check == "numeric_feature" else None))
                for name, least in sorted(outcome.detectable.items(), key=lambda each: (-each[1], each[0]))
            ],
        )
        for check, outcome in quiet
    ]


def not_asked(report: DriftReport) -> list[Sentence]:
    """A sentence for each kind of column that the log does not name, with the checks that were not run without it, and for
    the features that checks were not asked about."""
    by_column: dict[str, list[Name]] = {}
    for check, column in report.not_asked.items():
        by_column.setdefault(column, []).append(Name(check))
    whole = [
        say(
            "The log names no ",
            column,
            ", so ",
            *enumerated(checks, most=8),
            " was not run." if len(checks) == 1 else " were not run.",
        )
        for column, checks in by_column.items()
    ]
    return whole + _subjects_not_asked_about(report)


def _subjects_not_asked_about(report: DriftReport) -> list[Sentence]:
    checks: dict[tuple[str, str], list[str]] = {}
    for check, outcome in report.outcomes.items():
        for subject, lacking in outcome.not_asked.items():
            checks.setdefault((subject, lacking), []).append(check)
    alike: dict[tuple[str, tuple[str, ...]], list[Name]] = {}
    for (subject, lacking), asking in checks.items():
        alike.setdefault((lacking, tuple(asking)), []).append(Name(subject))
    return [
        say(
            *enumerated(names),
            f" {'does' if len(names) == 1 else 'do'} not have {lacking}, so ",
            *enumerated(map(Name, asking)),
            f" did not ask about {'it' if len(names) == 1 else 'them'}.",
        )
        for (lacking, asking), names in alike.items()
    ]


def _size(least: float, shift_sd: float | None) -> str:
    if least >= 1:
        return "not detectable: days vary too much"
    of_rows = unsigned_points(least)
    return of_rows if shift_sd is None else f"{number(shift_sd)} sd ({of_rows})"


_TITLES: Mapping[str, str] = {
    "numeric_feature": "Distributions",
    "categorical_feature": "Categories",
    "missingness": "Missing values",
    "reject_rate": "Rejections",
    "class_shift": "Predicted classes",
    "confidence": "Confidence",
    "label_agreement": "Labels beside probabilities",
}
_SUBJECTS: Mapping[str, str] = {"reject_rate": "reject rate", "label_agreement": "rows that disagree"}

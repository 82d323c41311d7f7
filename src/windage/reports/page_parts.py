"""The parts of the page that need preparing: what comes first, what is folded away, how long a bar is."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup

from windage.reports.charts import draw_feature, figure_svg
from windage.reports.formats import certified, p_value
from windage.vocabulary import ClassShiftResult, DriftReport, FeatureDriftResult, Picture

log = logging.getLogger(__name__)

MOVED, NOT_JUDGED, STEADY = "moved", "not judged", ""


class FeatureRow(NamedTuple):
    """A line of the table of features: numbers in words, and the length of their bars in per cent."""

    name: str
    state: str
    psi: str
    psi_bar: str
    ks: str
    ks_bar: str
    p: str


class Card(NamedTuple):
    """The picture of one feature with its row of numbers; ``drawing`` is None when it could not be drawn."""

    name: str
    drawing: Markup | None
    row: FeatureRow | None


class ClassRow(NamedTuple):
    name: str
    shifted: bool
    reference: float
    current: float
    reference_bar: str
    current_bar: str


def feature_rows(report: DriftReport) -> list[FeatureRow]:
    """Every feature: those that moved, those that could not be judged, the rest; each by its PSI."""
    if report.feature_report is None:
        return []
    results = sorted(report.feature_report.results, key=lambda each: -_size(each.psi))
    longest = max((_size(each.psi) for each in results), default=0.0)
    rows = [_row(each, longest) for each in results]
    rows += [
        FeatureRow(name, NOT_JUDGED, *("unknown", _bar(0)) * 2, "unknown") for name in report.feature_report.unknown
    ]
    return sorted(rows, key=lambda row: (MOVED, NOT_JUDGED, STEADY).index(row.state))


def cards(report: DriftReport) -> list[Card]:
    """A card for every picture, in the order of the table of features."""
    rows = {row.name: row for row in feature_rows(report)}
    order = {name: place for place, name in enumerate(rows)}
    names = sorted(report.pictures, key=lambda name: (order.get(name, len(order)), name))
    return [Card(name, _drawing(name, report.pictures[name]), rows.get(name)) for name in names]


def class_rows(shift: ClassShiftResult | None) -> list[ClassRow]:
    """The classes, the one that changed most first."""
    if shift is None:
        return []
    pairs = {
        name: (shift.ref_dist.get(name, 0.0), shift.cur_dist.get(name, 0.0))
        for name in {**shift.ref_dist, **shift.cur_dist}
    }
    order = sorted(
        pairs, key=lambda name: (name not in shift.shifted_classes, -abs(pairs[name][1] - pairs[name][0]), name)
    )
    return [ClassRow(name, name in shift.shifted_classes, *pairs[name], *map(_bar, pairs[name])) for name in order]


def missingness(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    """The features with missing values, the emptiest first."""
    return sorted(((name, share) for name, share in shares.items() if share > 0), key=lambda each: (-each[1], each[0]))


def pair_bars(values: Iterable[float | None]) -> list[str]:
    """The lengths of bars that share a scale, the longest of them full."""
    found = [_size(value) for value in values]
    longest = max(found, default=0.0)
    return [_bar(each / longest if longest else 0.0) for each in found]


def _row(result: FeatureDriftResult, longest: float) -> FeatureRow:
    return FeatureRow(
        name=result.feature,
        state=MOVED if result.is_drifted else STEADY if _is_judged(result) else NOT_JUDGED,
        psi=certified(result.psi, result.bounds.get("psi")),
        psi_bar=_bar(_size(result.psi) / longest if longest else 0.0),
        ks=certified(result.ks_statistic, result.bounds.get("ks_statistic")),
        ks_bar=_bar(_size(result.ks_statistic)),
        p=p_value(result.ks_p_value),
    )


def _is_judged(result: FeatureDriftResult) -> bool:
    return result.psi is not None or result.ks_statistic is not None


def _drawing(name: str, picture: Picture) -> Markup | None:
    try:
        return Markup(figure_svg(draw_feature(name, picture, titled=False)))  # noqa: S704 — escaped by figure_svg
    except Exception:  # one picture that cannot be drawn must not take the page away; the card says so
        log.exception("the picture of a feature could not be drawn")
        return None


def _size(value: float | None) -> float:
    return abs(value) if value is not None and math.isfinite(value) else 0.0


def _bar(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}%"

"""The features of a report as a table: those that moved first, then those that could not be judged, then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from windage.cli.views.screen import STYLES, WIDE, bar, mark, name, shape, table
from windage.reports.formats import certified, number, p_value, plural
from windage.reports.tables import (
    MOVED,
    NOT_JUDGED,
    STEADY,
    alerts_by_feature,
    beside_days,
    feature_rows,
    found_by,
    magnitude,
)
from windage.vocabulary import DriftAlert, DriftReport, FeatureDriftResult, Picture

MOST_STEADY = 12
"""How many features that did not move are shown at most: the table is about those that did."""

_BAR = 8
_LONGEST_NAME = 28
_ROOM_FOR_USERS = 116
_ROOM_FOR_BARS = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What fits the terminal: bars with certified errors, a histogram of so many characters, users. ``longest`` is the PSI of
    a full bar."""

    with_bars: bool
    histogram: int
    with_users: bool
    beside_days: bool
    longest: float

    @classmethod
    def of(cls, report: DriftReport, results: Sequence[FeatureDriftResult], width: int) -> _Layout:
        narrow = width >= 80 and all(len(each.feature) <= 20 and not each.bounds for each in results)
        moved = [magnitude(each.psi) for each in results if each.is_drifted]
        steady = [4 * magnitude(each.psi) for each in results]  # so that features that did not move have short bars
        return cls(
            with_bars=width >= _ROOM_FOR_BARS,
            histogram=0 if not report.pictures else 12 if width >= WIDE else 8 if narrow else 0,
            with_users=width >= _ROOM_FOR_USERS and any(each.affected_user_ids for each in report.alerts),
            beside_days=beside_days(report),
            longest=max(moved, default=0.0) or max(steady, default=0.0) or 1.0,
        )

    def empty(self) -> Table:
        p = "adj. p" if self.beside_days else "p"
        headers = ["", "Feature", "PSI", *[" "] * self.with_bars, "KS", p]
        headers += ["before → now"] * bool(self.histogram) + ["mostly"] * self.with_users
        made = table(*headers, right=("PSI", "KS", p))
        for column in made.columns[:-1] if self.with_users else made.columns:
            column.no_wrap = True
        made.columns[0].min_width = 1  # a narrow terminal cuts names, never the mark
        return made

    def row(
        self, result: FeatureDriftResult, alert: DriftAlert | None, picture: Picture | None
    ) -> list[RenderableType]:
        word = alert.severity if alert else "warning" if result.is_drifted else "ok"
        style = STYLES[word] if word != "ok" else "dim"
        cells: list[RenderableType] = [
            mark(word),
            name(result.feature, most=_LONGEST_NAME, style="bold" if word != "ok" else ""),
            certified(result.psi, result.bounds.get("psi") if self.with_bars else None),
            *([Text(bar(magnitude(result.psi) / self.longest, _BAR), style=style)] if self.with_bars else []),
            number(result.ks_statistic),
            p_value(result.adjusted_p if self.beside_days else result.ks_p_value),
        ]
        if self.histogram:
            cells.append(_before_and_now(picture, self.histogram, style) if picture else "")
        if self.with_users:
            users = alert.affected_user_ids if alert else []
            cells.append(name(", ".join(users), most=_LONGEST_NAME) if users else "")
        return cells


def feature_table(report: DriftReport, *, width: int) -> RenderableType | None:
    """The table of features; None if the report has none."""
    found = report.feature_report
    if found is None or not (found.results or found.unknown):
        return None
    alerts = alerts_by_feature(report)
    results = {each.feature: each for each in found.results}
    layout = _Layout.of(report, found.results, width)
    made = layout.empty()
    rows = feature_rows(report)
    for row in rows:
        alert = alerts.get(row.name)
        if row.state == NOT_JUDGED or row.name not in results:
            made.add_row(*_without_numbers(row.name, alert))
        elif row.state == MOVED:
            made.add_row(*layout.row(results[row.name], alert, report.pictures.get(row.name)))
    steady = [results[row.name] for row in rows if row.state == STEADY]
    for each in steady[:MOST_STEADY]:
        made.add_row(*layout.row(each, None, None))
    return Group(made, *_left_out(steady[MOST_STEADY:]))


def _without_numbers(subject: str, alert: DriftAlert | None) -> list[RenderableType]:
    if alert is None:
        return [mark("unknown"), name(subject, most=_LONGEST_NAME), Text("not judged", STYLES["unknown"])]
    style = STYLES[alert.severity]
    return [mark(alert.severity), name(subject, most=_LONGEST_NAME, style="bold"), Text(found_by(alert), style)]


def _before_and_now(picture: Picture, cells: int, style: str) -> Text:
    """Both histograms over the same axis, each scaled to its own maximum."""
    before, now = (shape(each, cells) for each in (picture.reference_shares, picture.current_shares))
    return Text.assemble((before, "dim"), " → ", (now, style))


def _left_out(steady: Sequence[FeatureDriftResult]) -> list[Text]:
    if not steady:
        return []
    most = number(max(magnitude(each.psi) for each in steady))
    return [Text(f"   and {plural(len(steady), 'more feature')} that did not move (PSI at most {most})", "dim")]

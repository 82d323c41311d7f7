"""The features of a report that are drawn on its page."""

from __future__ import annotations

import logging
from typing import NamedTuple

from markupsafe import Markup

from windage.reports.pictures.charts import draw_feature, figure_svg
from windage.reports.tables import FeatureRow, feature_rows
from windage.vocabulary import DriftReport, Picture

log = logging.getLogger(__name__)


class Card(NamedTuple):
    """The picture of one feature with its row of numbers; ``drawing`` is None if it could not be drawn."""

    name: str
    drawing: Markup | None
    row: FeatureRow | None


def cards(report: DriftReport) -> list[Card]:
    """A card for every picture, in the order of the table of features."""
    rows = {row.name: row for row in feature_rows(report)}
    order = {name: place for place, name in enumerate(rows)}
    names = sorted(report.pictures, key=lambda name: (order.get(name, len(order)), name))
    return [Card(name, _drawing(name, report.pictures[name]), rows.get(name)) for name in names]


def _drawing(name: str, picture: Picture) -> Markup | None:
    try:
        return Markup(figure_svg(draw_feature(name, picture, titled=False)))  # noqa: S704 — escaped by figure_svg
    except Exception:  # one picture that cannot be drawn must not break the page; the card says so
        log.exception("the picture of a feature could not be drawn")
        return None

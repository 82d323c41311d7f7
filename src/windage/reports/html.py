"""The report as one self-contained page: no script, and no external font, image or style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from windage.reports import formats
from windage.reports.cards import cards
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.detectable import MEANING, not_asked, quiet_checks
from windage.reports.sentences.facts import evidence
from windage.reports.sentences.labels import between, by_labels, confusion_rows, in_numbers
from windage.reports.sentences.report import grouped, headline, not_judged, status
from windage.reports.sentences.text import Name, Sentence, Who, enumerated
from windage.reports.tables import (
    bar_length,
    beside_days,
    beside_margin,
    class_rows,
    feature_rows,
    missingness,
    of_whole,
    pair_bars,
    severity_of,
)
from windage.vocabulary import DriftReport

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_NAME = 96
_BETWEEN_PARTS = re.compile(r"(?<=\w[_./@:-])(?=\w)")
_OF_ONE_PIECE = re.compile(r"(\d{4}-\d\d-\d\d|\de-\d+)")


def render_html(report: DriftReport) -> str:
    """The whole report as HTML; the same report gives the same bytes."""
    return (
        _templates()
        .get_template("report.html.j2")
        .render(_context(report), json_at="drift_report.json", features_at={})
    )


def render_body(report: DriftReport, *, json_at: str, features_at: Mapping[str, str]) -> Markup:
    """The report as part of a page that has ``tokens.css`` and ``report.css``.

    Args:
        json_at: the address of the report's JSON.
        features_at: the addresses of pages about single features, by feature.
    """
    body = (
        _templates()
        .get_template("report_body.html.j2")
        .render(_context(report), json_at=json_at, features_at=features_at)
    )
    return Markup(body)  # noqa: S704 — rendered with autoescape


def style_sheet(name: Literal["tokens.css", "report.css"]) -> str:
    """A style sheet of reports, for pages that show them."""
    return _templates().get_template(name).render()


def _context(report: DriftReport) -> dict[str, Any]:
    groups = grouped(report)
    return {
        "report": report,
        "status": status(report),
        "headline": headline(report),
        "alerts": [
            (alert, alert_sentence(alert), evidence(alert), alert is not alerts[0])
            for alerts in groups
            for alert in alerts
        ],
        "findings": len(groups),
        "not_judged": not_judged(report),
        "features": feature_rows(report),
        "beside_days": beside_days(report),
        "quiet": quiet_checks(report),
        "silence_means": MEANING,
        "not_asked": not_asked(report),
        "cards": cards(report),
        "classes": class_rows(report.class_shift),
        "severity_of": lambda *begins: severity_of(report, begins),
    }


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("windage.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "certified": formats.certified,
        "clean": formats.clean,
        "count": formats.count,
        "number": formats.number,
        "percent": formats.percent,
        "plural": formats.plural,
        "points": formats.points,
        "times": formats.times,
        "window": lambda period: unbroken(formats.window(period)),
        "name": name,
        "words": words,
        "missingness": missingness,
        "part": bar_length,
        "of_whole": of_whole,
        "pair_bars": pair_bars,
        "beside_margin": beside_margin,
        "between": between,
        "by_labels": by_labels,
        "confusion_rows": confusion_rows,
        "in_numbers": in_numbers,
    }
    environment.globals["users"] = lambda ids: enumerated([Who(each) for each in ids], most=12, left_out="more users")
    return environment


def name(text: str) -> Markup:
    """A name from the data: escaped, on one line, and isolated from the surrounding text direction."""
    shown = formats.shortened(text, _LONGEST_NAME) or "(no name)"
    hint = Markup(' title="{}"').format(formats.clean(text)) if len(text) > _LONGEST_NAME else ""
    return Markup("<bdi{}>{}</bdi>").format(hint, breakable(shown))


def words(sentence: Sentence) -> Markup:
    """A sentence as HTML in which each name has its own markup."""
    return Markup().join(_part(part, first=not place) for place, part in enumerate(sentence))


def _part(part: str, *, first: bool) -> Markup:
    if isinstance(part, Who):
        return Markup("<bdi>{}</bdi>").format(breakable(part.shown))
    if isinstance(part, Name):
        return Markup("<code><bdi>{}</bdi></code>").format(breakable(part.shown))
    text = formats.clean(part)
    return unbroken(text[:1].upper() + text[1:] if first else text)


def breakable(text: str) -> Markup:
    """A name that a narrow column breaks between its parts: browsers see one word in ``annual_income_eur``."""
    return Markup("<wbr>").join(_BETWEEN_PARTS.split(text))


def unbroken(text: str) -> Markup:
    """Text in which no date or number is broken across lines; browsers would break both at their hyphens."""
    return Markup().join(
        Markup('<span class="word">{}</span>').format(part) if place % 2 else part
        for place, part in enumerate(_OF_ONE_PIECE.split(text))
    )

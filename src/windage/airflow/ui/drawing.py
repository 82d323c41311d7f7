"""Strips and maps as markup. A page has ten thousand cells, so each is as few characters as can be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from markupsafe import Markup

from windage.airflow.links import moment
from windage.history.heat import STEPS, HeatRow
from windage.history.record import WORST_FIRST, StripWindow
from windage.reports.formats import clean, plural, shortened


def strip(windows: Sequence[StripWindow], home: str, *, most: int) -> Markup:
    """The newest windows as a row of bars; those that are not quiet lead to their pages.

    A strip of fewer than ``most`` windows leaves the place of the others empty.
    """
    said = ", ".join(
        f"{n} {state}" for state in WORST_FIRST if (n := sum(each.state == state for each in windows)) and state != "ok"
    )
    offset = most - len(windows)
    quiet = "".join(f"M{offset + k} 0h.8v1h-.8z" for k, each in enumerate(windows) if each.state == "ok")
    loud = Markup().join(
        Markup('<a href="{}/windows/{}"><title>{}</title><path class="{}" d="M{} 0h.8v1h-.8z"/></a>').format(
            home, moment(each.end), _titled(each), each.state, offset + k
        )
        for k, each in enumerate(windows)
        if each.state != "ok"
    )
    return Markup(
        '<svg class="strip" viewBox="0 0 {} 1" preserveAspectRatio="none" role="group" aria-label="{}">'
        '<path class="ok" d="{}"/>{}</svg>'
    ).format(most, f"{plural(len(windows), 'window')}: {said or 'all quiet'}", quiet, loud)


def _titled(window: StripWindow) -> str:
    return shortened(f"{window.start:%Y-%m-%d}, {window.state}: {clean(window.headline)}", 160)


def cells(row: HeatRow) -> Markup:
    """A row of the map: the class is the shade and, where it is not quiet, the state; ``data-e`` the effect."""
    parts = []
    for effect, state in zip(row.effects, row.states, strict=True):
        if state is None:
            parts.append("<td></td>")
            continue
        shade = 0 if effect is None else bisect_right(STEPS, effect)
        kind = "" if state == "ok" else f" {state}"
        shown = f'"s{shade}{kind}"' if kind else f"s{shade}"
        parts.append(f"<td class={shown} data-e={effect:.3g}></td>" if shade else f"<td class={shown}></td>")
    return Markup("".join(parts))  # noqa: S704 — numbers and our own words

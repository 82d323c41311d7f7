"""Strips and heat maps as markup. A page may have ten thousand cells, so each is as short as possible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from markupsafe import Markup

from windage.airflow.links import moment
from windage.history.gaps import gaps
from windage.history.heat import STEPS, HeatRow
from windage.history.record import WORST_FIRST, StripWindow
from windage.reports.formats import clean, plural, shortened
from windage.vocabulary import Window


def strip(windows: Sequence[StripWindow], home: str, *, most: int) -> Markup:
    """The newest windows as a row of bars; those that are not quiet link to their pages.

    Fewer than ``most`` windows leave the first places empty. Where windows are missing between two others, one place is
    empty.
    """
    said = ", ".join(
        f"{n} {state}" for state in WORST_FIRST if (n := sum(each.state == state for each in windows)) and state != "ok"
    )
    missing = missing_between(windows)
    at = [most - len(windows) + k + sum(place <= k for place in missing) for k in range(len(windows))]
    quiet = "".join(f"M{at[k]} 0h.8v1h-.8z" for k, each in enumerate(windows) if each.state == "ok")
    loud = Markup().join(
        Markup('<a href="{}/windows/{}"><title>{}</title><path class="{}" d="M{} 0h.8v1h-.8z"/></a>').format(
            home, moment(each.end), _titled(each), each.state, at[k]
        )
        for k, each in enumerate(windows)
        if each.state != "ok"
    )
    return Markup(
        '<svg class="strip" viewBox="0 0 {} 1" preserveAspectRatio="none" role="group" aria-label="{}">'
        '<path class="ok" d="{}"/>{}</svg>'
    ).format(most + len(missing), f"{plural(len(windows), 'window')}: {said or 'all quiet'}", quiet, loud)


def _titled(window: StripWindow) -> str:
    return shortened(f"{window.start:%Y-%m-%d}, {window.state}: {clean(window.headline)}", 160)


def missing_between(windows: Sequence[StripWindow]) -> dict[int, Window]:
    """The gaps between windows, each keyed by the index of the window after it."""
    return gaps([Window(start=each.start, end=each.end) for each in windows])


def cells(row: HeatRow, missing: Collection[int] = ()) -> Markup:
    """A row of the heat map. A cell's class is its shade and, unless quiet, its state; ``data-e`` is the effect.

    The row has a gap before each index in ``missing``.
    """
    parts = []
    for place, (effect, state) in enumerate(zip(row.effects, row.states, strict=True)):
        if place in missing:
            parts.append("<td class=gap></td>")
        if state is None:
            parts.append("<td></td>")
            continue
        shade = 0 if effect is None else bisect_right(STEPS, effect)
        kind = "" if state == "ok" else f" {state}"
        shown = f'"s{shade}{kind}"' if kind else f"s{shade}"
        parts.append(f"<td class={shown} data-e={effect:.3g}></td>" if shade else f"<td class={shown}></td>")
    return Markup("".join(parts))  # noqa: S704 — numbers and our own words

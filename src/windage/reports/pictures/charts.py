"""Pictures of a moved feature: its histogram before and now, and its two ECDFs with the KS distance between them.

matplotlib is imported inside functions, and its global settings are not used, so that the same picture gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from windage.reports.formats import shortened
from windage.reports.pictures.inline_svg import inline_svg
from windage.reports.pictures.scale import (
    axis_reach,
    edge_labels,
    is_to_scale,
    label,
    on_axis,
    share_at,
    steps,
    usable_bins,
    usable_ecdf,
)
from windage.vocabulary import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "reference": "#8894a4",
    "current": "#0b63cf",
    "distance": "#b42a1d",
    "text": "#4b5668",
    "grid": "#e3e7ed",
    "card": "#fefefe",
}
"""The light page's colours. A PNG keeps them; in an SVG each becomes a CSS variable ``--chart-<name>``."""

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "windage",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.edgecolor": COLOURS["grid"],
    "axes.labelcolor": COLOURS["text"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "text.color": COLOURS["text"],
    "text.parse_math": False,
    "xtick.color": COLOURS["text"],
    "ytick.color": COLOURS["text"],
    "xtick.major.size": 0,
    "xtick.major.pad": 5,
    "ytick.major.size": 0,
    "figure.facecolor": "#ffffff",
}
_CUT_OFF = 0.05
"""Half a label of six digits, as a share of the axis."""
_DRAWING = RLock()


def draw_feature(name: str, picture: Picture, *, titled: bool = True) -> Figure:
    """A feature's two panels, one above the other; ``titled`` adds its name and a legend, for a separate PNG."""
    with _style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.2, 4.4 if titled else 3.9), dpi=72)
        figure.set_label(shortened(name, 120))
        top, bottom = (0.86, 0.14) if titled else (0.94, 0.08)
        figure.subplots_adjust(left=0.135, right=0.985, top=top, bottom=bottom, hspace=0.42)
        histogram, ecdf = figure.subplots(2)
        reach = axis_reach(picture)
        _draw_histogram(histogram, picture, reach)
        _draw_ecdf(ecdf, picture, reach)
        if any(map(_has_scale, (histogram, ecdf))):
            figure.subplots_adjust(bottom=bottom + 0.07)
        if titled:
            figure.suptitle(_drawable(shortened(name, 40)), fontsize=11, fontweight="bold", x=0.03, y=0.975, ha="left")
            _draw_legend(figure)
        return figure


def figure_svg(figure: Figure) -> str:
    """The figure as an SVG element of a page: it fills its container and uses the page's font and colours."""
    buffer = io.StringIO()
    with _style():
        figure.savefig(
            buffer, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return inline_svg(
        buffer.getvalue(), title=f"Distribution of {figure.get_label()}, reference and current", colours=COLOURS
    )


def figure_png(figure: Figure) -> bytes:
    """The figure as a PNG in the light page's colours, for messages."""
    buffer = io.BytesIO()
    with _style():
        figure.savefig(buffer, format="png", dpi=180, metadata={"Software": None})
    return buffer.getvalue()


def _draw_histogram(axes: Axes, picture: Picture, reach: tuple[float, float]) -> None:
    axes.set_title("Share of rows per bin, outer bins open", loc="left")
    if not usable_bins(picture):
        _say_nothing_to_draw(axes)
        return
    to_scale = is_to_scale(picture)
    edges = picture.edges if to_scale else range(len(picture.edges))
    axes.stairs(picture.reference_shares, edges, fill=True, color=COLOURS["reference"], alpha=0.5, linewidth=0)
    axes.stairs(picture.current_shares, edges, color=COLOURS["current"], linewidth=1.6, baseline=None)
    if to_scale:
        _draw_scale(axes, reach)
    else:
        axes.set_xlim(0, len(picture.reference_shares))
        axes.set_xticks(*edge_labels(picture.edges))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share * 100:.3g} %")
    axes.locator_params(axis="y", nbins=4)


def _draw_ecdf(axes: Axes, picture: Picture, reach: tuple[float, float]) -> None:
    axes.set_title("Share of rows at or below", loc="left")
    if not usable_ecdf(picture):
        _say_nothing_to_draw(axes)
        return
    for name, shares in (("reference", picture.reference_ecdf), ("current", picture.current_ecdf)):
        line = steps(picture.ecdf_x, shares, reach)
        axes.plot(*line, drawstyle="steps-post", color=COLOURS[name], linewidth=1.6, solid_capstyle="butt")
    if picture.ks_at is not None:
        _draw_distance(axes, on_axis(picture.ks_at), sorted(share_at(picture, picture.ks_at)), reach)
    _draw_scale(axes, reach)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])


def _draw_scale(axes: Axes, reach: tuple[float, float]) -> None:
    """Ticks along the axis, without one so near its end that the picture's edge would cut digits off."""
    low, high = reach
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", nbins=6)
    edge = high - (high - low) * _CUT_OFF
    axes.set_xticks([each for each in axes.get_xticks().tolist() if low <= each <= edge])


def _draw_distance(axes: Axes, at: float, gap: list[float], reach: tuple[float, float]) -> None:
    colour = COLOURS["distance"]
    axes.vlines(at, gap[0], gap[1], color=colour, linewidth=2.2)
    axes.plot([at, at], gap, linestyle="none", marker="_", markersize=7, color=colour)
    low, high = gap
    on_the_right = at < reach[0] / 2 + reach[1] / 2
    if on_the_right and low > 0.2:  # clear of the curves, as is the next
        beside, up, anchor = low, -3, "top"
    elif not on_the_right and high < 0.8:
        beside, up, anchor = high, 3, "bottom"
    else:
        beside, up, anchor = low / 2 + high / 2, 0, "center"
    axes.annotate(
        f"KS at {label(at)}",
        (at, beside),
        xytext=(7 if on_the_right else -7, up),
        textcoords="offset points",
        ha="left" if on_the_right else "right",
        va=anchor,
        color=colour,
        bbox={"facecolor": COLOURS["card"], "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
    )


def _has_scale(axes: Axes) -> bool:
    """Whether the tick labels share a factor or offset, such as 1e12, which is written below them."""
    formatter = axes.xaxis.get_major_formatter()
    formatter.format_ticks(axes.get_xticks().tolist())
    return bool(formatter.get_offset())


def _draw_legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    keys = {"reference": "reference", "current": "current", "distance": "KS distance"}
    lines = [Line2D([], [], color=COLOURS[colour], linewidth=2.2, label=text) for colour, text in keys.items()]
    figure.legend(handles=lines, loc="lower left", ncols=3, frameon=False, handlelength=1.2)


def _say_nothing_to_draw(axes: Axes) -> None:
    axes.text(0.5, 0.5, "Nothing to draw", ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()


@contextmanager
def _style() -> Iterator[None]:
    """Use matplotlib's defaults with our settings, whatever the machine configures, and restore that afterwards."""
    import matplotlib.style

    with _DRAWING, matplotlib.style.context(["default", _STYLE]):
        yield


def _drawable(text: str) -> str:
    """The text with ``?`` for each character that the font lacks; matplotlib would warn and draw a box."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans:bold")).get_charmap()
    return "".join(each if ord(each) in known else "?" for each in text)

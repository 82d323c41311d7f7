from __future__ import annotations

import io
import math
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windage.reports.formats import THIN, shortened
from windage.reports.pictures.charts import COLOURS, _drawable, draw_feature, figure_png, figure_svg
from windage.reports.pictures.inline_svg import inline_svg
from windage.reports.pictures.scale import axis_reach, edge_labels, is_to_scale, on_axis, share_at, steps
from windage.vocabulary import Picture

SMALL = Picture(
    edges=(0.0, 0.025, 0.05),
    reference_shares=(0.5, 0.5),
    current_shares=(0.25, 0.75),
    ecdf_x=(0.0, 0.025, 0.05),
    reference_ecdf=(0.1, 0.5, 1.0),
    current_ecdf=(0.0, 0.25, 1.0),
    ks_at=0.025,
)
ODD = {
    "nothing": Picture(
        edges=(), reference_shares=(), current_shares=(), ecdf_x=(), reference_ecdf=(), current_ecdf=(), ks_at=None
    ),
    "open edges": SMALL.model_copy(update={"edges": (-math.inf, 0.025, math.inf)}),
    "unequal bins": SMALL.model_copy(update={"edges": (0.0, 0.01, 5000.0)}),
    "extreme edges": SMALL.model_copy(update={"edges": (-1.7e308, 0.0, 1.7e308), "ecdf_x": (-1.7e308, 0.0, 1.7e308)}),
    "tiny edges": SMALL.model_copy(
        update={"edges": (0.0, 5e-324, 1e-323), "ecdf_x": (0.0, 5e-324, 1e-323), "ks_at": 0.0}
    ),
    "one value": SMALL.model_copy(
        update={"ecdf_x": (7.0,), "reference_ecdf": (1.0,), "current_ecdf": (1.0,), "ks_at": 7.0}
    ),
    "falling edges": SMALL.model_copy(update={"edges": (2.0, 1.0, 0.0)}),
    "shares that do not fit": SMALL.model_copy(update={"current_shares": (1.0,), "current_ecdf": (1.0,)}),
    "shares that are no numbers": SMALL.model_copy(
        update={"reference_shares": (math.nan, 0.0), "reference_ecdf": (math.nan, 0.0, 1.0)}
    ),
    "far distance": SMALL.model_copy(update={"ks_at": 1e9}),
}


def test_steps_run_from_end_to_end_of_the_axis():
    assert steps((1.0, 2.0), (0.5, 1.0), (0.0, 3.0)) == ([0.0, 1.0, 2.0, 3.0], [0.0, 0.5, 1.0, 1.0])


@pytest.mark.parametrize(("value", "shares"), [(-1, (0, 0)), (0, (0.1, 0)), (0.03, (0.5, 0.25)), (9, (1, 1))])
def test_the_distance_stands_between_the_two_step_functions(value, shares):
    assert share_at(SMALL, value) == shares


@pytest.mark.parametrize("titled", [True, False])
@pytest.mark.parametrize("scale", [1e12, 1e-8])
def test_the_scale_of_an_axis_lies_in_the_picture(scale, titled):
    at = {name: tuple(each * scale for each in getattr(SMALL, name)) for name in ("edges", "ecdf_x")}
    figure = draw_feature("x", SMALL.model_copy(update={**at, "ks_at": scale * SMALL.ks_at}), titled=titled)
    figure.draw_without_rendering()
    for axes in figure.axes:
        text = axes.xaxis.get_offset_text()
        assert text.get_text()
        assert text.get_window_extent().y0 >= 0


@pytest.mark.parametrize("scale", [8e6, 4e6, 2e6])
def test_no_number_below_an_axis_is_cut_off(scale):
    at = {name: tuple(each * scale for each in getattr(SMALL, name)) for name in ("edges", "ecdf_x")}
    figure = draw_feature("x", SMALL.model_copy(update={**at, "ks_at": scale * SMALL.ks_at}))
    figure.draw_without_rendering()
    for axes in figure.axes:
        labels = [each.get_window_extent() for each in axes.get_xticklabels()]
        assert len(labels) > 2
        assert min(each.x0 for each in labels) >= 0
        assert max(each.x1 for each in labels) <= figure.bbox.x1


def test_only_inner_edges_are_labelled_and_only_some_of_many():
    assert edge_labels((-math.inf, 0.5, 10.0, math.inf)) == ([1, 2], ["0.5", "10"])
    assert edge_labels((0.0, 1.0)) == ([], [])
    assert edge_labels((0.0, 33812.0, 3.2e12, 1e13))[1] == [f"33{THIN}800", "3.2e+12"]
    assert len(edge_labels(tuple(map(float, range(26))))[0]) <= 6


def test_equal_bins_share_the_axis_of_the_ecdf():
    assert is_to_scale(SMALL)
    assert not is_to_scale(ODD["unequal bins"])
    assert not is_to_scale(ODD["open edges"])


def test_the_figure_has_a_histogram_and_an_ecdf_with_the_distance_drawn(sample):
    histogram, ecdf = draw_feature("dep_delay", sample.pictures["dep_delay"]).axes
    assert len(histogram.patches) == 2
    segment = ecdf.collections[0].get_segments()[0]
    assert segment[0][0] == segment[1][0] == sample.pictures["dep_delay"].ks_at
    assert tuple(sorted(segment[:, 1])) == tuple(sorted(share_at(sample.pictures["dep_delay"], segment[0][0])))


@pytest.mark.parametrize("picture", ODD.values(), ids=ODD.keys())
def test_odd_pictures_are_drawn_without_a_warning(picture):
    figure = draw_feature("odd", picture)
    ET.fromstring(figure_svg(figure))  # noqa: S314 — our own
    assert figure_png(figure).startswith(b"\x89PNG")


AXES = st.builds(
    lambda edges, points, at: SMALL.model_copy(update={"edges": edges, "ecdf_x": points, "ks_at": at}),
    st.tuples(*[st.floats(allow_nan=False)] * 3),
    st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3).map(lambda points: tuple(sorted(points))),
    st.none() | st.floats(allow_nan=False),
)


@given(AXES)
@settings(max_examples=300)
def test_any_axis_is_finite_and_holds_what_stands_on_it(picture):
    low, high = axis_reach(picture)
    assert 0 < high - low < math.inf
    own = picture.edges if is_to_scale(picture) else picture.ecdf_x
    for value in (*own, *([] if picture.ks_at is None else [picture.ks_at])):
        assert low <= on_axis(value) <= high
    for shares in (picture.reference_ecdf, picture.current_ecdf):
        points, heights = steps(picture.ecdf_x, shares, (low, high))
        assert len(points) == len(heights)
        assert all(map(math.isfinite, points))
    places, labels = edge_labels(picture.edges)
    assert places == ([1] if math.isfinite(picture.edges[1]) else [])
    assert [float(each.replace(THIN, "")) for each in labels] == [float(f"{picture.edges[1]:.3g}")] * len(places)


@given(AXES)
@settings(max_examples=4, deadline=None)
def test_any_axis_can_be_drawn(picture):
    ET.fromstring(figure_svg(draw_feature("x", picture)))  # noqa: S314 — our own


@pytest.fixture(scope="module")
def plain_svg() -> str:
    buffer = io.StringIO()
    without = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    draw_feature("x", SMALL).savefig(buffer, format="svg", metadata=without)
    return buffer.getvalue()


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_any_name_is_of_characters_that_the_font_has_and_can_name_an_svg(hostile_text, plain_svg, data):
    from matplotlib.font_manager import findfont, get_font

    name = data.draw(hostile_text)
    get_font(findfont("DejaVu Sans:bold")).set_text(_drawable(name))  # it warns of a character that it lacks
    svg = inline_svg(plain_svg, title=shortened(name, 120), colours=COLOURS)
    assert ET.fromstring(svg).get("aria-label") == shortened(name, 120)  # noqa: S314 — our own


def test_a_hostile_name_can_be_drawn():
    figure = draw_feature('<b>&" $\\frac{1}{$ \u0645 \u4e2d \x00\x1b]]>', SMALL)
    assert figure_png(figure).startswith(b"\x89PNG")
    svg = ET.fromstring(figure_svg(figure))  # noqa: S314 — our own
    assert '<b>&" $\\frac{1}{$ \u0645 ?' in "".join(svg.itertext())


def test_the_svg_stands_in_a_page(sample):
    svg = figure_svg(draw_feature("dep_delay", sample.pictures["dep_delay"], titled=False))
    assert svg.startswith("<svg ")
    assert "<style" not in svg
    assert "xlink" not in svg
    for name, colour in COLOURS.items():
        assert svg.count(colour) == svg.count(f"var(--chart-{name}, {colour})")
    assert not re.search(r"(?:fill|stroke): #", svg)
    assert len(svg) < 20_000


def test_numbers_in_the_text_keep_all_their_digits():
    assert ">KS at 0.025</text>" in figure_svg(draw_feature("x", SMALL, titled=False))


def test_identifiers_of_two_pictures_in_one_page_differ(sample):
    drawn = [figure_svg(draw_feature(name, SMALL, titled=False)) for name in ("a", "b")]
    found = [set(re.findall(r'id="([^"]+)"', svg)) for svg in drawn]
    assert found[0]
    assert not found[0] & found[1]
    for svg, identifiers in zip(drawn, found, strict=True):
        assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)) == identifiers


def test_the_same_picture_gives_the_same_bytes_whatever_this_machine_configures(sample):
    import matplotlib as mpl

    picture = sample.pictures["precip"]
    before = figure_svg(draw_feature("precip", picture)), figure_png(draw_feature("precip", picture))
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "svg.hashsalt": "other", "savefig.dpi": 20}):
        configured = dict(mpl.rcParams)
        after = figure_svg(draw_feature("precip", picture)), figure_png(draw_feature("precip", picture))
        assert dict(mpl.rcParams) == configured
    assert before == after


def test_matplotlib_comes_only_with_the_first_picture_and_never_with_pyplot():
    code = """
import sys
import windage.reports.html, windage.reports.markdown, windage.reports.store, windage.reports.sentences.report
from windage.vocabulary import Picture
assert not {"matplotlib", "jinja2", "fsspec", "pandas"} & set(sys.modules), set(sys.modules)
windage.reports.pictures.charts.figure_svg(windage.reports.pictures.charts.draw_feature("x", Picture.model_validate_json(sys.argv[1])))
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code, SMALL.model_dump_json()], check=True)

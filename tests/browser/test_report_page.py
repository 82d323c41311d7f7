"""The written page in a real browser: nothing asked for, nothing logged, nothing wider than the screen, both schemes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from chromium import BROKEN_WORDS
from windage.reports.html import render_html
from windage.reports.store import ReportStore
from windage.vocabulary import CheckOutcome, DriftReport

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).parents[1] / "unit" / "reports" / "sample_report.json"
HOSTILE = {
    "dep_delay": "<script>document.title = 'owned'</script>",
    "recent_dep_delay": "\"'><img src=x onerror=\"document.title='owned'\">",
    "precip": "x" * 300,
    "visib": "مرحبا بالعالم \u202e evil",
    "on_time": "w" * 300,
    "UA": "u" * 300,
    "flights": "m" * 300,
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """The pages of an ordinary report, of one beside ordinary days, of one full of hostile names and of an empty one."""
    text = SAMPLE.read_text()
    hostile = text
    for name, worse in HOSTILE.items():
        hostile = hostile.replace(json.dumps(name), json.dumps(worse))
    folder = tmp_path_factory.mktemp("reports")
    report = DriftReport.model_validate_json(text)
    written = ReportStore(folder).write(report)
    names = ("calibrated", "hostile", "empty")
    pages = {"ordinary": Path(written.report_html), **{name: folder / f"{name}.html" for name in names}}
    pages["calibrated"].write_text(render_html(beside_ordinary_days(report)))
    pages["hostile"].write_text(render_html(DriftReport.model_validate_json(hostile)))
    pages["empty"].write_text(render_html(DriftReport(summary="No drift detected.")))
    return pages


def beside_ordinary_days(report: DriftReport) -> DriftReport:
    """The report with what only the calibrated policy knows: adjusted p-values, and since when."""
    results = [each.model_copy(update={"adjusted_p": 3e-44}) for each in report.feature_report.results]
    since = [each.model_copy(update={"since": report.current_window.start}) for each in report.alerts]
    features = report.feature_report.model_copy(update={"results": results})
    return report.model_copy(update={"alerts": since, "feature_report": features, "not_asked": {"segment": "user"}})


def opened(
    browser: Browser, path: Path, *, width: int = 1280, scheme: str = "light"
) -> tuple[Page, list[str], list[str]]:
    """The open page, what it asked for and what it logged."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, logged = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, asked, logged


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["ordinary", "calibrated", "hostile", "empty"])
def test_the_page_opens_quietly_and_fits(browser, pages, name, width, scheme):
    page, asked, logged = opened(browser, pages[name], width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = "[...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert page.evaluate(cut) == 0
    assert page.evaluate(BROKEN_WORDS) == []
    assert asked == [pages[name].as_uri()]
    assert logged == []
    assert "drift report" in page.title()
    page.close()


LONG = "debt_to_income_ratio_after_refinancing_trailing_twelve_months"
TORN = """name => [...document.querySelectorAll("bdi")].filter(each => each.textContent === name).flatMap(bdi =>
  [...bdi.childNodes].filter(each => each.nodeType === Node.TEXT_NODE).filter(text => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return new Set([...range.getClientRects()].map(each => Math.round(each.top))).size > 1;
  }).map(text => text.data))"""
"""Script that lists the parts of a name that are broken across lines."""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_name_breaks_only_between_its_parts(browser, pages, tmp_path, width):
    place = tmp_path / "long.html"
    text = SAMPLE.read_text().replace('"dep_delay"', json.dumps(LONG))
    report = beside_ordinary_days(DriftReport.model_validate_json(text))
    undetectable = {LONG: 1.0, "dewp": 0.1}
    outcomes = {
        each: CheckOutcome(outcome="ok", detectable=undetectable) for each in ("numeric_feature", "missingness")
    }
    place.write_text(render_html(report.model_copy(update={"outcomes": outcomes})))
    page, *_ = opened(browser, place, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.locator("bdi", has_text=LONG).count() > 3
    assert page.locator("dd", has_text="not detectable").count() > 0
    assert page.evaluate(TORN, LONG) == []
    page.close()


def test_the_first_screen_says_what_moved(browser, pages):
    page, *_ = opened(browser, pages["ordinary"])
    assert page.locator("h1").inner_text() == "The reject rate rose, and dewp, recent_dep_delay and 7 more moved."
    assert page.locator(".verdict .badge").inner_text() == "Critical"
    assert page.locator(".alerts li").first.bounding_box()["y"] < 900
    page.locator(".alerts summary").first.click()
    assert page.get_by_text("cur rate").first.is_visible()
    page.close()


def test_a_sentence_with_names_in_it_is_one_line_of_text(browser, pages):
    page, *_ = opened(browser, pages["calibrated"])
    sentence = page.get_by_text("was not run")
    assert sentence.inner_text() == "The log names no user, so segment was not run."
    page.close()


def test_the_pictures_take_the_colours_of_the_scheme(browser, pages):
    colours = []
    for scheme in ("light", "dark"):
        page, *_ = opened(browser, pages["ordinary"], scheme=scheme)
        colours.append(
            page.evaluate(
                "[getComputedStyle(document.body).backgroundColor,"
                " getComputedStyle(document.querySelector('.card svg text')).fill,"
                " getComputedStyle(document.querySelector('.card svg [stroke*=chart-current]')).stroke]"
            )
        )
        page.close()
    assert colours == [
        ["rgb(247, 248, 250)", "rgb(86, 97, 117)", "rgb(11, 99, 207)"],
        ["rgb(15, 19, 24)", "rgb(155, 166, 181)", "rgb(99, 171, 255)"],
    ]


def test_the_policy_in_the_page_stops_what_should_not_be_there(browser, pages):
    page, *_ = opened(browser, pages["ordinary"])
    stopped = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective));
            document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/'}));
        })"""
    )
    assert stopped == "img-src"
    page.close()

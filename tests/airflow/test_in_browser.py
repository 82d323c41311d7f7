"""The pages in a real Chromium, from the login to the tenth label: as people use them, and as axe judges them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from api_server import api_server
from chromium import BROKEN_WORDS
from windage.history.record import Cell, Line, WindowRecord
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.vocabulary import CheckResult, Measurement, Window

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(os.environ.get("WINDAGE_SCREENSHOTS") or Path(__file__).parents[2] / ".cache" / "screenshots")
"""What the tests saw is kept there, until they see it again."""
SIZES = {"desktop": (1440, 900), "laptop": (1024, 768), "phone": (390, 844)}
EARLIER = 40

expect.set_options(timeout=20_000)  # two cores also run the other half of the suite; no test asserts a time


@pytest.fixture(scope="module")
def site(lived, web, login, tmp_path_factory) -> Iterator[tuple[str, str]]:
    """The address of a server whose monitor has forty quiet windows before its drifted one, and its database."""
    login("ada")  # which has the passwords made
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(lived.storage / "windage.db", folder / "windage.db")
    url = f"sqlite:///{folder}/windage.db"
    _write_earlier(HistoryStore(lived.at(url)), lived.monitor)
    settings = {"AIRFLOW__WINDAGE__STORAGE": str(lived.storage), "AIRFLOW__WINDAGE__DATABASE_URL": url}
    with api_server(folder / "api.log", settings) as base:
        yield base, url


def _write_earlier(history: HistoryStore, monitor: str) -> None:
    (newest,) = history.records(monitor)
    spec = history.spec(monitor)
    for k in range(EARLIER):
        start = newest.window.start - timedelta(days=EARLIER - k)
        move = 0.04 * ((k * 7) % 11 - 5) / 5
        values = {"move": move, "effect": abs(move), "deviation": 0.03, "freedom": 20.0}
        measured = CheckResult(
            check="numeric_feature",
            measurements=tuple(Measurement(subject=name, values=values) for name in ("amount", "length")),
        )
        about = WindowRecord(
            monitor=monitor,
            window=Window(start=start, end=start + timedelta(days=1)),
            state=("unknown", "ok", "ok", "ok", "warning")[k % 5] if k % 10 < 6 else "ok",
            n_alerts=0,
            rows=300,
            headline="Nothing moved beyond its limit.",
            lines={"rows": Line(300), "reject_rate": Line(0.0), "estimated_accuracy": Line(0.8, 0.75, 0.85)},
            classes={"a": 0.6, "b": 0.3, "c": 0.1},
            wholes={"reject_rate": Cell(0.01, "ok")},
            cells={"amount": Cell(abs(move), "ok"), "length": Cell(None, {0: "unknown", 1: "error"}.get(k % 5, "ok"))},
        )
        history.keep(about, [measured], spec)


@pytest.fixture
def context(browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York")
    yield context
    context.close()


@pytest.fixture
def page(context) -> Iterator[Page]:
    """A page that must not complain."""
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


@pytest.fixture
def passwords():
    from airflow.configuration import AIRFLOW_HOME

    return json.loads(Path(AIRFLOW_HOME, "simple_auth_manager_passwords.json.generated").read_text())


def sign_in(page: Page, base: str, name: str, password: str) -> None:
    page.goto(f"{base}/auth/login")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(re.compile(rf"{re.escape(base)}/?$"))


def seen(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_from_the_login_to_the_tenth_label(site, page, context, passwords):
    base, url = site
    sign_in(page, base, "uma", passwords["uma"])
    page.get_by_role("link", name="Drift", exact=True).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Monitors")).to_be_visible()
    expect(frame.get_by_role("link", name="watched")).to_be_visible()
    seen(page, "overview-in-airflow")

    frame.get_by_role("link", name="watched").click()
    expect(frame.locator("table.heat tbody tr.first")).to_be_visible()
    expect(frame.locator("figure.chart canvas").first).to_be_visible()
    frame.get_by_role("link", name=re.compile("2026-03-10 –")).click()
    expect(frame.get_by_role("heading", name=re.compile("amount"))).to_be_visible()
    expect(frame.get_by_role("img", name="Distribution of amount, reference and current")).to_be_visible()

    page.goto(f"{base}/windage/monitors/watched/incidents")
    page.get_by_role("link", name=re.compile("amount")).first.click()
    page.get_by_label("Note").fill("the feed changed")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("acknowledged by uma")).to_be_visible()
    page.get_by_label("Reason").fill("known until Friday")
    page.get_by_role("button", name="Silence").click()
    expect(page.get_by_text("known until Friday")).to_be_visible()
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_text("ended by uma")).to_be_visible()
    event = IncidentStore(_database(url)).incidents("watched")[0].events[-1]
    assert (event.kind, event.by, event.note) == ("acknowledged", "uma", "the feed changed")

    page.goto(f"{base}/windage/monitors/watched/labels")
    _press(page, "Enter")
    for number in range(10):
        expect(page.locator(".question")).to_be_visible()
        assert "classifier says" not in page.locator(".question").inner_text()
        _press(page, str(number % 3 + 1))
        expect(page.locator(".progress")).to_contain_text(f"{number + 1} of 20 today")
        expect(page.locator(".answered")).to_contain_text("the classifier said")
    page.locator(".values bdi").first.evaluate("name => { name.textContent = 'a_long_name_'.repeat(9) }")
    widths = page.locator(".values > div").evaluate_all("all => all.map(each => [each.scrollWidth, each.clientWidth])")
    assert all(needed <= there for needed, there in widths)
    _press(page, "u")
    expect(page.locator(".progress")).to_contain_text("9 of 20 today")
    _press(page, "s")
    expect(page.locator(".answered")).to_contain_text("skipped")
    _press(page, "q")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    done = [each for each in ActiveLabelingQueue(url).all_items if each.person == "uma"]
    assert sorted(each.status for each in done) == ["labeled"] * 9 + ["skipped"]
    assert {cookie["name"] for cookie in context.cookies()} >= {"_token", "windage_zone"}


def _press(page: Page, key: str) -> None:
    """A key, and the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press(key)


def _database(url):
    from windage.store.database import Database

    return Database(url)


def test_the_tab_of_a_dag_is_its_monitor_and_links_lead_out_of_the_frame(site, page, passwords):
    base, _ = site
    sign_in(page, base, "vera", passwords["vera"])
    page.goto(f"{base}/dags/watched/plugin/windage_monitor")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="watched")).to_be_visible()
    frame.get_by_role("link", name="DAG", exact=True).click()
    page.wait_for_url(f"{base}/dags/watched")
    expect(page.get_by_role("tab", name="Overview").or_(page.get_by_role("link", name="Overview"))).to_be_visible()


def test_the_tab_of_any_task_instance_is_the_report_of_its_window(site, page, passwords, lived):
    base, _ = site
    sign_in(page, base, "vera", passwords["vera"])
    page.goto(f"{base}/dags/watched/runs/{quote(lived.run_id, safe='')}/tasks/branch_on_critical/plugin/windage_task")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1, name=re.compile("amount"))).to_be_visible()


def test_a_cell_of_the_map_says_its_numbers_and_leads_to_its_window(site, page, passwords):
    base, _ = site
    sign_in(page, base, "vera", passwords["vera"])
    page.goto(f"{base}/windage/monitors/watched")
    heights = "all => all.map(each => each.offsetHeight)"
    rows = page.locator(".heat tbody tr")
    before = rows.evaluate_all(heights)
    page.locator(".heat th a").evaluate_all(
        "all => all.map(each => { each.innerHTML = 'a_long_<wbr>name_<wbr>'.repeat(9) })"
    )
    assert rows.evaluate_all(heights) == before
    cell = page.locator("tr[data-name=amount] td").last
    cell.hover()
    expect(page.locator("#heat-reading")).to_contain_text(
        re.compile(r"2026-03-10 · amount: critical, at least [\d.]+ points")
    )
    page.locator("tr[data-name=length] td.error").last.hover()
    expect(page.locator("#heat-reading")).to_contain_text("length: broken")
    cell.click()
    page.wait_for_url(re.compile("/windows/2026-03-11T00:00:00Z$"))
    expect(page.get_by_role("link", name="‹ 2026-03-09", exact=True)).to_be_visible()  # the day before this window's
    page.go_back()
    page.set_viewport_size({"width": 420, "height": 900})
    page.reload()
    expect(page.locator("tr[data-name=amount] td").last).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Statistic").select_option("move")
    expect(page.locator("figure.tall .reading")).to_contain_text("2026-01-29 to 2026-03-10")
    page.get_by_role("searchbox").fill("leng")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-name=length]")).to_be_visible()
    expect(page.locator("tr[data-name=amount]")).to_have_count(0)


def test_on_a_phone_the_way_out_and_every_gate_are_in_sight(site, page, passwords):
    base, _ = site
    sign_in(page, base, "ada", passwords["ada"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/windage/monitors/watched/policy?try=1&feature_ks.critical=2")
    tops = page.locator("header.top a:visible, nav.tabs a").evaluate_all("all => all.map(each => each.offsetTop)")
    assert max(tops[:5]) - min(tops[:5]) < 20  # one line each
    assert len(set(tops[5:])) == 1
    ends = page.locator(".gates input").evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
    assert max(ends) <= 390


WRITES_DOWN_WHAT_IS_DRAWN = """() => {
  const own = CanvasRenderingContext2D.prototype.fillText;
  window.written = new Map();
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.set(this.canvas, [...(window.written.get(this.canvas) ?? []), text]);
    return own.call(this, text, ...place);
  };
}"""


def test_an_axis_is_written_in_even_steps(site, page, passwords):
    base, _ = site
    sign_in(page, base, "ada", passwords["ada"])
    page.add_init_script(f"({WRITES_DOWN_WHAT_IS_DRAWN})()")
    page.goto(f"{base}/windage/monitors/watched")
    for figure in page.locator("figure[data-source]").all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator("canvas, .none").first).to_be_visible()
    axes = [
        sorted({float(text.removesuffix(" %")) for text in texts if text.endswith(" %")})
        for texts in page.evaluate("[...window.written.values()]")
    ]
    assert len(axes) > 3
    for ticks in filter(None, axes):
        steps = [after - before for before, after in pairwise(ticks)]
        assert max(steps) - min(steps) < 1e-6 * max(steps), ticks


@pytest.mark.parametrize("path", ["/windage/", "/windage/incidents", "/windage/labels"])
def test_on_a_phone_the_header_stays_one_line_where_one_of_its_links_is_bold(site, page, passwords, path):
    base, _ = site
    sign_in(page, base, "ada", passwords["ada"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(base + path)
    tops = page.locator("header.top a:visible").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert max(tops) - min(tops) < 20


PAGES = {
    "overview": "/windage/",
    "open-incidents": "/windage/incidents",
    "queues": "/windage/labels",
    "monitor": "/windage/monitors/watched",
    "report": "/windage/monitors/watched/windows/2026-03-11T00:00:00Z",
    "feature": "/windage/monitors/watched/windows/2026-03-11T00:00:00Z/features/length",
    "categories": "/windage/monitors/watched/windows/2026-03-11T00:00:00Z/features/kind",
    "incidents": "/windage/monitors/watched/incidents",
    "incident": "/windage/monitors/watched/incidents/1",
    "labels": "/windage/monitors/watched/labels",
    "policy": "/windage/monitors/watched/policy",
    "tried": "/windage/monitors/watched/policy?try=1&feature_ks.critical=2",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_its_screen_and_is_open_to_everybody(site, browser, passwords, size, theme):
    """At three widths, light and dark: nothing wider than the screen, no word of a table or badge on two lines, the way to
    Airflow in sight, nothing in the console, no finding of axe's that is serious or worse."""
    base, _ = site
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page, faults = context.new_page(), {}
    sign_in(page, base, "ada", passwords["ada"])
    for name, path in PAGES.items():
        said = []
        page.once("pageerror", lambda error, said=said: said.append(str(error)))
        page.goto(base + path)
        for figure in page.locator("figure[data-source]").all():
            figure.scroll_into_view_if_needed()
            expect(figure.locator("canvas, .none").first).to_be_visible()
        seen(page, f"{name}-{size}-{theme}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        broken = page.evaluate(BROKEN_WORDS)
        way_out = page.locator(".who a").bounding_box()
        is_out_of_sight = way_out["x"] + way_out["width"] > width
        found = Axe().run(page).response["violations"]
        serious = [
            (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        if said or too_wide or broken or is_out_of_sight or serious:
            faults[name] = said, too_wide, broken, is_out_of_sight, serious
    context.close()
    assert faults == {}


def test_the_theme_chosen_in_airflow_is_the_pages_theme(site, page, passwords):
    base, _ = site
    sign_in(page, base, "vera", passwords["vera"])
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.goto(f"{base}/windage/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.evaluate("localStorage.setItem('theme', 'light')")
    page.goto(f"{base}/windage/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_without_scripts_everything_but_the_pictures_is_there(site, browser, page, passwords):
    base, _ = site
    sign_in(page, base, "ada", passwords["ada"])
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{base}/windage/monitors/watched")
    expect(plain.get_by_role("heading", name="Windows with alerts")).to_be_visible()
    numbers = plain.locator("noscript a").first  # by its place: a search for text leaves out what stands in noscript
    expect(numbers).to_have_text("The numbers")
    expect(numbers).to_be_visible()
    plain.goto(f"{base}/windage/monitors/watched/labels")
    plain.get_by_role("button", name=re.compile("Start")).click()
    plain.locator(".answers button").first.click()
    expect(plain.locator(".answered")).to_be_visible()
    context.close()

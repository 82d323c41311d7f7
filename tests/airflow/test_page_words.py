"""Whatever names, labels and people are called, pages show it as text; and with nothing to show they say so."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from histories import record
from web import END
from windage.history.record import Cell
from windage.history.store import HistoryStore
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.partitions.baselines import ReferenceDecisionStore
from windage.reports.index import record_report
from windage.reports.store import ReportStore
from windage.spec.model import MonitorSpec
from windage.vocabulary import (
    CheckResult,
    ClassShiftResult,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    Measurement,
    Outcome,
    PartitionRef,
    TelemetrySnapshot,
    Window,
)

EVIL = "<script>alert('1')</script>\"><img src=x onerror=alert(1)>"
NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def evil(watched):
    """Every name that anybody outside can choose is markup: of features, users, labels, people, and all their notes."""
    database, about = watched.database, record(0)
    spec = MonitorSpec.model_validate(
        {
            "monitor": "evil",
            "description": EVIL,
            "owner": EVIL,
            "start": NOW,
            "log": {
                "location": "log/{start:%Y-%m-%d}", "numeric": [EVIL], "label": "l", "bucket_start": "t",
                "units": {EVIL: EVIL},
            },
            "reference": {"trailing": "28d"},
        }
    )  # fmt: skip
    alert = DriftAlert(
        trigger=DriftTrigger.feature_ks, severity="critical", affected_features=[EVIL], affected_user_ids=[EVIL],
        details={"feature": EVIL, "note": EVIL}, timestamp=NOW,
    )  # fmt: skip
    report = DriftReport(
        monitor="evil", current_window=about.window, alerts=[alert], any_critical=True, summary=EVIL, policy=EVIL,
        class_shift=ClassShiftResult(ref_dist={EVIL: 1.0}, cur_dist={EVIL: 1.0}, max_shift=0, shifted_classes=[EVIL], is_flagged=True),
        telemetry_snapshot=TelemetrySnapshot(timestamp=NOW, total_windows=1, feature_missingness={EVIL: 0.5}, schema_version=EVIL),
    )  # fmt: skip
    location = ReportStore(watched.storage / "reports").write_json(report).report_json
    result = CheckResult(check="numeric_feature", measurements=(Measurement(subject=EVIL, values={"move": 0.1}),))
    kept = record(
        0, monitor="evil", state="critical", headline=EVIL, run_id=EVIL, cells={EVIL: Cell(0.5, "critical")},
        wholes={EVIL: Cell(None, "ok")}, classes={EVIL: 1.0},
    )  # fmt: skip
    indexed = partial(record_report, report=report, location=location)
    HistoryStore(database).keep(kept, [result], spec, beside=indexed)
    incidents = IncidentStore(database)
    seen = WindowFinding(
        subjects=(f"feature {EVIL}",), triggers=(EVIL,), severity="critical", headline=EVIL, features=(EVIL,), users=(EVIL,)
    )  # fmt: skip
    incidents.record(WindowVerdict(monitor="evil", window=about.window, outcome=Outcome.alert, findings=(seen,)))
    incidents.decide(incidents.incidents("evil")[0], "acknowledged", by=EVIL, note=EVIL)
    incidents.silence(
        "evil", until=datetime.now(UTC) + timedelta(days=3), reason=EVIL, by=EVIL, feature=EVIL, trigger=EVIL, user=EVIL
    )
    ActiveLabelingQueue(str(database)).enqueue(
        [
            {"monitor": "evil", "user_id": EVIL, "bucket_start_ts": NOW, "bucket_end_ts": NOW, "predicted_label": EVIL},
        ],
        reason="drift",
    )  # fmt: skip
    _known_to_airflow("evil")
    return "evil"


def _known_to_airflow(name, *, is_paused=False):
    """A DAG of that name, without which no list shows the monitor."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.merge(DagModel(dag_id=name, bundle_name="testing", is_paused=is_paused))


@pytest.mark.parametrize("path", ["/", "/incidents", "/labels"])
def test_nor_in_the_lists_of_all_monitors(person, evil, path):
    text = person("ada").get(f"/windage{path}").text
    assert "evil" in text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert not re.search(r"<img[^>]*onerror", text)


@pytest.mark.parametrize(
    "path",
    ["", "?find={evil}", "/windows/2026-03-03T00:00:00Z", "/incidents", "/incidents/1", "/labels", "/policy",
     "/policy?try=1&{evil}=2", "/windows/2026-03-03T00:00:00Z/features/{evil}", "/incidents/99"],
)  # fmt: skip
def test_nothing_from_outside_becomes_markup(person, evil, path):
    ada, page = person("ada"), f"/windage/monitors/evil{path.format(evil=quote(EVIL, safe=''))}"
    if path == "/labels":
        ada.post(f"{page}/next", page=page)
    text = ada.get(page).text
    assert "<script>alert" not in text
    assert not re.search(r"<img[^>]*onerror", text)
    assert not re.search(r"<[^>]*alert\(1\)[^>\"]*>", re.sub(r'"[^"]*"', '""', text)), "markup out of its quotes"
    if path in ("", "/incidents", "/incidents/1", "/labels", "/windows/2026-03-03T00:00:00Z"):
        assert "&lt;script&gt;" in text


def test_the_critical_incident_comes_before_a_newer_warning(person, watched):
    incidents, about = IncidentStore(watched.database), record(0)
    for name, severity, days in (("old", "critical", (300,)), ("new", "warning", (301, 302))):
        seen = WindowFinding(
            subjects=(f"feature {name}",), triggers=("frozen",), severity=severity, headline=f"{name} froze."
        )
        for day in days:
            window = about.window.model_copy(
                update={each: getattr(about.window, each) + timedelta(days=day) for each in ("start", "end")}
            )
            incidents.record(
                WindowVerdict(monitor=watched.monitor, window=window, outcome=Outcome.alert, findings=(seen,))
            )
    text = person("vera").get(f"/windage/monitors/{watched.monitor}/incidents").text
    assert 0 < text.index("old froze.") < text.index("new froze.")


def test_json_is_never_taken_for_a_page(person, evil):
    answer = person("vera").get("/windage/api/v1/monitors/evil/windows/2026-03-03T00:00:00Z")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    download = person("vera").get("/windage/monitors/evil/windows/2026-03-03T00:00:00Z/drift_report.html")
    assert download.headers["Content-Disposition"].startswith("attachment;")


def test_the_report_in_the_frame_is_the_report_in_the_file(person, watched):
    """One rendering code: what the page shows stands in the file that can be taken away, word for word."""
    vera, at = person("vera"), f"/windage/monitors/{watched.monitor}/windows/2026-03-11T00:00:00Z"
    page, file = vera.get(at).text, vera.get(f"{at}/drift_report.html").text

    def words(text):
        text = re.sub(r"<(script|style)\b.*?</\1>|<wbr>", "", text, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", text).split())

    body = words(file[file.index("<header>") : file.index("<footer>")])
    assert body in words(page)
    stored = vera.get(f"{at}/drift_report.json")
    assert DriftReport.model_validate_json(stored.content).any_critical
    assert "amount" in body


def test_a_quiet_feature_has_its_picture_too_and_a_categorical_one_its_shares(person, watched):
    vera, at = person("vera"), f"/windage/monitors/{watched.monitor}/windows/2026-03-11T00:00:00Z"
    text = vera.get(f"{at}/features/length").text
    assert "Distribution of length, reference and current" in text
    assert "KS at" in text
    for name in ("length", "kind"):
        assert f'href="{at}/features/{name}"' in vera.get(at).text.replace("%3A", ":")
    rows = re.findall(
        r"<bdi>(new|used)</bdi></th><td>([\d.]+).*?</td><td>([\d.]+)", vera.get(f"{at}/features/kind").text
    )
    assert sorted(name for name, *_ in rows) == ["new", "used"]
    assert [sum(float(row[k]) for row in rows) for k in (1, 2)] == pytest.approx([100, 100], abs=0.2)
    assert vera.get(f"{at}/features/nonsense").status_code == 404


def test_a_monitor_opens_on_the_feature_and_the_check_that_alerted_last(person, watched):
    history, values = HistoryStore(watched.database), {"effect": 0.2}
    results = [
        CheckResult(check=name, measurements=tuple(Measurement(subject=each, values=values) for each in ("amount", "length")))
        for name in ("missingness", "numeric_feature")
    ]  # fmt: skip
    cells = {"amount": Cell(0.9, "critical"), "length": Cell(0.1, "critical")}
    for day, alerted in ((9, {"length": {"missingness": "critical"}}), (10, {})):
        after = record(day, monitor=watched.monitor, cells=cells, alerted=alerted)
        history.keep(after, results, history.spec(watched.monitor))
    vera, home = person("vera"), f"/windage/monitors/{watched.monitor}"
    assert "timeline?check=missingness&amp;subject=length" in vera.get(home).text
    assert "timeline?check=numeric_feature&amp;subject=amount" in vera.get(f"{home}?find=amount").text


def test_where_windows_are_missing_the_map_and_the_strip_say_so(person, watched):
    history = HistoryStore(watched.database)
    for day in (9, 10, 15):
        history.keep(record(day, monitor=watched.monitor), [], history.spec(watched.monitor))
    page = person("vera").get(f"/windage/monitors/{watched.monitor}").text
    assert "no window 2026-03-13 – 2026-03-17" in page
    heat = page[page.index('<table class="heat"') : page.index("</table>")]
    assert len(re.findall('<td class="?gap', heat)) == heat.count("</tr>")
    assert "no window 2026-03-13 – 2026-03-17" in person("vera").get("/windage/").text


def test_with_nothing_to_show_pages_say_so(person, watched, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    vera = person("vera")
    assert "No windows judged yet" in vera.get("/windage/").text
    assert "No open incidents" in vera.get("/windage/incidents").text
    assert "Nothing to label" in vera.get("/windage/labels").text
    missing = vera.get(f"/windage/monitors/{watched.monitor}")
    assert missing.status_code == 404
    assert "has not judged a window yet" in missing.text


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (timedelta(days=7, hours=3), "in 7 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(hours=47, minutes=59), "in 47 h"),
        (timedelta(minutes=59), "in 59 min"),
        (timedelta(milliseconds=1), "in 0 s"),
        (-timedelta(days=30), "30 days ago"),
    ],
)
def test_when_a_monitor_runs_next_is_told_in_one_unit(after, told):
    from windage.airflow.ui.shell import ago

    assert ago(NOW + after, NOW) == told


def test_a_dag_that_is_paused_and_a_monitor_without_channels_say_so(person, evil):
    ada = person("ada")
    before = ada.get("/windage/").text.count(">paused<")
    _known_to_airflow("evil", is_paused=True)
    assert ada.get("/windage/").text.count(">paused<") == before + 1
    assert "Nobody: the monitor has no on_call channel." in ada.get("/windage/monitors/evil/incidents/1").text


def test_who_may_only_look_is_told_so_and_offered_nothing(person, watched):
    vera, home = person("vera"), f"/windage/monitors/{watched.monitor}"
    for page in ("/incidents", "/incidents/1", "/labels"):
        text = vera.get(home + page).text
        assert 'method="post"' not in text
        assert "You can view this monitor but not change it" in text


def test_gates_are_tried_and_nothing_is_changed(person, watched):
    vera, page = person("vera"), f"/windage/monitors/{watched.monitor}/policy"
    text = vera.get(f"{page}?try=1&feature_ks.critical=2&feature_ks.warning=2").text
    assert "No longer alerting" in text
    assert "2026-03-10" in text
    assert "warning: 2.0" in text
    assert vera.get(f"{page}?try=1&feature_ks.critical=much").status_code == 422
    assert vera.get(f"{page}?try=1&nonsense.critical=1").status_code == 422
    assert vera.get(f"{page}?try=1&critical_scale=0").status_code == 422
    assert "In the last" not in vera.get(page).text


def test_a_gate_that_asks_whether_says_yes_and_one_that_asks_how_much_says_its_limit(person, watched):
    text = person("vera").get(f"/windage/monitors/{watched.monitor}/policy").text
    rows = [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row)] for row in text.split("<tr>")]
    in_force = {row[3]: row[5] for row in rows if len(row) > 5}
    assert in_force["frozen"] == in_force["users emptied"] == "yes"
    assert in_force["times, at least"] == "2"


def test_an_incident_says_what_it_was_when_it_opened(person, watched):
    store, page = IncidentStore(watched.database), f"/windage/monitors/{watched.monitor}/incidents/1"
    before = store.incidents(watched.monitor)[0]
    happened = 'id="happened"'
    former = before.latest.headline.split("`")[2]
    assert former not in person("ada").get(page).text.partition(happened)[2].partition("</ol>")[0]
    later = Window(start=before.last.end, end=before.last.end + timedelta(days=1))
    gone = before.latest.model_copy(update={"headline": "`amount` is gone."})
    store.record(WindowVerdict(monitor=watched.monitor, window=later, outcome=Outcome.alert, findings=(gone,)))
    text = person("ada").get(page).text
    assert "is gone." in text.partition(happened)[0]
    assert former.split(";")[0][:20] in text.partition(happened)[2].partition("</ol>")[0]


def test_what_was_decided_about_references_is_told_with_what_holds_no_more(person, watched, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__WINDAGE__STORAGE", str(tmp_path))
    page = f"/windage/monitors/{watched.monitor}/policy"
    assert "None: references are as the monitor" in person("ada").get(page).text
    store = ReferenceDecisionStore(str(tmp_path), watched.monitor)
    weeks = [Window(start=NOW - timedelta(days=7 * k), end=NOW - timedelta(days=7 * k - 7)) for k in (3, 2, 1)]
    parts = [PartitionRef(period=weeks[0], files=(), fingerprint="x")]
    promote = partial(store.promote, partitions=parts, by="ben")
    promote(weeks[0], reason="the <i>first</i> model", at=NOW)
    promote(weeks[1], reason="the second model", at=NOW + timedelta(hours=1))
    store.exclude(weeks[2], reason="a strike", by="ben", at=NOW + timedelta(hours=2))
    store.withdraw(weeks[1], reason="a mistake", by="ann", at=NOW + timedelta(hours=3))
    text = person("ada").get(page).text
    told = [
        re.sub(r"<[^>]+>", "", each)
        for each in re.findall(r"<li>.*?</li>", text[text.index('id="decisions"') :], re.DOTALL)
    ]
    assert [re.search(r"withdrawn|excluded|baseline \d", each)[0] for each in told] == [
        "withdrawn", "excluded", "baseline 2", "baseline 1",
    ]  # fmt: skip
    assert ["withdrawn" in each for each in told] == [True, False, True, False]
    assert ("a mistake" in told[0], "ann" in told[0]) == (True, True)
    assert "&lt;i&gt;first" in told[3]
    (Path(store.folder) / "000009-torn.json").write_text("{")
    text = person("ada").get(page).text
    assert "is not a valid baselines file" in text
    assert "Adjusted p below" in text


def test_a_window_judged_before_the_monitors_columns_changed_says_why_there_is_no_picture(person, watched):
    history = HistoryStore(watched.database)
    spec = history.spec("watched")
    (kept,) = history.records("watched")
    log = spec.log.model_copy(update={"numeric": (*spec.log.numeric, "tenure")})
    history.keep(kept, [], spec.model_copy(update={"log": log}))
    page = person("ada").get(f"/windage/monitors/watched/windows/{END}/features/kind")
    assert page.status_code == 200
    assert "This window has no profiles of the columns that the monitor has now" in page.text


def test_a_report_is_found_after_the_storage_has_moved(person, watched):
    page = f"/windage/monitors/watched/windows/{END}"
    before = person("ada").get(f"{page}/drift_report.json").json()
    with watched.database.writing() as connection:
        record_report(connection, DriftReport.model_validate(before), location="/former/storage/drift_report.json")
    assert person("ada").get(f"{page}/drift_report.json").json() == before


def test_of_windows_that_end_together_the_shortest_names_the_others(person, watched, tmp_path):
    ada, page = person("ada"), f"/windage/monitors/watched/windows/{END}"
    assert "Other windows end then" not in ada.get(page).text
    day = DriftReport.model_validate(ada.get(f"{page}/drift_report.json").json())
    week = Window(start=day.current_window.end - timedelta(days=7), end=day.current_window.end)
    report = day.model_copy(update={"current_window": week, "current_rows": 7007})
    written = ReportStore(str(tmp_path)).write_json(report)
    with watched.database.writing() as connection:
        record_report(connection, report, location=written.report_json)
    begins = f"?from={week.start:%Y-%m-%dT%H:%M:%SZ}"
    text = ada.get(page).text
    assert f'href="{page}{begins}">2026-03-04 – 2026-03-11 UTC (7 days)</a>' in text
    assert "7\u202f007" not in text
    longer = ada.get(f"{page}{begins}").text
    assert "7\u202f007" in longer
    assert f"?from={day.current_window.start:%Y-%m-%dT%H:%M:%SZ}" in longer
    for address in re.findall(rf'href="({page}/[^"]+{re.escape(begins)})"', longer):
        assert ada.get(address).status_code == 200
    assert ada.get(f"{page}/drift_report.json{begins}").json()["current_rows"] == 7007
    assert ada.get(f"{page}?from=2026-03-01").status_code == 404

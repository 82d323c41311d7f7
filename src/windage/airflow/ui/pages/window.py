"""The stored report of a window, in the frame of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, NamedTuple
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from windage.airflow.links import moment
from windage.airflow.settings import reports_of, storage_of
from windage.airflow.ui.access import SEE
from windage.airflow.ui.shell import At, database, home_of, monitor, page
from windage.files import read_bytes
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore
from windage.judging.job import WindowJob
from windage.profiles.picture import picture
from windage.profiles.window import Profiles
from windage.reports.document import from_json
from windage.reports.html import render_body, render_html
from windage.reports.index import ReportIndex
from windage.reports.pictures.charts import draw_feature, figure_svg
from windage.reports.store import ReportStore
from windage.reports.tables import ShareRow, share_rows
from windage.spec.model import MonitorSpec
from windage.vocabulary import DriftReport, Window

router = APIRouter(dependencies=SEE)
INSTANT = timedelta(microseconds=1)
GONE = (
    "This window has no profiles of the columns that the monitor has now: these or the window's partitions changed after it "
    "was judged, or the profiles were removed. windage replay --profile makes them again."
)


class Shares(NamedTuple):
    """The shares of a feature's categories in the reference and now: each frequent one, the ``rest``, and missing values."""

    rows: list[ShareRow]
    rest: tuple[float, float]
    missing: tuple[float, float]


Begins = Annotated[
    At | None,
    Query(alias="from", description="The window's beginning, where several end together; default: the shortest."),
]


def report_of(dag_id: str, window_end: At, begins: Begins = None) -> DriftReport:
    """The report of the window that ends at ``window_end``.

    Raises:
        HTTPException: 404, there is no such report.
    """
    content, location = _stored(dag_id, window_end, begins)
    return from_json(content, location=location)


def _stored(dag_id: str, window_end: At, begins: Begins) -> tuple[bytes, str]:
    """The report's JSON and its location: where it was written, or else in the storage that the monitor has now."""
    until = ReportIndex(database()).ending_at(dag_id, window_end)
    entry = next((each for each in until if begins in (None, each.window.start)), None)
    location, content = "", None
    if entry is not None and (content := read_bytes(location := entry.location)) is None:
        location = ReportStore(reports_of(monitor(dag_id))).location_of(dag_id, entry.window)
        content = read_bytes(location)
    if content is None:
        raise HTTPException(404, f"{dag_id} has no report for a window with this end.")
    return content, location


@router.get("/monitors/{dag_id}/windows/{window_end}")
def one_window(request: Request, user: GetUserDep, dag_id: str, window_end: At, begins: Begins = None) -> HTMLResponse:
    """The whole report, and links to the previous and next windows and to others that end with this one."""
    report, end = report_of(dag_id, window_end, begins), window_end
    spec, history = monitor(dag_id), HistoryStore(database())
    before, after = history.beside(dag_id, end)
    ended = history.records(dag_id, Window(start=end - INSTANT, end=end))
    incidents = enumerate(IncidentStore(database()).incidents(dag_id), start=1)
    home = f"{request.scope.get('root_path', '')}{home_of(dag_id)}/windows/{moment(end)}"
    this = "" if begins is None else f"?from={moment(begins)}"
    return page(
        request,
        user,
        "window.html.j2",
        spec=spec,
        report=report,
        body=render_body(
            report,
            json_at=f"{home}/drift_report.json{this}",
            features_at={
                name: f"{home}/features/{quote(name, safe='')}{this}"
                for name in (*spec.log.numeric, *spec.log.categorical)
            },
        ),
        end=end,
        this=this,
        before=before,
        after=after,
        until=[
            each.window
            for each in ReportIndex(database()).ending_at(dag_id, end)
            if each.window != report.current_window
        ],
        incidents=[(number, each) for number, each in incidents if each.first.end <= end <= each.last.end],
        record=next((each for each in ended if each.window == report.current_window), None),
    )


@router.get("/monitors/{dag_id}/windows/{window_end}/drift_report.json")
def report_json(dag_id: str, window_end: At, begins: Begins = None) -> Response:
    """The report's JSON, byte for byte as stored."""
    return _download(_stored(dag_id, window_end, begins)[0], dag_id, window_end, "json", "application/json")


@router.get("/monitors/{dag_id}/windows/{window_end}/drift_report.html")
def report_html(dag_id: str, window_end: At, begins: Begins = None) -> Response:
    """The report as one self-contained file."""
    content = render_html(report_of(dag_id, window_end, begins)).encode()
    return _download(content, dag_id, window_end, "html", "text/html")


@router.get("/monitors/{dag_id}/windows/{window_end}/features/{feature:path}")
def one_feature(
    request: Request, user: GetUserDep, dag_id: str, window_end: At, feature: str, begins: Begins = None
) -> HTMLResponse:
    """A feature's distributions in the reference and now, from cached profiles, even if nothing alerted."""
    spec, report = monitor(dag_id), report_of(dag_id, window_end, begins)
    drawing, shares, why = None, None, ""
    if feature in spec.log.categorical:
        shares, why = _shares(spec, report, feature)
    else:
        drawing, why = _drawing(spec, report, feature)
    return page(
        request,
        user,
        "feature.html.j2",
        spec=spec,
        report=report,
        feature=feature,
        end=window_end,
        this="" if begins is None else f"?from={moment(begins)}",
        drawing=drawing,
        shares=shares,
        why=why,
    )


def _drawing(spec: MonitorSpec, report: DriftReport, feature: str) -> tuple[Markup | None, str]:
    """The picture, or the reason why there is none."""
    drawn = report.pictures.get(feature)
    if drawn is None:
        if feature not in spec.log.numeric:
            raise HTTPException(404, f"{feature} is not a feature of {spec.monitor}.")
        profiles = _profiles(spec, report)
        if profiles is None:
            return None, GONE
        before, now = (each.numeric.get(feature) for each in profiles)
        if before is None or now is None or not (before.finite and now.finite):
            return None, "One of the windows has no values of this feature."
        drawn = picture(before, now)
    return Markup(figure_svg(draw_feature(feature, drawn, titled=False))), ""  # noqa: S704 — escaped by figure_svg


def _shares(spec: MonitorSpec, report: DriftReport, feature: str) -> tuple[Shares | None, str]:
    """The shares of a feature's categories, or the reason why they are unknown."""
    profiles = _profiles(spec, report)
    if profiles is None:
        return None, GONE
    before, now = (each.categorical.get(feature) for each in profiles)
    if before is None or now is None:
        return None, "One of the windows does not have this feature."
    rest = [each.other / each.known if each.known else 0.0 for each in (before, now)]
    missing = [each.missing_share for each in (before, now)]
    return Shares(share_rows(before.shares(), now.shares()), (rest[0], rest[1]), (missing[0], missing[1])), ""


def _profiles(spec: MonitorSpec, report: DriftReport) -> Profiles | None:
    """The two profiles that the report compared, from the cache; None if they are no longer there."""
    if report.current_window is None:
        return None
    job = WindowJob(spec, storage=storage_of(spec))
    plan = job.plan(report.current_window)
    return None if job.profiler.missing(plan.partitions) else job.windows(plan)


def _download(content: bytes, dag_id: str, window_end: At, ending: str, kind: str) -> Response:
    name = f"{dag_id}-{window_end:%Y-%m-%dT%H-%M}Z.{ending}"
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )

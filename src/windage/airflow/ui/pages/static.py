"""Style sheets, scripts and icons; only files of the package are served."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response

from windage.reports.html import style_sheet

router = APIRouter()
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@router.get("/static/{name}")
def static(name: str) -> Response:
    found = _files().get(name)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    content, kind = found
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=300"})


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """The content and media type of every served file, by name."""
    own = {
        each.name: (each.read_bytes(), KINDS[each.name.rpartition(".")[2]])
        for each in (files("windage.airflow.ui") / "static").iterdir()
        if each.name.rpartition(".")[2] in KINDS
    }
    sheets = {name: (style_sheet(name).encode(), KINDS["css"]) for name in ("tokens.css", "report.css")}
    return {**own, **sheets}

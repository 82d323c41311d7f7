"""Builders of windows, monitors and records of a small history."""

from datetime import UTC, datetime, timedelta

from windage.history.record import Cell, Line, WindowRecord
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

FIRST = datetime(2026, 3, 2, tzinfo=UTC)


def window(day):
    return Window(start=FIRST + timedelta(days=day), end=FIRST + timedelta(days=day + 1))


def spec(monitor="m", **about):
    return MonitorSpec.model_validate(
        {
            "monitor": monitor,
            "description": f"of {monitor}",
            "start": FIRST,
            "log": {"location": "log/{start:%Y-%m-%d}", "numeric": ["x", "y"], "label": "label"},
            "reference": {"trailing": "28d"},
            **about,
        }
    )


def record(day, *, monitor="m", state="ok", **about):
    given = {
        "rows": 100 + day,
        "run_id": f"run-{day}",
        "headline": "Nothing moved.",
        "lines": {"rows": Line(100.0 + day), "estimated_accuracy": Line(0.8, 0.7, 0.9)},
        "classes": {"a": 0.25, "b": 0.75},
        "wholes": {"reject_rate": Cell(0.01, "ok")},
        "cells": {"x": Cell(0.25, state), "y": Cell(None, "unknown")},
        **about,
    }
    return WindowRecord(monitor=monitor, window=window(day), state=state, n_alerts=int(state != "ok"), **given)

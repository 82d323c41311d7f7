"""Details added to alerts. A failure to find them does not cost the alert."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from windage.errors import DataError, TransientError
from windage.vocabulary import DriftAlert, DriftReport

log = logging.getLogger(__name__)
T = TypeVar("T")


def detail_of(alert: DriftAlert, find: Callable[[DriftAlert], T]) -> T | None:
    """``find(alert)``, or None if it fails, which is logged.

    Raises:
        TransientError: rows could not be read; a retry may help.
    """
    try:
        return find(alert)
    except TransientError:
        raise
    except DataError:  # some partition's rows have no such column
        log.warning("details of alert %s are unknown", alert.trigger, exc_info=True)
    except Exception:  # whatever breaks here must not cost the alert itself
        log.exception("details of alert %s could not be added", alert.trigger)
    return None


def with_units(report: DriftReport, units: Mapping[str, str]) -> DriftReport:
    """The report with the feature's unit in the details of each alert, if the log gives one."""
    alerts = [
        each.model_copy(update={"details": {**each.details, "unit": units[each.affected_features[0]]}})
        if each.affected_features and each.affected_features[0] in units
        else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})

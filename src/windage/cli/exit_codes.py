"""Exit codes, for scripts and schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport

QUIET = 0
CRITICAL = 1
BROKEN = 2
INTERRUPTED = 130

OF_A_VERDICT = """\
exit codes:
  0  no critical drift
  1  critical drift
  2  undecided or failed: a check was unknown or failed and none was critical,
     or the input was invalid"""

OF_A_TASK = """\
exit codes:
  0  done
  2  failed: the input was invalid, or something could not be read or written"""


def of_report(report: DriftReport) -> int:
    """The exit code of a report: critical drift takes precedence, then anything that could not be judged, then quiet."""
    if report.any_critical:
        return CRITICAL
    return BROKEN if report.lacking or not report.of_rows or _left_open(report) else QUIET


def _left_open(report: DriftReport) -> bool:
    """Whether any check, or any subject of a check, was not judged."""
    checks = report.of_rows.values()
    return any(each.outcome in ("unknown", "error") or each.unknown or each.errors for each in checks)

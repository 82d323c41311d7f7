"""Label requests as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from windage.cli.screen import WIDE, Screen, name, table
from windage.labeling.request import LabelRequest
from windage.reports.formats import number, plural

SHORT_ID = 8
_STYLES = {"pending": "yellow", "labeled": "green", "skipped": "dim"}


def print_requests(requests: Sequence[LabelRequest], every: Sequence[LabelRequest], *, all_statuses: bool) -> None:
    """``requests`` in full, and how many there are besides."""
    screen = Screen()
    n_waiting = sum(one.status == "pending" for one in every)
    if requests:
        screen.print(_table(requests, wide=screen.width >= WIDE, all_statuses=all_statuses))
        screen.print()
    shown = f"{plural(len(requests), 'request')} shown, {n_waiting} waiting, {len(every) - n_waiting} answered"
    held_back = not all_statuses and len(requests) < n_waiting
    screen.say((f"{shown}; a day's share limits what is asked" if held_back else shown, "dim"))


def _table(requests: Sequence[LabelRequest], *, wide: bool, all_statuses: bool) -> object:
    headers = ["Id", "User", "Bucket (UTC)", "Predicted", "Conf."]
    headers += ["Status", "Label"] if all_statuses else ["Why"]
    headers += ["Monitor"] if wide else []
    made = table(*headers, right=("Conf.",))
    made.columns[0].no_wrap = made.columns[2].no_wrap = True
    for one in requests:
        row: list[Text | str] = [
            one.request_id if wide else one.request_id[:SHORT_ID],
            name(one.user_id, most=24),
            f"{one.bucket_start_ts:%Y-%m-%d %H:%M}",
            name(one.predicted_label or "–", most=20),
            "–" if one.confidence is None else number(one.confidence),
        ]
        if all_statuses:
            row += [Text(one.status, style=_STYLES[one.status]), name(one.label or "–", most=20)]
        else:
            row.append(one.reason.replace("_", " "))
        if wide:
            row.append(name(one.monitor or "–", most=24))
        made.add_row(*row)
    return made

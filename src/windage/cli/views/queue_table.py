"""Label requests as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from windage.cli.views.screen import WIDE, Screen, name, table
from windage.labeling.request import ANSWERS, OPEN, LabelRequest
from windage.reports.formats import number, percent, plural
from windage.vocabulary import RealisedPerformance

SHORT_ID = 8
_STYLES = {"pending": "yellow", "leased": "cyan", "labeled": "green", "skipped": "dim", "expired": "dim"}


def print_requests(
    requests: Sequence[LabelRequest], every: Sequence[LabelRequest], *, all_statuses: bool, limit: int | None
) -> None:
    """Print ``requests``, of which at most ``limit`` were asked for, and counts of ``every`` request."""
    screen = Screen()
    n_waiting = sum(one.status in OPEN for one in every)
    n_answered = sum(one.status in ANSWERS for one in every)
    if requests:
        screen.print(_table(requests, wide=screen.width >= WIDE, all_statuses=all_statuses))
        screen.print()
    shown = f"{plural(len(requests), 'request')} shown, {n_waiting} waiting, {n_answered} answered"
    if not all_statuses and len(requests) < n_waiting and len(requests) != limit:
        shown += "; daily limit (--status all shows all)"
    screen.say((shown, "dim"))


def print_leased(requests: Sequence[LabelRequest], person: str) -> None:
    """Print the requests leased to a person, and until when, without the classifier's answers, which would become theirs."""
    screen = Screen()
    if not requests:
        screen.print(f"No waiting requests for {person}, or the daily limit is reached.")
        return
    screen.print(_table(requests, wide=screen.width >= WIDE, all_statuses=False, hides_guess=True))
    until = max(one.leased_until for one in requests if one.leased_until is not None)
    screen.say((f"{plural(len(requests), 'request')} reserved for {person} until {until:%H:%M} UTC", "dim"))


def _table(requests: Sequence[LabelRequest], *, wide: bool, all_statuses: bool, hides_guess: bool = False) -> Table:
    headers = ["Id", "User", "Bucket (UTC)", *([] if hides_guess else ["Predicted", "Conf."])]
    headers += ["Status", "Label"] if all_statuses else ["Why"]
    headers += ["Monitor"] if wide else []
    made = table(*headers, right=("Conf.",))
    made.columns[0].no_wrap = made.columns[2].no_wrap = True
    for one in requests:
        row: list[Text | str] = [
            one.request_id if wide else one.request_id[:SHORT_ID],
            name(one.user_id, most=24),
            f"{one.bucket_start_ts:%Y-%m-%d %H:%M}",
        ]
        if not hides_guess:
            row += [
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


def print_performance(found: RealisedPerformance, statuses: Mapping[str, int]) -> None:
    """Print the number of requests by status, and the classifier's performance by the labels."""
    screen = Screen()
    screen.print(", ".join(f"{count} {status}" for status, count in statuses.items()) or "No requests yet.")
    if found.left_out:
        screen.say((f"{plural(found.left_out, 'label')} left out: no prediction or inclusion probability", "dim"))
    if found.accuracy is None or found.accuracy_interval is None or found.macro_f1_interval is None:
        screen.print("No labels yet to measure accuracy with.")
        return
    rows = (
        ("accuracy", percent(found.accuracy), *map(percent, found.accuracy_interval)),
        ("macro-F1", number(found.macro_f1), *map(number, found.macro_f1_interval)),
    )
    made = table("", "Estimate", "from", "to", right=("Estimate", "from", "to"))
    for row in rows:
        made.add_row(*row)
    screen.print(made)
    by = f"{plural(found.rows, 'label')} of {plural(found.users, 'user')}"
    screen.say((f"95 % intervals from {by}, weighted by each row's probability of being asked about", "dim"))

"""A program that the tests run: many processes write to one store at once, or a writer is killed again and again.

    python crowd.py enqueue|append|open|claim|send|lease PLACE PROCESSES EACH     EACH writes by each of PROCESSES at once
    python crowd.py killed-enqueue|killed-append|killed-claim PLACE TIMES         kill a writer TIMES times, check after each

It forks after everything is imported and, except for open, after the parent has used the store.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from windage.incidents.delivery import Delivery
from windage.incidents.model import Told, WindowFinding, WindowVerdict
from windage.incidents.outbox import Outbox
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.message import Message
from windage.reports.index import ReportIndex
from windage.store.database import Database
from windage.telemetry import TelemetryStore
from windage.vocabulary import Outcome, TelemetrySnapshot, Window

START = datetime(2026, 3, 1, tzinfo=UTC)


OF_ONE_MONITOR = 20


def bucket_start(number: int) -> datetime:
    return START + timedelta(minutes=number)


def bucket(number: int) -> dict[str, object]:
    start = bucket_start(number)
    return {"user_id": f"u{number % 7}", "bucket_start_ts": start, "bucket_end_ts": start + timedelta(minutes=1)}


def snapshot(number: int, *, writer: int = 0) -> TelemetrySnapshot:
    return TelemetrySnapshot(
        timestamp=START + timedelta(minutes=number), total_windows=number, suggestions_per_day=writer
    )


def enqueue(place: str, each: int) -> Callable[[int], int]:
    """Writer k enqueues [25k, 25k + each), which overlaps with its neighbours, five at a time; returns how many were new."""
    queue = ActiveLabelingQueue(place)
    queue.enqueue_drift([])

    def write(writer: int) -> int:
        numbers = list(range(25 * writer, 25 * writer + each))
        random.Random(writer).shuffle(numbers)  # noqa: S311
        return sum(queue.enqueue_drift(list(map(bucket, numbers[k : k + 5]))) for k in range(0, each, 5))

    return write


def append(place: str, each: int) -> Callable[[int], int]:
    store = TelemetryStore(place)
    store.read_recent()

    def write(writer: int) -> int:
        for number in range(each):
            store.append(snapshot(number, writer=writer))
        return each

    return write


def open_first(place: str, each: int) -> Callable[[int], int]:
    """Every writer opens the database, which nobody has used before; returns how many reads found it empty."""

    def write(writer: int) -> int:
        return sum(len(ReportIndex(Database(place)).latest("flights", limit=1)) == 0 for _ in range(each))

    return write


def verdict(number: int) -> WindowVerdict:
    """Twenty features are missing in every window; each is an incident of its own."""
    window = Window(start=START + timedelta(days=number), end=START + timedelta(days=number + 1))
    gone = [
        WindowFinding(subjects=(f"feature {k}",), triggers=("missingness",), severity="critical", headline="it is gone")
        for k in range(20)
    ]
    return WindowVerdict(monitor="m", window=window, outcome=Outcome.alert, findings=tuple(gone))


def alone(number: int) -> WindowVerdict:
    """A different feature is missing in every window, so that each opens an incident; a monitor has twenty windows."""
    full = verdict(number % OF_ONE_MONITOR)
    gone = full.findings[0].model_copy(update={"subjects": (f"feature {number}",)})
    return full.model_copy(update={"findings": (gone,), "monitor": f"m{number // OF_ONE_MONITOR}"})


def message(news: Sequence[Told]) -> list[Delivery]:
    return [
        Delivery(
            delivery_id=each.told_id,
            monitor=each.monitor,
            channel={"kind": "webhook"},
            receiver="webhook",
            message=Message(event="drift", text="it is gone", key=each.told_id, incident=each.incident_key),
            incidents=(each.incident_key,),
            due_at=START,
            created_at=START,
        )
        for each in news
    ]


def claim(place: str, each: int) -> Callable[[int], int]:
    """Every writer judges the same windows in its own order; returns how many pieces of news it claimed."""
    store = IncidentStore(Database(place))
    store.incidents("m")

    def write(writer: int) -> int:
        numbers = list(range(each))
        random.Random(writer).shuffle(numbers)  # noqa: S311
        return sum(len(store.claim(verdict(number), at=START, route=message)) for number in numbers)

    return write


def send(place: str, each: int) -> Callable[[int], int]:
    """Every writer sends what is due; returns how many messages it sent."""
    outbox = Outbox(Database(place))
    outbox.put(
        message([Told(monitor="m", kind="opened", subjects=(f"{k}",), window=verdict(k).window) for k in range(each)])
    )

    def write(_writer: int) -> int:
        sent = 0
        while batch := outbox.lease(at=START):
            outbox.delivered(batch, at=START)
            sent += len(batch)
        return sent

    return write


def lease(place: str, each: int) -> Callable[[int], int]:
    """Every writer leases requests until there are none left; returns how many it holds."""
    queue = ActiveLabelingQueue(place, 10**6)
    queue.enqueue_drift([bucket(number) for number in range(each)])

    def write(writer: int) -> int:
        held = 0
        while given := queue.lease(f"person {writer}", limit=held + 5):
            if len(given) == held:
                break
            held = len(given)
        return held

    return write


def all_at_once(processes: int, write: Callable[[int], int]) -> int:
    """Start all writers at the same moment; returns the sum of their results."""
    gate_out, gate_in = os.pipe()
    results, report = os.pipe()
    children = []
    for writer in range(processes):
        child = os.fork()
        if child == 0:
            os.close(gate_in)
            os.read(gate_out, 1)
            os.write(report, f"{write(writer)}\n".encode())
            os._exit(0)
        children.append(child)
    os.close(gate_in)
    os.close(report)
    codes = [os.waitpid(child, 0)[1] for child in children]
    if any(codes):
        sys.exit(f"writers ended with {codes}")
    with os.fdopen(results) as file:
        return sum(map(int, file))


def killed(times: int, write: Callable[[int], object]) -> Iterator[int]:
    """Kill a writer ``times`` times; yields how many writes it had acknowledged. The next writer continues after them."""
    random_ = random.Random(times)  # noqa: S311
    write(0)  # so that every fork inherits what a first write prepares
    done = 1
    for _ in range(times):
        written, report = os.pipe()
        child = os.fork()
        if child == 0:
            for number in range(done, sys.maxsize):
                write(number)
                os.write(report, b".")
        os.close(report)
        done += len(os.read(written, 1))  # it has started, and is killed during one of its next writes
        for _ in range(random_.randrange(5)):
            done += len(os.read(written, 1))
        for _ in range(random_.randrange(20_000)):
            pass
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] != signal.SIGKILL:
            sys.exit("the writer ended before it was killed")
        while rest := os.read(written, 4096):
            done += len(rest)
        os.close(written)
        yield done


def killed_enqueue(place: str, times: int) -> int:
    queue, before = ActiveLabelingQueue(place), 0
    for done in killed(times, lambda number: queue.enqueue_drift([bucket(number)])):
        since = Window(start=bucket_start(before), end=bucket_start(done + 10))
        _must_be(before + len(queue.of_period(None, since)), done)
        before = done
    _must_be(len(queue.all_items), done)
    queue.enqueue_drift([bucket(number) for number in range(done + 10)])
    return done


def killed_claim(place: str, times: int) -> int:
    """A verdict, its incidents and its messages are stored together or not at all."""
    incidents, outbox = IncidentStore(Database(place)), Outbox(Database(place))
    before = 0
    for done in killed(times, lambda number: incidents.claim(alone(number), at=START, route=message)):
        first = before // OF_ONE_MONITOR
        since = [f"m{k}" for k in range(first, done // OF_ONE_MONITOR + 1)]
        _must_be(first * OF_ONE_MONITOR + sum(len(incidents.incidents(each)) for each in since), done)
        _must_be(first * OF_ONE_MONITOR + sum(len(outbox.of(each)) for each in since), done)
        before = done
    monitors = incidents.monitors()
    _must_be(sum(len(incidents.incidents(each)) for each in monitors), done)
    _must_be(sum(len(outbox.of(each)) for each in monitors), done)
    for number in range(done + 10):
        incidents.claim(alone(number), at=START, route=message)
    return done


def killed_append(place: str, times: int) -> int:
    store = TelemetryStore(place)
    for done in killed(times, lambda number: store.append(snapshot(number))):
        kept = {one.total_windows for one in store.read_recent(sys.maxsize)}
        if kept not in (set(range(done)), set(range(done + 1))):
            sys.exit(f"{done} were acknowledged, {len(kept)} are there")
    return done


def _must_be(n_kept: int, done: int) -> None:
    if n_kept not in (done, done + 1):
        sys.exit(f"{done} were acknowledged, {n_kept} are there")


CROWDS = {"enqueue": enqueue, "append": append, "open": open_first, "claim": claim, "send": send, "lease": lease}
KILLED = {"killed-enqueue": killed_enqueue, "killed-append": killed_append, "killed-claim": killed_claim}


def main() -> None:
    task, place, first, *rest = sys.argv[1:]
    print(all_at_once(int(first), CROWDS[task](place, int(rest[0]))) if rest else KILLED[task](place, int(first)))


if __name__ == "__main__":
    main()

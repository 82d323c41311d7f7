"""Many processes on one store, and processes killed while they write. Run by the tests, as a program of its own.

    python crowd.py enqueue|append|open PLACE PROCESSES EACH     EACH writes by each of PROCESSES at once
    python crowd.py killed-enqueue|killed-append PLACE TIMES     a writer killed TIMES times, then left to finish

It forks after everything is imported and, for the first, with the store already used in the parent.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from windage.labeling.queue import ActiveLabelingQueue
from windage.store.database import Database
from windage.telemetry import TelemetryStore
from windage.vocabulary import TelemetrySnapshot

START = datetime(2026, 3, 1, tzinfo=UTC)


def bucket(number: int) -> dict[str, object]:
    start = START + timedelta(minutes=number)
    return {"user_id": f"u{number % 7}", "bucket_start_ts": start, "bucket_end_ts": start + timedelta(minutes=1)}


def snapshot(number: int, *, writer: int = 0) -> TelemetrySnapshot:
    return TelemetrySnapshot(
        timestamp=START + timedelta(minutes=number), total_windows=number, suggestions_per_day=writer
    )


def enqueue(place: str, each: int) -> Callable[[int], int]:
    """Writer k enqueues [25k, 25k + each): what its neighbours enqueue too. Its result is how many were new."""
    queue = ActiveLabelingQueue(place)
    queue.enqueue_drift([])

    def write(writer: int) -> int:
        numbers = list(range(25 * writer, 25 * writer + each))
        random.Random(writer).shuffle(numbers)  # noqa: S311
        return sum(queue.enqueue_drift([bucket(number)]) for number in numbers)

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
    """Everybody is the first to use the database."""

    def write(writer: int) -> int:
        return sum(len(Database(place).reports(None, limit=1)) == 0 for _ in range(each))

    return write


def all_at_once(processes: int, write: Callable[[int], int]) -> int:
    """The sum of what the writers return; they begin together."""
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
    """Numbers that a writer had written when it was killed; the next one goes on behind them."""
    random_ = random.Random(times)  # noqa: S311
    done = 0
    for _ in range(times):
        written, report = os.pipe()
        child = os.fork()
        if child == 0:
            for number in range(done, sys.maxsize):
                write(number)
                os.write(report, b".")
        os.close(report)
        done += len(os.read(written, 1))  # it is at work, and is killed in one of its next writes
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


def main() -> None:
    task, place, first, *rest = sys.argv[1:]
    if rest:
        prepare = {"enqueue": enqueue, "append": append, "open": open_first}[task]
        print(all_at_once(int(first), prepare(place, int(rest[0]))))
        return
    if task == "killed-enqueue":
        queue = ActiveLabelingQueue(place)
        for done in killed(int(first), lambda number: queue.enqueue_drift([bucket(number)])):
            n_kept = len(queue.all_items)
            if n_kept not in (done, done + 1):
                sys.exit(f"{done} were acknowledged, {n_kept} are there")
        queue.enqueue_drift([bucket(number) for number in range(done + 10)])
        print(done)
    else:
        store = TelemetryStore(place)
        for done in killed(int(first), lambda number: store.append(snapshot(number))):
            kept = {one.total_windows for one in store.read_recent(sys.maxsize)}
            if kept not in (set(range(done)), set(range(done + 1))):
                sys.exit(f"{done} were acknowledged, {len(kept)} are there")
        print(done)


if __name__ == "__main__":
    main()

"""The CPU seconds of processes and of all that they started, as the operating system accounts for them."""

from __future__ import annotations

import psutil


def of_tree(leader: int) -> float:
    """Of a process, of its descendants, and of those that have ended and were waited for."""
    process = psutil.Process(leader)
    return sum(_own(each) + _reaped(each) for each in [process, *process.children(recursive=True)])


def of_executor(scheduler: int) -> tuple[float, float]:
    """Of LocalExecutor's workers, which watch tasks; and of the tasks, which are their children."""
    workers = psutil.Process(scheduler).children()
    tasks = sum(_reaped(worker) + sum(of_tree(each.pid) for each in worker.children()) for worker in workers)
    return sum(map(_own, workers)), tasks


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _reaped(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)

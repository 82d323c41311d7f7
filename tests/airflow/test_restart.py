"""PostgreSQL is killed and started again while runs claim and send: every message arrives, and arrives once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from histories import FIRST
from postgres import server
from verdicts import verdict
from windage.airflow.channels.webhook import Webhook
from windage.airflow.sending import deliver_due
from windage.errors import StoreUnavailable
from windage.incidents.model import WindowFinding
from windage.incidents.outbox import Outbox
from windage.incidents.routing import deliveries
from windage.incidents.store import IncidentStore
from windage.message import Message
from windage.reports.index import ReportIndex
from windage.store.database import Database
from windage.vocabulary import utc_now

pytestmark = pytest.mark.slow

PAGER = Webhook(kind="webhook", connection="pager")
MONITORS, WINDOWS = 4, 12


def found(day):
    return WindowFinding(subjects=(f"feature {day}",), triggers=("missingness",), severity="critical", headline="gone")


def routed(news):
    def words(told):
        one = told[0]
        return Message(
            event="drift",
            text="x",
            key=one.told_id,
            incident=one.incident_key,
            monitor=one.monitor,
            facts={"told": one.told_id},
        )

    return [
        each
        for one in news
        for each in deliveries([one], [PAGER], together=words, apart=words, at=utc_now() - timedelta(seconds=1))
    ]


def until_it_answers(act):
    """What Airflow's retries do."""
    while True:
        try:
            return act()
        except StoreUnavailable:
            time.sleep(0.05)


def test_a_server_that_is_killed_again_and_again_loses_nothing_and_tells_nothing_twice(receiver):
    with server() as postgres:
        url, over = postgres.new_database(), threading.Event()
        ReportIndex(Database(url)).latest("flights", limit=1)

        def judge(number):
            store = IncidentStore(Database(url))
            for day in range(WINDOWS):
                now = verdict(day, found(day), monitor=f"m{number % MONITORS}")
                until_it_answers(lambda now=now: store.claim(now, at=FIRST, route=routed))
                time.sleep(0.05)

        def send():
            outbox = Outbox(Database(url))
            while not over.is_set():
                until_it_answers(lambda: deliver_due(outbox, within=5))
                time.sleep(0.02)

        with ThreadPoolExecutor() as pool:
            senders = [pool.submit(send) for _ in range(2)]
            runs = [pool.submit(judge, number) for number in range(2 * MONITORS)]
            kills = 0
            while not all(each.done() for each in runs):
                time.sleep(0.4)
                postgres.restart()
                kills += 1
            outbox = Outbox(Database(url))
            deadline = time.monotonic() + 100
            while time.monotonic() < deadline and any(
                each.state == "waiting" for number in range(MONITORS) for each in outbox.of(f"m{number}")
            ):
                time.sleep(0.2)
            over.set()
            for each in (*runs, *senders):
                each.result()
    arrived = Counter(each["told"] for each in receiver.received)
    assert kills > 1
    assert len(arrived) == MONITORS * WINDOWS
    assert set(arrived.values()) == {1}

"""Each message arrives once, whatever runs are retried, repeated, killed or at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from windage.incidents.delivery import Delivery
from windage.incidents.outbox import GIVEN_UP_AFTER, LEASE, READ_AT_ONCE, Outbox
from windage.message import Message
from windage.store.database import Database
from windage.store.schema import outbox as table
from windage.vocabulary import Window

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WINDOW = Window(start=NOW - timedelta(days=1), end=NOW)


def delivery(name, *, monitor="m", at=NOW, is_digest=False, kind="webhook"):
    return Delivery(
        delivery_id=f"{monitor} {name}",
        monitor=monitor,
        channel={"kind": kind},
        receiver=kind,
        message=Message(event="drift", text=name, key=name, incident=name, monitor=monitor),
        window=WINDOW,
        is_digest=is_digest,
        due_at=at,
        created_at=NOW,
    )


def leased(outbox, **about):
    return [each.message.text for each in outbox.lease(**{"at": NOW, **about})]


def outbox_of(url, *deliveries):
    outbox = Outbox(Database(url))
    outbox.put(deliveries)
    return outbox


def test_what_is_kept_twice_is_sent_once(url):
    outbox = outbox_of(url, delivery("a"))
    outbox.delivered(outbox.lease(at=NOW), at=NOW)
    outbox.put([delivery("a")])
    assert leased(outbox) == []
    (kept,) = outbox.of("m")
    assert (kept.state, kept.delivered_at, kept.attempts) == ("delivered", NOW, 0)


def test_what_one_process_sends_no_other_does_until_it_must_be_dead(url):
    outbox = outbox_of(url, delivery("a"))
    assert leased(outbox) == ["a"]
    assert leased(outbox) == []
    assert leased(outbox, at=NOW + LEASE) == ["a"]


def test_a_process_whose_lease_is_over_changes_nothing_when_it_fails(url):
    outbox = outbox_of(url, delivery("a"), delivery("b"))
    slow = [outbox.lease(at=NOW) for _ in "ab"]
    later = NOW + LEASE
    outbox.delivered(outbox.lease(at=later), at=later)
    assert leased(outbox, at=later) == ["b"]
    for each in slow:
        outbox.failed(each, why="down", at=later)
    assert leased(outbox, at=later + timedelta(seconds=60)) == []  # b is being sent
    assert leased(outbox, at=later + LEASE) == ["b"]
    assert [(each.state, each.attempts) for each in outbox.of("m")] == [("delivered", 0), ("waiting", 0)]


def test_what_is_not_due_waits(url):
    outbox = outbox_of(url, delivery("a", at=NOW + timedelta(hours=1)))
    assert leased(outbox) == []
    assert leased(outbox, at=NOW + timedelta(hours=1)) == ["a"]


def test_a_failed_try_is_followed_by_later_ones_for_a_day(url):
    outbox = outbox_of(url, delivery("a"))
    at, tries = NOW, []
    while at < NOW + 2 * GIVEN_UP_AFTER:
        found = outbox.lease(at=at)
        if found:
            tries.append(at)
            outbox.failed(found, why="it answered 500", at=at)
        hurry = at < NOW + timedelta(minutes=6)
        given_up = at > NOW + GIVEN_UP_AFTER + timedelta(hours=1)
        at += timedelta(seconds=10 if hurry else 3600 if given_up else 600)
    pauses = [(b - a).total_seconds() for a, b in pairwise(tries)]
    assert pauses[:4] == [20, 40, 80, 160]
    assert max(pauses) == 1800
    (kept,) = outbox.of("m")
    assert (kept.state, kept.trouble, kept.attempts) == ("failed", "it answered 500", len(tries))
    assert tries[-1] - NOW >= GIVEN_UP_AFTER


def test_a_receiver_that_asks_to_be_left_alone_is(url):
    outbox = outbox_of(url, delivery("a"))
    outbox.failed(outbox.lease(at=NOW), why="busy", at=NOW, wait=300)
    assert leased(outbox, at=NOW + timedelta(seconds=299)) == []
    assert leased(outbox, at=NOW + timedelta(seconds=300)) == ["a"]


def test_the_windows_own_run_does_not_wait_for_the_next_try(url):
    outbox = outbox_of(url, delivery("a"))
    outbox.failed(outbox.lease(at=NOW), why="busy", at=NOW)
    assert leased(outbox) == []
    assert leased(outbox, monitor="m", urgent=WINDOW, tried={"m a"}) == []
    assert leased(outbox, monitor="m", urgent=WINDOW) == ["a"]


def test_a_digest_goes_out_together_and_each_other_message_by_itself(url):
    warnings = [delivery(name, is_digest=True) for name in ("a", "b")]
    outbox = outbox_of(url, *warnings, delivery("c"), delivery("d", is_digest=True, monitor="other"))
    assert sorted(sorted(leased(outbox)) for _ in range(4)) == [[], ["a", "b"], ["c"], ["d"]]


def test_of_many_that_wait_few_are_read_to_find_the_one_to_send(url, monkeypatch):
    outbox, read = outbox_of(url, *(delivery(f"{k:03}") for k in range(3 * READ_AT_ONCE))), []
    parse = Delivery.model_validate_json
    monkeypatch.setattr(Delivery, "model_validate_json", lambda text: read.append(text) or parse(text))
    assert leased(outbox) == ["000"]
    assert len(read) <= READ_AT_ONCE
    tried = {f"m {k:03}" for k in range(2 * READ_AT_ONCE)}
    assert leased(outbox, tried=tried) == [f"{2 * READ_AT_ONCE:03}"]


def test_one_that_fits_is_found_behind_many_that_do_not(url):
    calls = [delivery(f"{k:03}", kind="callback") for k in range(2 * READ_AT_ONCE)]
    assert leased(outbox_of(url, *calls, delivery("a"))) == ["a"]


def test_what_only_the_monitors_run_can_call_is_left_to_it(url):
    outbox = outbox_of(url, delivery("a", kind="callback"))
    assert leased(outbox) == leased(outbox, monitor="m") == []
    assert leased(outbox, monitor="m", calls=True) == ["a"]


def test_what_another_is_sending_is_known(url):
    outbox = outbox_of(url, delivery("a"))
    assert not outbox.is_sending("m", WINDOW, at=NOW)
    held = outbox.lease(at=NOW)
    assert outbox.is_sending("m", WINDOW, at=NOW)
    assert not outbox.is_sending("other", WINDOW, at=NOW)
    assert not outbox.is_sending("m", WINDOW, at=NOW + LEASE)  # it was killed
    outbox.delivered(held, at=NOW)
    assert not outbox.is_sending("m", WINDOW, at=NOW)


def test_processes_at_the_same_time_send_each_message_once(url):
    outbox = outbox_of(url, *[delivery(f"{number:02}") for number in range(24)])

    def send_all(_):
        sent = []
        while batch := Outbox(Database(url)).lease(at=NOW):
            sent += [each.message.text for each in batch]
            outbox.delivered(batch, at=NOW)
        return sent

    with ThreadPoolExecutor(4) as pool:
        sent = [each for some in pool.map(send_all, range(4)) for each in some]
    assert sorted(sent) == [f"{number:02}" for number in range(24)]


steps = st.lists(
    st.tuples(st.sampled_from(["put", "send", "fail", "killed"]), st.integers(0, 3), st.integers(0, 400)), max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_each_message_arrives_once(tmp_path, steps):
    """A process that is killed after it sent and before it said so is the one case in which a receiver sees two."""
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.writing() as connection:
        connection.execute(delete(table))
    outbox = Outbox(database)
    at, put, arrived = NOW, set(), []
    for what, number, seconds in steps:
        at += timedelta(seconds=seconds)
        if what == "put":
            put.add(f"{number}")
            outbox.put([delivery(f"{number}")])
            continue
        batch = outbox.lease(at=at)
        if what == "send":
            arrived += [each.message.text for each in batch]
            outbox.delivered(batch, at=at)
        elif what == "fail":
            outbox.failed(batch, why="down", at=at)
    at += GIVEN_UP_AFTER / 2
    while batch := outbox.lease(at=at):
        arrived += [each.message.text for each in batch]
        outbox.delivered(batch, at=at)
    assert sorted(arrived) == sorted(put)


YEAR = timedelta(days=366)


def test_what_a_clock_that_was_a_year_ahead_has_leased_or_failed_to_send_is_sent_today(url):
    outbox = outbox_of(url, delivery("leased"), delivery("failed"))
    held = [outbox.lease(at=NOW + YEAR), outbox.lease(at=NOW + YEAR)]
    outbox.failed(held[0], why="down", at=NOW + YEAR)
    assert sorted([*leased(outbox), *leased(outbox)]) == ["failed", "leased"]
    assert leased(outbox) == []


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=1), YEAR])
def test_what_was_kept_while_the_clock_was_ahead_is_due_today(url, ahead):
    kept = delivery("a", at=NOW + ahead).model_copy(update={"created_at": NOW + ahead})
    assert leased(outbox_of(url, kept)) == ["a"]


def test_what_another_machine_keeps_whose_clock_is_an_hour_ahead_waits_for_its_hours(url):
    kept = delivery("a", at=NOW + timedelta(hours=9)).model_copy(update={"created_at": NOW + timedelta(hours=1)})
    assert leased(outbox_of(url, kept)) == []
    assert leased(outbox_of(url, kept), at=NOW + timedelta(hours=9)) == ["a"]


def test_nothing_is_given_up_after_one_try_because_the_clock_leapt_or_everything_stood_still(url):
    outbox = outbox_of(url, delivery("a"))
    outbox.failed(outbox.lease(at=NOW + YEAR), why="down", at=NOW + YEAR)
    assert [each.state for each in outbox.of("m")] == ["waiting"]
    assert leased(outbox, at=NOW + YEAR + timedelta(minutes=1)) == ["a"]


@pytest.mark.parametrize("skew", [timedelta(minutes=-30), timedelta(minutes=30)])
def test_a_machine_whose_clock_is_half_an_hour_off_sends_nothing_that_another_is_sending(url, skew):
    outbox = outbox_of(url, delivery("a", at=NOW - timedelta(hours=1)))
    outbox.lease(at=NOW + max(skew, timedelta(0)))
    assert leased(outbox, at=NOW + min(skew, timedelta(0))) == []

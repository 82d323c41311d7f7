"""Whose turn it is: leases, the day's share of a person, the order, what nobody came to."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from windage.errors import InvalidInput
from windage.labeling.queue import ActiveLabelingQueue
from windage.labeling.serving import local_day


def users(requests):
    return [each.user_id for each in requests]


def test_two_people_never_get_the_same_request(queue, bucket):
    queue.enqueue_drift([bucket(n) for n in range(4)])
    ann, bob = queue.lease("ann", limit=2), queue.lease("bob", limit=9)
    assert len(ann) == len(bob) == 2
    assert not {each.request_id for each in ann} & {each.request_id for each in bob}
    assert queue.lease("cy", limit=9) == []
    assert queue.get_pending() == []


def test_people_at_the_same_time_share_what_there_is(place, clock, bucket):
    ActiveLabelingQueue(place, now=clock).enqueue_drift([bucket(n) for n in range(12)])

    def lease(person):
        return [each.request_id for each in ActiveLabelingQueue(place, now=clock).lease(person, limit=5)]

    with ThreadPoolExecutor(4) as pool:
        given = [each for some in pool.map(lease, ["ann", "bob", "cy", "dan"]) for each in some]
    assert len(given) == len(set(given)) == 12


def test_who_comes_back_finds_what_they_had(queue, bucket, clock):
    queue.enqueue_drift([bucket(n) for n in range(3)])
    first = queue.lease("ann")
    clock.forward(minutes=20)
    again = queue.lease("ann")
    assert [each.request_id for each in again] == [each.request_id for each in first]
    assert again[0].leased_until == clock() + timedelta(minutes=30)
    assert again[0].served_at == first[0].served_at


def test_fewer_than_none_are_none(queue, bucket):
    queue.enqueue_drift([bucket(n) for n in range(3)])
    assert len(queue.lease("ann", limit=3)) == 3
    assert queue.lease("ann", limit=-1) == queue.lease("ann", limit=0) == []


def test_a_lease_that_is_over_gives_the_request_back(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    (held,) = queue.lease("ann")
    clock.forward(minutes=31)
    assert [each.request_id for each in queue.get_pending()] == [held.request_id]
    (taken,) = queue.lease("bob")
    assert (taken.request_id, taken.person) == (held.request_id, "bob")
    with pytest.raises(InvalidInput, match="reserved for another person"):
        queue.mark_done(held.request_id, "labeled", "a", person="ann")
    done = queue.mark_done(held.request_id, "labeled", "a", person="bob")
    assert (done.status, done.person, done.leased_until) == ("labeled", "bob", None)


def test_what_is_given_back_waits_again(queue, bucket):
    queue.enqueue_drift([bucket()])
    (held,) = queue.lease("ann")
    assert queue.release(held.request_id, "bob") is None
    assert queue.release(held.request_id, "ann").status == "pending"
    assert queue.release(held.request_id, "ann") is None
    assert queue.release("none", "ann") is None
    assert len(queue.lease("bob")) == 1


@pytest.mark.parametrize(("timezone", "midnight_in"), [("UTC", 12), ("Europe/Berlin", 11), ("Asia/Tokyo", 3)])
def test_the_days_share_is_of_the_persons_own_day(opened, bucket, clock, timezone, midnight_in):
    queue = opened(2)
    queue.enqueue_drift([bucket(n) for n in range(6)])
    for each in queue.lease("ann", limit=5, timezone=timezone):
        queue.mark_done(each.request_id, "skipped", person="ann")
    assert queue.lease("ann", limit=5, timezone=timezone) == []
    clock.forward(hours=midnight_in - 1, minutes=59)
    assert queue.lease("ann", limit=5, timezone=timezone) == []
    clock.forward(minutes=1)
    assert len(queue.lease("ann", limit=5, timezone=timezone)) == 2
    assert len(queue.lease("bob", limit=5, timezone=timezone)) == 2


def test_users_are_asked_about_as_often_as_they_were_chosen(opened, bucket):
    """A queue that is answered in part is answered like the whole: half of it is ada's."""
    queue = opened(100)
    of_others = [bucket(n, user=f"u{n}") for n in range(200)]
    queue.enqueue_drift([*(bucket(n, user="ada") for n in range(200)), *of_others])
    assert 35 <= Counter(users(queue.lease("ann", limit=100)))["ada"] <= 65
    assert users(queue.lease("bea", limit=9, user_id="ada")) == ["ada"] * 9


def test_the_newest_selection_comes_first_and_chance_decides_within_it(queue, bucket, clock):
    queue.enqueue_drift([bucket(n, confidence=0.1 * n) for n in range(1, 6)])
    clock.forward(days=1)
    queue.enqueue_drift([bucket(10, confidence=0.9), bucket(11, confidence=0.1)])
    first = queue.lease("ann", limit=2)
    assert {each.bucket_start_ts.minute for each in first} == {10, 11}
    ids = [each.request_id for each in queue.lease("bob", limit=5)]
    assert ids == sorted(ids, reverse=True)  # an id is a hash, which knows nothing of confidence


def test_what_nobody_came_to_expires_and_may_be_asked_again(queue, bucket, clock):
    queue.enqueue_drift([bucket(0), bucket(1)])
    queue.mark_done(queue.all_items[0].request_id, "labeled", "a")
    clock.forward(days=30)
    assert queue.expire() == 1
    assert [each.status for each in queue.all_items] == ["labeled", "expired"]
    assert queue.expire() == 0
    assert queue.lease("ann") == []
    assert queue.enqueue_drift([bucket(1)]) == 1


def test_a_lease_expires_what_is_late_too(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    clock.forward(days=30)
    assert queue.lease("ann") == []
    assert queue.all_items[0].status == "expired"


def test_many_that_are_late_expire_in_one_lease(tmp_path, bucket, clock):
    queue = ActiveLabelingQueue(tmp_path / "queue.json", now=clock)
    queue.enqueue_drift([bucket(n) for n in range(1500)])
    clock.forward(days=30)
    assert queue.lease("ann") == []
    assert {each.status for each in queue.all_items} == {"expired"}


def test_what_is_leased_is_not_asked_again(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    queue.lease("ann", for_=timedelta(days=60))
    clock.forward(days=31)
    assert queue.enqueue_drift([bucket()]) == 0
    assert len(queue.asked(None, local_day(bucket()["bucket_start_ts"], "UTC"))) == 1


@pytest.mark.parametrize("person", ["", "a\x00b"])
def test_a_lease_is_somebodys(queue, person):
    with pytest.raises(InvalidInput, match="A lease needs a person's name"):
        queue.lease(person)


def test_a_zone_that_is_none_is_named(clock):
    with pytest.raises(InvalidInput, match="unknown time zone 'Mars/Olympus'"):
        local_day(clock(), "Mars/Olympus")


def test_what_was_given_out_while_a_clock_was_weeks_ahead_waits_again_today(queue, bucket, clock):
    queue.enqueue_drift([bucket(n) for n in range(2)])
    clock.forward(days=20)
    queue.lease("ann")
    clock.forward(days=-20)
    assert len(queue.get_pending()) == 2
    assert len(queue.lease("bob", limit=9)) == 2


def test_a_clock_that_is_an_hour_behind_takes_nothing_out_of_anybodys_hands(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    queue.lease("ann")
    clock.forward(hours=-1)
    assert queue.get_pending() == queue.lease("bob") == []

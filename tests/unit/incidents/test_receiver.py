"""What is open at a receiver that tracks incidents is what is open, whatever comes late, is judged again or decided."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from histories import FIRST, window
from verdicts import seen, verdict
from windage.incidents.from_verdicts import incidents_of
from windage.incidents.model import Decision, State
from windage.incidents.news import endings, keys_of, untold
from windage.incidents.threads import NEWS
from windage.vocabulary import Outcome

DAYS = 9


class Receiver:
    """Claims windows as the store does, and follows what the receiver of its messages has open."""

    def __init__(self):
        self.verdicts, self.decisions, self.told = {}, [], []
        self.states = {}

    def incidents(self):
        return incidents_of(self.verdicts.values(), self.decisions)

    def judged(self, found):
        self.verdicts[found.window] = found
        self.hear(untold(self.incidents(), found, self.told))
        assert untold(self.incidents(), found, self.told) == []  # the same run asks again
        self.end()
        self.check(found.window)

    def decided(self, kind, incident):
        about = {"monitor": "m", "subjects": incident.subjects, "window": incident.last, "by": "ann"}
        at = FIRST + timedelta(days=99, hours=len(self.decisions))
        self.decisions.append(Decision(decision_id=str(at), kind=kind, at=at, **about))
        self.end()

    def end(self):
        self.hear([each for each, _ in endings(self.incidents(), self.told)])
        assert endings(self.incidents(), self.told) == []

    def hear(self, messages):
        for each in messages:
            state = self.states.get(each.incident_key)
            assert state != "resolved", "nothing is said under a key that is over"
            assert state is not None or each.kind in NEWS, "nothing ends that nobody was told of"
            self.states[each.incident_key] = "open" if each.kind in NEWS else each.kind
        self.told += messages

    def check(self, now):
        incidents = self.incidents()
        keys = keys_of(incidents, self.told)
        for incident, own in zip(incidents, keys, strict=True):
            live = {self.states[key] for key in own} - {"resolved"}
            if incident.state is State.open and incident.last == now:
                assert live
            if incident.state is State.resolved:
                assert not live
        live = {key for key, state in self.states.items() if state != "resolved"}
        assert live <= set().union(*keys)


def found(days, of):
    """A verdict on one of the days: unknown, clean, or with findings on some of the features."""
    each = st.builds(
        lambda names, severity: (*sorted(names), severity),
        st.sets(st.sampled_from(of), min_size=1),
        st.sampled_from(["warning", "critical"]),
    )
    several = st.lists(each, max_size=len(of), unique_by=lambda one: one[0])
    clean = st.just([])
    return st.builds(
        lambda day, findings: verdict(
            day,
            *(seen(*names, severity=severity) for *names, severity in findings or ()),
            outcome=Outcome.unknown if findings is None else None,
        ),
        days,
        st.one_of(several, clean, st.none()),
    )


def play(steps):
    receiver = Receiver()
    for step in steps:
        if not isinstance(step, tuple):
            receiver.judged(step)
            continue
        kind, place = step
        going_on = [each for each in receiver.incidents() if each.is_open]
        if going_on:
            receiver.decided(kind, going_on[place % len(going_on)])
    return receiver


DECISIONS = st.tuples(st.sampled_from(["acknowledged", "resolved"]), st.integers(0, 5))


@given(st.lists(st.one_of(found(st.integers(0, DAYS - 1), "a"), DECISIONS), max_size=16))
def test_of_one_feature_whatever_comes_late_or_is_judged_again(steps):
    play(steps)


@given(st.lists(st.one_of(found(st.just(0), "abc"), DECISIONS), max_size=14))
def test_of_several_features_day_by_day(steps):
    days = iter(range(len(steps)))
    play(
        [each if isinstance(each, tuple) else each.model_copy(update={"window": window(next(days))}) for each in steps]
    )


def test_what_was_over_and_a_late_window_shows_to_go_on_is_told_anew_and_ends_again():
    bad, clean = (lambda day: verdict(day, seen("a", severity="critical"))), verdict
    receiver = play([bad(0), *map(clean, range(1, 4))])
    (first,) = receiver.states
    assert receiver.states == {first: "resolved"}
    receiver.judged(bad(3))
    again = next(key for key in receiver.states if key != first)
    assert receiver.states == {first: "resolved", again: "open"}
    for day in (4, 5, 6):
        receiver.judged(clean(day))
    assert receiver.states == {first: "resolved", again: "resolved"}


def test_one_window_tells_of_one_incident_once():
    """A late window first makes an incident of what two windows had, then the last one makes it critical."""
    late = [verdict(1, seen("a")), verdict(0, seen("a")), verdict(2, seen("a", severity="critical"))]
    receiver = play(late)
    kinds = defaultdict(list)
    for each in receiver.told:
        kinds[each.window].append(each.kind)
    assert kinds == {window(2): ["worsened"]}


def test_what_one_window_found_no_more_and_then_found_again_is_told_under_another_key():
    receiver = Receiver()
    bad, clean = verdict(0, seen("x", severity="critical")), verdict(0)
    for each in (bad, clean, bad, clean, bad):
        receiver.judged(each)
    assert [each.kind for each in receiver.told] == ["opened", "resolved"] * 2 + ["opened"]
    assert sorted(receiver.states.values()) == ["open", "resolved", "resolved"]

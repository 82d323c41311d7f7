"""Every trigger has its facts and its words: whoever adds one is told what is left to write."""

import pytest

from windage.checks import discovered
from windage.checks.check import Check
from windage.policy.causes import LEAST_SPECIFIC, MOST_SPECIFIC_FIRST
from windage.reports.sentences.triggers import WORDING
from windage.vocabulary import TRIGGER_FACTS, DriftTrigger

OURS = set(DriftTrigger) - {DriftTrigger.other}
WITHOUT_A_MOMENT = {
    DriftTrigger.correlation,  # correlations and rows as a whole are known of a day, not of each day before it
    DriftTrigger.joint_drift,
    DriftTrigger.realised_performance,
}


def test_every_trigger_has_its_facts():
    assert set(TRIGGER_FACTS) == set(DriftTrigger)


def test_every_trigger_has_its_words_and_every_one_of_ours_its_sentence():
    assert set(WORDING) == set(DriftTrigger)
    assert {trigger for trigger, words in WORDING.items() if words.sentence} == OURS


@pytest.mark.parametrize("trigger", sorted(OURS))
def test_a_headline_has_a_subject_and_a_verb_for_every_trigger(trigger):
    says_more_than_one = {"missingness", "row_volume", "new_class", "joint_drift"}
    assert (WORDING[trigger].verb == "changed") == (trigger in says_more_than_one)
    about_the_window = bool(TRIGGER_FACTS[trigger].of_window or trigger == DriftTrigger.realised_performance)
    assert bool(WORDING[trigger].subject) == about_the_window
    assert bool(WORDING[trigger].found) != about_the_window


def test_it_is_told_since_when_wherever_single_days_can_say_it():
    dating = [check for check in discovered().values() if check.day_level is not Check.day_level]
    assert {gate.trigger for check in dating for gate in (*check.gates, *check.calibrated)} == OURS - WITHOUT_A_MOMENT


def test_what_explains_most_explains_not_least():
    assert len({*MOST_SPECIFIC_FIRST, *LEAST_SPECIFIC}) == len(MOST_SPECIFIC_FIRST) + len(LEAST_SPECIFIC)

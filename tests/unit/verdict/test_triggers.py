"""Every trigger has its facts and its words: whoever adds one is told what is left to write."""

import pytest

from windage.checks import discovered
from windage.checks.check import Check
from windage.incidents.cover import ABOUT
from windage.policy.calibrated import LEAST_SPECIFIC, MOST_SPECIFIC_FIRST
from windage.reports.alert_sentences import _SUBJECTS, _TOLD, _VERBS
from windage.reports.page_parts import FOUND
from windage.vocabulary import FACTS, DriftTrigger

OURS = set(DriftTrigger) - {DriftTrigger.other}
WITHOUT_A_MOMENT = {
    DriftTrigger.correlation,  # correlations and rows as a whole are known of a day, not of each day before it
    DriftTrigger.joint_drift,
    DriftTrigger.realised_performance,
}


def test_every_trigger_has_its_facts():
    assert set(FACTS) == set(DriftTrigger)


def test_every_trigger_of_ours_has_its_sentence_and_what_a_silence_of_it_covers():
    assert set(_TOLD) == OURS
    assert set(ABOUT) == {*DriftTrigger, "unknown"}


@pytest.mark.parametrize("trigger", sorted(OURS))
def test_a_headline_has_a_subject_and_a_verb_for_every_trigger(trigger):
    assert trigger in _VERBS or trigger in {
        "missingness",
        "row_volume",
        "new_class",
        "joint_drift",
    }  # these say more than one
    assert (trigger in _SUBJECTS) == bool(FACTS[trigger].of_window or trigger == DriftTrigger.realised_performance)


def test_every_trigger_about_features_has_its_word_in_the_table_of_features():
    of_features = {each for each in OURS if not FACTS[each].of_window}
    assert set(FOUND) == of_features - {DriftTrigger.realised_performance}


def test_it_is_told_since_when_wherever_single_days_can_say_it():
    dating = [check for check in discovered().values() if check.day_level is not Check.day_level]
    assert {gate.trigger for check in dating for gate in (*check.gates, *check.calibrated)} == OURS - WITHOUT_A_MOMENT


def test_what_explains_most_explains_not_least():
    assert len({*MOST_SPECIFIC_FIRST, *LEAST_SPECIFIC}) == len(MOST_SPECIFIC_FIRST) + len(LEAST_SPECIFIC)

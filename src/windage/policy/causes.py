"""Which findings of a window explain others: a change is told once, by its cause."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from windage.checks.check import OF_FEATURES, Check, Judged, Verdict
from windage.vocabulary import DriftTrigger, Outcome

MOST_SPECIFIC_FIRST = (
    DriftTrigger.schema_change,
    DriftTrigger.invalid_probabilities,
    DriftTrigger.missingness,
    DriftTrigger.frozen,
    DriftTrigger.segment,
    DriftTrigger.value_range,
    DriftTrigger.new_category,
)
"""Of equally severe findings on one subject, the first of these is the cause of all others. Two that are not listed are two
questions, as where a check of another package asks one of its own, and both alert."""
LEAST_SPECIFIC = (
    DriftTrigger.correlation,
    DriftTrigger.joint_drift,
    DriftTrigger.confidence_drop,
    DriftTrigger.confidence_rise,
)
"""Explained by any other finding on the same subject, or on one that changed together with it."""
LAST_TOLD = DriftTrigger.label_mismatch
"""Told only if nothing else that is found about the outputs explains it: if labels or probabilities changed by themselves,
they no longer agree either."""
HIDDEN = 2.0
"""Of rows that changed their class some came back from another: so many times as many may have changed as the mix shifted by."""
NEVER_SEEN = "excess"
"""The statistic of values and categories never seen before: their share of the rows."""
CUT_SHORT = "cut_short"
"""The statistic of a window that ends early: the part of its last day after the last row."""
BUSIER = 2.0
"""How many standard deviations of the number of rows a day may be busier than usual."""
CUT_SHORT_ALONE = "no page: the window is cut short, and the missing rows alone may explain this"
ROWS_ARE_MISSING = "no page: rows are missing, and these alone may explain this"
ONE_NEW_USER = "no page: without the rows of one new user this would be below the critical limit"


def without_consequences(judged: Judged) -> Judged:
    """The verdicts of each check, with alerts that another one explains made quiet. Critical ones that would not be
    without one new user's rows are warnings; so are, in a window that is cut short or has too few rows, those that the
    missing rows alone may explain."""
    milder = _each(judged, lambda _, verdict: _milder_if_of_a_newcomer(verdict))
    return _last_told(_causes_alone(_milder_where_rows_are_missing(milder)))


def _each(judged: Judged, change: Callable[[Check, Verdict], Verdict]) -> Judged:
    return [(check, [change(check, verdict) for verdict in verdicts]) for check, verdicts in judged]


def _milder_if_of_a_newcomer(verdict: Verdict) -> Verdict:
    """The verdict; a critical one on values never seen before is a warning if there are too few without those of one user
    whom the reference never had: to its rows, which resemble each other, everything may be new."""
    gate, values = verdict.gate, verdict.measurement.values
    theirs = values.get("newcomer_share")
    if gate is None or gate.severity != "critical" or gate.yes_or_no or not theirs:
        return verdict
    value = values.get(gate.statistic)
    if value is None or gate.crossed_by(value - theirs):
        return verdict
    return verdict._replace(gate=replace(gate, severity="warning"), reason=ONE_NEW_USER)


def _milder_where_rows_are_missing(judged: Judged) -> Judged:
    """The verdicts; in a window that ends early or has too few rows, a critical one whose change the missing rows alone
    may explain becomes a warning."""
    cut = next((each for _, some in judged for each in some if each.gate and each.gate.statistic == CUT_SHORT), None)
    volumes = [
        each
        for check, verdicts in judged
        if check.family == "volume"
        for each in verdicts
        if cut is not None or each.gate is not None
    ]
    shares = [_most_lost(each.measurement.values) for each in volumes]
    if cut is not None:
        values = cut.measurement.values
        shares.append((values.get(CUT_SHORT) or 0.0) / (values.get("window_days") or 1.0))
    lost = max(shares, default=0.0)
    if lost <= 0:
        return judged
    reason = ROWS_ARE_MISSING if cut is None else CUT_SHORT_ALONE

    def milder(_: Check, verdict: Verdict) -> Verdict:
        gate = verdict.gate
        if gate is None or gate.certain or gate.severity != "critical":
            return verdict
        value = verdict.measurement.values.get(gate.statistic)
        if value is None or value > lost:
            return verdict
        return verdict._replace(gate=replace(gate, severity="warning"), reason=reason)

    return _each(judged, milder)


def _most_lost(values: Mapping[str, float | None]) -> float:
    """The largest share of rows that may be missing: on a busy day it is larger than their number shows."""
    ratio, z = values.get("ratio"), values.get("z")
    if not ratio:
        return 0.0 if ratio is None else 1.0
    busy = BUSIER * math.log(ratio) / z if z else 0.0
    return 1 - ratio * math.exp(-busy)


def _causes_alone(judged: Judged) -> Judged:
    """The verdicts with all alerts on a subject but one made quiet: the most severe, of these the most specific."""
    found: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for check, verdicts in judged:
        for verdict in verdicts:
            if verdict.gate is not None:
                found[_realm(check, verdict), verdict.subject].append(verdict)
    causes = {about: min(_not_outweighed(_most_severe(each)), key=_rank) for about, each in found.items()}

    def unless_explained(check: Check, verdict: Verdict) -> Verdict:
        """The verdict; quiet if a finding on its own subject, or on one that it changed together with, is its cause."""
        if verdict.gate is None:
            return verdict
        realm = _realm(check, verdict)
        about = [(realm, name) for name in (verdict.subject, *verdict.measurement.partners)]
        known = (causes[each] for each in about if each in causes)
        cause = min((each for each in known if _may_explain(each, verdict)), key=_rank, default=verdict)
        is_another_question = _rank(verdict) == _rank(cause) and verdict.gate.trigger not in MOST_SPECIFIC_FIRST
        return verdict if verdict is cause or is_another_question else _quiet(verdict, cause)

    return _each(judged, unless_explained)


def _last_told(judged: Judged) -> Judged:
    """The verdicts; what is told last is made quiet if an alert of a check of outputs may be its cause."""
    causes = [
        each for check, verdicts in judged if check.family == "outputs" for each in verdicts if each.gate is not None
    ]

    def told(_: Check, verdict: Verdict) -> Verdict:
        if verdict.gate is None or verdict.gate.trigger is not LAST_TOLD:
            return verdict
        cause = next((each for each in causes if _changed_rows(verdict) <= _most_caused(each)), None)
        return verdict if cause is None else _quiet(verdict, cause)

    return _each(judged, told)


def _realm(check: Check, verdict: Verdict) -> str:
    """The namespace of a verdict's subject: all checks of features share one, checks of the window as a whole, whose
    subject is their own name, share another, and any other check has its own."""
    if check.needs in OF_FEATURES:
        return "features"
    return "windows" if verdict.subject == check.name else check.name


def _most_severe(alerts: Sequence[Verdict]) -> list[Verdict]:
    worst = min(map(_is_milder, alerts))
    return [each for each in alerts if _is_milder(each) == worst]


def _not_outweighed(alerts: Sequence[Verdict]) -> list[Verdict]:
    """The alerts on one subject that may be its cause: a few users cannot cause a change of more rows than theirs, and
    values never seen before are but the edge of a change of which they are less than half."""
    most = max(map(_changed_rows, alerts))
    return [each for each in alerts if most <= _most_caused(each)]


def _most_caused(verdict: Verdict) -> float:
    """In how many rows, as a share, what was found may at most be the cause of a change."""
    values, gate = verdict.measurement.values, verdict.gate
    if gate is not None and gate.statistic == NEVER_SEEN:
        return 2 * (values.get(NEVER_SEEN) or 0.0)
    if gate is not None and gate.trigger is DriftTrigger.class_shift:
        return HIDDEN * max(values.get("effect") or 0.0, values.get("total_variation_least") or 0.0)
    return values.get("their_part") or math.inf


def _may_explain(cause: Verdict, verdict: Verdict) -> bool:
    """Users of a part w of the rows make up to 1 − (1 − w)³ of a rank correlation where there was none, if all their rows
    come to lie at one end of both features, and as much of the way from another to 1 or −1. One that moved by more is hardly
    theirs alone: both are told."""
    values, part = verdict.measurement.values, cause.measurement.values.get("their_part")
    moved, before, now = (values.get(name) for name in ("correlation_move", "ref_correlation", "cur_correlation"))
    if moved is None or part is None:
        return True
    way = 1.0 if before is None or now is None else 1 - before if now > before else 1 + before
    return moved <= (1 - (1 - part) ** 3) * way


def _rank(verdict: Verdict) -> tuple[bool, int]:
    """A sort key, the verdict that explains others first: a warning explains no critical one."""
    trigger = verdict.gate.trigger if verdict.gate else None
    place = MOST_SPECIFIC_FIRST.index(trigger) if trigger in MOST_SPECIFIC_FIRST else len(MOST_SPECIFIC_FIRST)
    if trigger in LEAST_SPECIFIC:
        place += 1
    return _is_milder(verdict), place


def _is_milder(verdict: Verdict) -> bool:
    return verdict.gate is None or verdict.gate.severity == "warning"


def _changed_rows(verdict: Verdict) -> float:
    """Of how many rows, as a share, a finding certainly shows that they changed."""
    values = verdict.measurement.values
    return max(values.get("effect_least") or 0.0, values.get(NEVER_SEEN) or 0.0)


def _quiet(verdict: Verdict, cause: Verdict) -> Verdict:
    """The verdict as one that does not alert, because the cause does."""
    return verdict._replace(outcome=Outcome.ok, gate=None, explained_by=cause.gate.trigger if cause.gate else None)

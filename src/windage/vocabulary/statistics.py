"""What each name in a measurement's values and in an alert's details stands for.

A new statistic is declared here and nowhere else. A name that is not declared, from another package's check, is understood
by its ending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

StatisticKind = Literal[
    "share", "change", "size", "sd", "ratio", "count", "p_value", "number", "yes_or_no", "moment", "text"
]
"""``share`` is a part of the rows, in [0, 1]. ``change`` is a difference of two shares with its sign, ``size`` one without:
the words beside it say the direction. ``sd`` counts standard deviations. ``number`` is any other."""


@dataclass(frozen=True, slots=True)
class Statistic:
    kind: StatisticKind = "number"
    label: str = ""
    """What people read; empty if the name explains itself."""
    least: str = ""
    """The name of its lower confidence bound (95 %), if a gate may be on that instead."""

    @property
    def is_of_shares(self) -> bool:
        """Whether it is a share, or a difference of shares."""
        return self.kind in ("share", "change", "size")


def declared(name: str) -> Statistic:
    """What a name stands for. One that is not declared is understood by its ending: ``_share`` and ``_rate`` are shares,
    ``_p_value`` is a p-value, and any other is a plain number."""
    if name in STATISTICS:
        return STATISTICS[name]
    return Statistic(next((kind for ending, kind in _BY_ENDING.items() if name.endswith(ending)), "number"))


_BY_ENDING: Mapping[str, StatisticKind] = {"_share": "share", "_rate": "share", "_p_value": "p_value"}


_NUMBERS = (
    "auc", "auc_excess", "correlation_move", "cur_correlation", "cur_mean_confidence", "cur_mean_entropy",
    "ks_statistic", "psi", "rank_move", "ref_correlation", "ref_mean_confidence", "ref_mean_entropy", "usual_auc",
    "z",
)  # fmt: skip
"""Plain numbers whose names explain themselves."""
STATISTICS: Mapping[str, Statistic] = {
    "accuracy": Statistic("share"),
    "accuracy_least": Statistic("share"),
    "accuracy_most": Statistic("share"),
    "all_missing": Statistic("share", "missing (no ordinary day misses all)"),
    "changed": Statistic("share"),
    "cur_accuracy": Statistic("share"),
    "cur_rate": Statistic("share"),
    "cur_share": Statistic("share"),
    "cut_short": Statistic("share"),
    "day_share": Statistic("share", "variance explained by ordinary days"),
    "excess": Statistic("share", "outside, in excess of ordinary"),
    "gap": Statistic("share"),
    "invalid_excess": Statistic("share"),
    "invalid_share": Statistic("share", "rows with invalid probabilities"),
    "new_share": Statistic("share"),
    "newcomer_share": Statistic("share"),
    "promised": Statistic("share"),
    "ref_accuracy": Statistic("share"),
    "ref_rate": Statistic("share"),
    "ref_share": Statistic("share"),
    "repeated": Statistic("share"),
    "share_outside": Statistic("share", "outside the ordinary range"),
    "their_part": Statistic("share"),
    "usual_gap": Statistic("share"),
    "usual_invalid": Statistic("share", "on the most unusual ordinary day"),
    "usual_outside": Statistic("share", "outside on the most unusual ordinary day"),
    "usual_repeated": Statistic("share"),
    "vanished_share": Statistic("share"),
    "increase": Statistic("change", least="increase_least"),
    "max_shift": Statistic("change"),
    "move": Statistic("change", "largest change of a share"),
    "perhaps_missing": Statistic("change"),
    "surely_missing": Statistic("change"),
    "widening": Statistic("change", "wider (+) or narrower (−)"),
    "decrease": Statistic("size"),
    "detectable": Statistic("size", "smallest change that would have alerted"),
    "deviation": Statistic("size", "change on an ordinary day (standard deviation)"),
    "effect": Statistic("size", "size of that change", least="effect_least"),
    "effect_least": Statistic("size", "at least (95 %)"),
    "fall": Statistic("size", least="fall_least"),
    "fall_least": Statistic("size", "fall, at least (95 %)"),
    "increase_least": Statistic("size", "increase, at least (95 %)"),
    "margin": Statistic("size"),
    "rise": Statistic("size", least="rise_least"),
    "rise_least": Statistic("size", "rise, at least (95 %)"),
    "shift": Statistic("size"),
    "total_variation": Statistic("size", least="total_variation_least"),
    "total_variation_least": Statistic("size", "total variation, at least (95 %)"),
    "shift_sd": Statistic("sd", "equivalent shift of a normal feature"),
    "collapse_least": Statistic("ratio", "the same on a scale where 2 is nearly guessing"),
    "of_the_rare": Statistic("ratio"),
    "ratio": Statistic("ratio", least="ratio_least"),
    "ratio_least": Statistic("ratio", "ratio, at least (95 %)"),
    "ratio_most": Statistic("ratio", "ratio if every row were as uncertain as one"),
    "unusual_ratio": Statistic("ratio", "ratio, if ordinary days hardly have it"),
    "current_rows": Statistic("count"),
    "freedom": Statistic("count", "its degrees of freedom"),
    "labels": Statistic("count"),
    "looks": Statistic("count", "places looked at"),
    "new": Statistic("count"),
    "span_days": Statistic("count", "days judged together"),
    "times": Statistic("count"),
    "users_along": Statistic("count"),
    "users_emptied": Statistic("count"),
    "users_moved": Statistic("count"),
    "usual_rows": Statistic("count"),
    "window_days": Statistic("count"),
    "adjusted_p": Statistic("p_value", "adjusted p"),
    "ks_p_value": Statistic("p_value", "KS p-value"),
    "p_value": Statistic("p_value", "p against ordinary days"),
    "frozen_at": Statistic(label="the only value"),
    "high": Statistic(label="ordinary range to"),
    "low": Statistic(label="ordinary range from"),
    "median": Statistic(label="median now"),
    "rank_change": Statistic(label="change of the mean rank"),
    "usual_median": Statistic(label="median before"),
    **dict.fromkeys(_NUMBERS, Statistic()),
    "collapsed": Statistic("yes_or_no"),
    "frozen": Statistic("yes_or_no"),
    "gone": Statistic("yes_or_no"),
    "gradual": Statistic("yes_or_no", "came little by little"),
    "misdated": Statistic("yes_or_no"),
    "not_named": Statistic("yes_or_no"),
    "other_kind": Statistic("yes_or_no"),
    "renamed": Statistic("yes_or_no"),
    "undecided": Statistic("yes_or_no"),
    "same_as": Statistic("moment"),
    "statistic": Statistic("text", "judged by"),
    **dict.fromkeys(
        ("against", "categories", "class", "feature", "note", "partners", "shifted_classes", "unit"), Statistic("text")
    ),
}
"""The declared statistics by name. An alert's ``limit`` has the kind of its statistic, and ``bounds`` have that of the values
that they name."""

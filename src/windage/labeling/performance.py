"""How well the classifier really does, by the labels that people gave."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pydantic import Field

from windage.labeling.request import LabelRequest
from windage.stats.hajek import confusion, hajek_share, macro_f1_interval
from windage.vocabulary import Document


class RealisedPerformance(Document):
    """Of all rows of the windows that were asked about, estimated from those that were labelled; each interval is of 95 %.

    ``confusion`` holds shares of all rows by true, then predicted class. ``left_out`` rows were labelled without a
    prediction or an inclusion probability, and say nothing of the others.
    """

    rows: int
    users: int
    left_out: int
    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    macro_f1: float | None = None
    macro_f1_interval: tuple[float, float] | None = None
    confusion: dict[str, dict[str, float]] = Field(default_factory=dict)


def realised_performance(requests: Iterable[LabelRequest]) -> RealisedPerformance:
    """The performance by every labelled request of ``requests``; its numbers are None where nothing was labelled.

    Skipped rows are taken to be like those labelled.
    """
    labelled = [each for each in requests if each.status == "labeled" and each.label is not None]
    known = [each for each in labelled if each.predicted_label is not None and each.inclusion_probability is not None]
    left_out = len(labelled) - len(known)
    if not known:
        return RealisedPerformance(rows=0, users=0, left_out=left_out)
    names = sorted({name for each in known for name in (str(each.label), str(each.predicted_label))})
    at = {name: k for k, name in enumerate(names)}
    truth = np.array([at[str(each.label)] for each in known])
    predicted = np.array([at[str(each.predicted_label)] for each in known])
    probability = np.array([each.inclusion_probability or 1.0 for each in known])
    users, clusters = np.unique([each.user_id for each in known], return_inverse=True)
    accuracy = hajek_share(truth == predicted, probability, clusters)
    value, low, high = macro_f1_interval(truth, predicted, probability, clusters, classes=len(names))
    shares = confusion(truth, predicted, probability, classes=len(names))
    return RealisedPerformance(
        rows=len(known),
        users=users.size,
        left_out=left_out,
        accuracy=accuracy.value,
        accuracy_interval=(accuracy.low, accuracy.high),
        macro_f1=value,
        macro_f1_interval=(low, high),
        confusion={
            true: {pred: float(shares[at[true], at[pred]]) for pred in names if shares[at[true], at[pred]] > 0}
            for true in names
        },
    )

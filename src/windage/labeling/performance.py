"""The classifier's realised performance, estimated from people's labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from windage.arrays import Floats
from windage.labeling.request import LabelRequest
from windage.stats.hajek import confusion, hajek_share, macro_f1_interval
from windage.vocabulary import RealisedPerformance


def realised_performance(requests: Iterable[LabelRequest]) -> RealisedPerformance:
    """The performance estimated from the labelled ``requests``; its numbers are None if nothing was labelled.

    In each selection, rows that are skipped, expired or not answered yet are assumed to be like the labelled rows that were
    as likely to be chosen: a labelled row stands for its share of them too.
    """
    requests = list(requests)
    labelled = [each for each in requests if _is_labelled(each)]
    known = [each for each in labelled if each.predicted_label is not None and each.inclusion_probability is not None]
    left_out = len(labelled) - len(known)
    if not known:
        return RealisedPerformance(rows=0, users=0, left_out=left_out)
    names = sorted({name for each in known for name in (str(each.label), str(each.predicted_label))})
    at = {name: k for k, name in enumerate(names)}
    truth = np.array([at[str(each.label)] for each in known])
    predicted = np.array([at[str(each.predicted_label)] for each in known])
    probability = np.array([each.inclusion_probability or 1.0 for each in known])
    probability *= _answered_share(requests, known)
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


def _is_labelled(request: LabelRequest) -> bool:
    return request.status == "labeled" and request.label is not None


def _answered_share(requests: Sequence[LabelRequest], known: Sequence[LabelRequest]) -> Floats:
    """For each known row, the share of requests of its selection and inclusion probability that were labelled."""

    def stratum(request: LabelRequest) -> tuple[object, ...]:
        return request.monitor, request.created_at, request.inclusion_probability

    asked, answered = Counter(map(stratum, requests)), Counter(map(stratum, known))
    return np.array([answered[stratum(each)] / asked[stratum(each)] for each in known])

"""The likely roles of a file's columns, guessed from their names and types."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from windage.partitions.frames import NOT_FEATURE_ENDINGS, NOT_FEATURES
from windage.profiles.categorical import is_text
from windage.profiles.numbers import is_number
from windage.spec.log import Log

LABEL_NAMES = ("predicted_label", "prediction", "predicted", "label")
USER_NAMES = ("user_id", "user", "customer_id", "account_id")
START_NAMES = ("bucket_start_ts", "timestamp", "ts", "event_time", "predicted_at")
PROBABILITY_PREFIXES = ("p_", "prob_", "proba_", "probability_")


def guessed_log(schema: pa.Schema) -> Log:
    """A log with the recognised label, user, time, confidence and probability columns; its features are the other
    numeric and text columns."""
    names = schema.names
    probabilities = tuple(
        name for name in names if name.startswith(PROBABILITY_PREFIXES) and is_number(schema.field(name).type)
    )
    roles = {
        "label": _first(LABEL_NAMES, names),
        "user": _first(USER_NAMES, names),
        "bucket_start": _first(START_NAMES, names),
        "bucket_end": _first(("bucket_end_ts",), names),
        "confidence": _first(("confidence", "score", "max_prob"), names),
    }
    taken = {*probabilities, *roles.values(), *NOT_FEATURES, "true_label"}
    features = [name for name in names if name not in taken and not name.endswith(NOT_FEATURE_ENDINGS)]
    return Log(
        location="unknown",
        numeric=tuple(name for name in features if is_number(schema.field(name).type)),
        categorical=tuple(name for name in features if is_text(schema.field(name).type)),
        probabilities=probabilities if len(probabilities) > 1 else (),
        **roles,
    )


def _first(candidates: Iterable[str], names: list[str]) -> str | None:
    return next((name for name in candidates if name in names), None)

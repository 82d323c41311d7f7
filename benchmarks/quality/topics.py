"""What an alert is about, in the few words that faults and policies share."""

from __future__ import annotations

from functools import cache

FEATURE_TOPICS = frozenset({"drift", "missing", "frozen", "support", "schema", "segment", "joint"})

# The first part of a trigger's name that fits decides, so the specific stand before the general.
WORDS = (
    ("reject", "reject"),
    ("class", "classes"),
    ("entropy", "certainty"),
    ("confidence", "certainty"),
    ("probabilit", "certainty"),
    ("accuracy", "certainty"),
    ("volume", "volume"),
    ("empty", "volume"),
    ("fresh", "freshness"),
    ("trunc", "freshness"),
    ("missing", "missing"),
    ("null", "missing"),
    ("frozen", "frozen"),
    ("constant", "frozen"),
    ("range", "support"),
    ("support", "support"),
    ("sentinel", "support"),
    ("new_", "support"),
    ("unseen", "support"),
    ("schema", "schema"),
    ("correlation", "joint"),
    ("joint", "joint"),
    ("segment", "segment"),
    ("user", "segment"),
    ("categor", "drift"),
    ("feature", "drift"),
    ("drift", "drift"),
)


@cache
def topic(trigger: str) -> str:
    """The topic of a trigger; one that no word fits is a topic of its own, and wrong wherever it appears."""
    return next((about for word, about in WORDS if word in trigger), trigger)

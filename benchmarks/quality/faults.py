"""Every fault of the bench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from breakage import (
    Touch,
    beyond,
    black_out,
    cut_short,
    decline,
    favour,
    flip,
    freeze,
    move,
    multiply,
    overwrite,
    remix,
    rename,
    soften,
)
from fault import (
    CRITICAL,
    EITHER,
    SILENCE,
    WARNING,
    Fault,
    Severities,
    every_feature,
    nothing_of_the_features,
    once,
    rising,
    some,
    the_pair,
)

CONTINUOUS = ("normal", "lognormal")
DRIFT = frozenset({"drift"})
SUPPORT = frozenset({"support"})
SEGMENT = DRIFT | {"segment"}


def shifted(name: str, by: float, severities: Severities, from_rows: int, *, features: int = 1) -> Fault:
    return Fault(
        name=name,
        touch=partial(move, by=by),
        choose=partial(some, kinds=CONTINUOUS, features=features),
        topics=DRIFT,
        severities=severities,
        from_rows=from_rows,
        size=by,
    )


def scaled(factor: float, from_rows: int) -> Fault:
    return Fault(
        name=f"scale ×{factor:g}",
        touch=partial(move, factor=factor),
        choose=partial(some, kinds=CONTINUOUS),
        topics=DRIFT | SUPPORT,
        severities=WARNING,
        from_rows=from_rows,
    )


def column(
    name: str,
    touch: Touch,
    topics: frozenset[str],
    severities: Severities,
    *,
    kinds: tuple[str, ...] = CONTINUOUS,
    from_rows: int = 200,
) -> Fault:
    return Fault(
        name=name,
        touch=touch,
        choose=partial(some, kinds=kinds),
        topics=topics,
        severities=severities,
        from_rows=from_rows,
    )


def of_users(name: str, by: float, *, features: int, users: int, size: float) -> Fault:
    return Fault(
        name=name,
        touch=partial(move, by=by),
        choose=partial(some, kinds=("normal",), features=features, users=users),
        topics=SEGMENT,
        severities=WARNING,
        from_rows=1500,
        size=size,
    )


def category(name: str, touch: Touch, feature: str, topics: frozenset[str], *, from_rows: int) -> Fault:
    return Fault(
        name=name,
        touch=touch,
        choose=nothing_of_the_features,
        topics=topics,
        severities=WARNING,
        features=(feature,),
        from_rows=from_rows,
    )


def output(name: str, touch: Touch, topic: str, severities: Severities, *, from_rows: int = 200) -> Fault:
    return Fault(
        name=name,
        touch=touch,
        choose=nothing_of_the_features,
        topics=frozenset({topic}),
        severities=severities,
        on_outputs=True,
        from_rows=from_rows,
    )


EVERY = (
    shifted("shift .1 sd", 0.1, SILENCE, 200),
    shifted("shift .25 sd", 0.25, WARNING, 5000),
    shifted("shift .5 sd", 0.5, WARNING, 1500),
    shifted("shift 1 sd", 1.0, EITHER, 400),
    shifted("shift 2 sd", 2.0, CRITICAL, 200),
    shifted("shift .5 sd in five", 0.5, EITHER, 1500, features=5),
    replace(shifted("step .6 sd", 0.6, WARNING, 1500), by=1),
    replace(
        shifted("gradual 1.2 sd in 30 days", 1.2, WARNING, 1500),
        size=0.5,
        by=8,
        days=20,
        strength=rising,
    ),
    scaled(1.5, 5000),
    scaled(2.0, 1500),
    column("unit error ×1000", partial(multiply, by=1000.0), SUPPORT, CRITICAL),
    column("unit error ÷60", partial(multiply, by=1 / 60), DRIFT | SUPPORT, CRITICAL),
    column("sentinel in 8 %", partial(overwrite, share=0.08, value=-999.0), SUPPORT, WARNING, from_rows=500),
    column("out of range 35 %", partial(beyond, share=0.35), SUPPORT, CRITICAL),
    column("frozen", freeze, frozenset({"frozen"}), CRITICAL),
    column("all missing", partial(overwrite, share=1.0, value=np.nan), frozenset({"missing", "schema"}), CRITICAL),
    column(
        "missing 2 → 20 %",
        partial(overwrite, share=0.185, value=np.nan),
        frozenset({"missing"}),
        WARNING,
        kinds=("sparse",),
        from_rows=400,
    ),
    of_users("one user in fifty", 4.0, features=3, users=1, size=float("inf")),
    of_users("five users 2 sd", 2.0, features=1, users=5, size=0.25),
    replace(
        column("correlation flip", flip, frozenset({"joint"}), WARNING, from_rows=500),
        choose=the_pair,
        touches_all=True,
    ),
    category("new category 8 %", partial(rename, share=0.08), "region", SUPPORT, from_rows=500),
    category("category mix 20 %", partial(remix, share=0.2), "device", DRIFT, from_rows=1500),
    output("class prior +22 points", partial(favour, points=0.22), "classes", WARNING, from_rows=1000),
    output("class prior +50 points", partial(favour, points=0.5), "classes", EITHER, from_rows=400),
    output("reject +5 points", partial(decline, points=0.05), "reject", WARNING, from_rows=1500),
    output("reject +10 points", partial(decline, points=0.10), "reject", EITHER, from_rows=500),
    output("reject +20 points", partial(decline, points=0.20), "reject", CRITICAL),
    output("confidence decay", partial(soften, power=0.72), "certainty", WARNING, from_rows=500),
    output("confidence collapse", partial(soften, power=0.08), "certainty", CRITICAL),
    # A short day is an incomplete log: at most a ticket from freshness or volume.
    replace(
        output("truncated day", cut_short, "volume", frozenset({None, "warning"})),
        topics=frozenset({"volume", "freshness"}),
        days=1,
    ),
    Fault(
        name="outage and recovery",
        touch=black_out,
        choose=every_feature,
        topics=frozenset({"missing", "schema", "reject", "certainty"}),
        severities=CRITICAL,
        on_outputs=True,
        by=1,
        days=15,
        strength=once,
    ),
)
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in EVERY}

"""Quiet worlds: each is another kind of ordinary life, and an alert in any of them is false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from world import World

PLAIN = (
    *("normal",) * 6,
    *("lognormal",) * 2,
    *("heavy", "bounded", "count", "count", "zero_inflated", "flag", "sparse", "constant"),
)
TIED = (
    *("count",) * 6,
    *("zero_inflated",) * 4,
    *("few", "few", "flag", "flag", "sparse", "constant"),
)
WEATHERED = ("normal", "normal", "weather", "weather", *PLAIN[4:])

SEASONS = World(
    name="seasons", kinds=PLAIN, season=0.35, weekend_volume=0.55, hourly=0.2, day_shock=0.03, class_shock=0.05
)
COMBINED = World(
    name="combined",
    kinds=WEATHERED,
    user_wander=0.2,
    user_day=0.15,
    mix_noise=0.3,
    day_shock=0.05,
    day_memory=0.4,
    class_shock=0.06,
    season=0.25,
    weekend_volume=0.6,
    hourly=0.15,
    growth=0.005,
)
QUIET: Mapping[str, World] = {
    world.name: world
    for world in (
        World(name="independent", kinds=PLAIN, user_spread=0.0, mix_noise=0.0),
        World(name="users", kinds=PLAIN, user_wander=0.3, user_day=0.2, mix_noise=0.4),
        World(name="shocks", kinds=WEATHERED, day_shock=0.08, day_memory=0.4, class_shock=0.1),
        SEASONS,
        World(name="growing", kinds=PLAIN, rows=250, growth=0.025, day_shock=0.03, class_shock=0.03),
        World(name="ties", kinds=TIED, day_shock=0.03, class_shock=0.03),
        World(name="tiny", kinds=PLAIN, rows=130, rows_between=(60, 200), user_wander=0.15),
        COMBINED,
        replace(SEASONS, name="holidays", holidays=(31, 38, 52, 53, 67)),
        replace(COMBINED, name="seven days", remembered_days=7),
        replace(COMBINED, name="outage before", outage_before=5),
        replace(SEASONS, name="three hours", rows=6000, windows_a_day=8),
        World(name="large", kinds=PLAIN, rows=20_000, day_shock=0.03, class_shock=0.03),
    )
}

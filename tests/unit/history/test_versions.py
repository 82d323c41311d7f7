"""What a report was made with is kept as it was first."""

from datetime import UTC, datetime, timedelta

import pytest

from windage.history.versions import Versions
from windage.store.database import Database

FIRST = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def versions(url):
    return Versions(Database(url))


def test_a_policy_is_kept_once_with_its_first_use(versions):
    for day, policy in enumerate(["{a}", "{a}", "{b}", "{a}"]):
        versions.record("m", policy=policy, baselines={}, at=FIRST + timedelta(days=day))
    versions.record("other", policy="{a}", baselines={}, at=FIRST)
    assert [(each.policy, each.first_used_at) for each in versions.policies("m")] == [
        ("{a}", FIRST),
        ("{b}", FIRST + timedelta(days=2)),
    ]


def test_a_baseline_that_was_promoted_stays_as_it_was(versions):
    versions.record("m", policy="{}", baselines={1: "january"}, at=FIRST)
    versions.record("m", policy="{}", baselines={1: "changed afterwards", 2: "march"}, at=FIRST)
    assert versions.baselines("m") == {1: "january", 2: "march"}
    assert versions.baselines("other") == {}

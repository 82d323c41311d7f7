"""A partition is read once: other content or other settings are another key, and a torn entry is made again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import numpy as np
import pytest

from builders import days
from windage.errors import ReadFailed
from windage.partitions.batches import WORTH_A_TASK, portions
from windage.partitions.cache import ProfileCache
from windage.profiles.document import TOGETHER
from windage.profiles.numeric import NumericProfile
from windage.profiles.parts import Part
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import PartitionRef

LOG = Log(location="x/{start:%Y-%m-%d}", numeric=("x",), label="l")
WIDE = LOG.model_copy(update={"numeric": ("x", "y")})


def partition(day=0, fingerprint="f"):
    return PartitionRef(period=days(day, day + 1), files=("a.parquet",), fingerprint=f"{fingerprint}{day}")


@pytest.fixture
def made():
    """The partitions that were profiled, in order."""
    return []


@pytest.fixture
def make(made):
    def profile(each):
        made.append(each)
        return WindowProfile(rows=3, numeric={"x": NumericProfile.of(np.arange(3.0), resolution=8)})

    return profile


@pytest.fixture(params=["disk", "object store"])
def cache(request, tmp_path):
    location = f"{tmp_path}/profiles" if request.param == "disk" else f"memory://{tmp_path.name}/profiles"
    return ProfileCache(location, LOG, resolution=8)


def test_a_profile_is_made_once(cache, make, made):
    assert cache.missing([partition(0), partition(1)]) == [partition(0), partition(1)]
    for _ in range(3):
        found = [cache.get_or_make(partition(k), make).rows for k in (0, 1)]
    assert made == [partition(0), partition(1)]
    assert found == [3, 3]
    assert cache.missing([partition(0), partition(1), partition(2)]) == [partition(2)]


def test_changed_content_is_profiled_again(cache, make, made):
    cache.get_or_make(partition(fingerprint="before"), make)
    cache.get_or_make(partition(fingerprint="after"), make)
    assert len(made) == 2


@pytest.mark.parametrize("store", ["", "memory://"])
def test_of_runs_that_want_the_same_profile_one_makes_it_and_the_others_wait(tmp_path, make, made, store):
    """Threads hold locks of their own, as processes do: each opens the lock's file, or writes the lease."""
    place = f"{store}{tmp_path.name}" if store else str(tmp_path)
    caches = [ProfileCache(place, LOG, resolution=8) for _ in range(4)]
    begun = Barrier(len(caches))

    def slowly(each):
        sleep(0.1)
        return make(each)

    def want(cache):
        begun.wait()
        return cache.get_or_make(partition(), slowly).rows

    with ThreadPoolExecutor(len(caches)) as pool:
        assert list(pool.map(want, caches)) == [3] * 4
    assert made == [partition()]


def test_what_a_killed_process_left_of_a_large_partition_is_removed_by_the_next_that_has_its_profile(
    tmp_path, make, made
):
    cache = ProfileCache(str(tmp_path), WIDE, resolution=8)
    large = partition().model_copy(update={"n_bytes": 2 * WORTH_A_TASK})
    halves = portions(large, WIDE)
    for each in halves:
        cache.get_or_make_part(each, lambda _: Part(window=WindowProfile(rows=3)))
    cache.put(large, make(large))  # and was killed here
    assert [cache.has_part(each) for each in halves] == [True, True]
    assert cache.get_or_make(large, make).rows == 3
    assert [cache.has_part(each) for each in halves] == [False, False]
    assert made == [large]


@pytest.mark.parametrize("torn", [b"", b"PAR1", None])
def test_a_torn_entry_is_made_again(tmp_path, make, made, torn, caplog):
    cache = ProfileCache(str(tmp_path), LOG, resolution=8)
    cache.get_or_make(partition(), make)
    (entry,) = tmp_path.rglob("*.parquet")
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-20] if torn is None else torn)
    assert cache.get_or_make(partition(), make).rows == 3
    (told,) = [each.getMessage() for each in caplog.records]
    assert f"{entry} is not a readable profile" in told
    assert told.endswith("It will be rebuilt.")
    assert len(made) == 2
    assert entry.read_bytes() == whole


def test_an_entry_whose_points_cannot_be_decoded_is_made_again_by_the_next_try(tmp_path):
    """Of many columns only those that are asked for are decoded, and a document of before has no checksum."""
    cache = ProfileCache(str(tmp_path), LOG, resolution=8)
    column = NumericProfile.of(np.arange(3000.0), resolution=1000)
    wide = WindowProfile(rows=3000, numeric={f"x{k}": column for k in range(TOGETHER + 1)})
    cache.put(partition(), wide)
    (entry,) = tmp_path.rglob("*.parquet")
    content = bytearray(entry.read_bytes()[:-4])
    content[4:2000] = b"\xff" * 1996
    entry.write_bytes(content)
    found = cache.get_or_make(partition(), lambda _: pytest.fail("it can be loaded"))
    with pytest.raises(ReadFailed):
        found.numeric["x0"]
    assert cache.get_or_make(partition(), lambda _: wide) is wide
    assert cache.get(partition()).numeric["x0"].finite == 3000


def test_settings_that_change_the_profile_change_the_key():
    same = {
        ProfileCache("a", log, resolution=8).key(partition())
        for log in (
            LOG,
            LOG.model_copy(update={"location": "elsewhere/{start:%Y-%m-%d}"}),
            LOG.model_copy(update={"done_marker": "_SUCCESS", "reject_label": "?"}),
            LOG.model_copy(update={"weekend": ("fri", "sat"), "units": {"x": "m"}, "segments": ("region",)}),
        )
    }
    assert len(same) == 1
    changed = {
        ProfileCache("a", log, resolution=resolution).key(partition())
        for log, resolution in [
            (LOG, 16),
            (LOG, None),
            (WIDE, 8),
            (LOG.model_copy(update={"label": "m"}), 8),
            (LOG.model_copy(update={"user": "u"}), 8),
            (LOG.model_copy(update={"probabilities": ("p", "q")}), 8),
        ]
    }
    assert len(changed | same) == 7


def test_two_runs_that_make_the_same_profile_write_the_same_bytes(tmp_path, make):
    for name in ("one", "two"):
        ProfileCache(str(tmp_path / name), LOG, resolution=8).get_or_make(partition(), make)
    one, two = (sorted((tmp_path / name).rglob("*.parquet")) for name in ("one", "two"))
    assert [each.read_bytes() for each in one] == [each.read_bytes() for each in two]
    assert [each.name for each in one] == [each.name for each in two]

"""The profiles of one log's partitions: made once, in this process or on a cluster, and cached."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from windage.errors import BrokenFile, GoneFile
from windage.partitions.batches import Portion, batches, portions
from windage.partitions.broken_files import Spare, none_of_them, only_logged
from windage.partitions.cache import ProfileCache
from windage.partitions.engines.engine import Engine
from windage.partitions.engines.local import LocalEngine
from windage.partitions.recipe import Recipe, split_by_features
from windage.partitions.relisting import relisted_if_gone, require_as_listed
from windage.partitions.sampling import sample_rows
from windage.profiles.parts import Part
from windage.profiles.sample import RowSample
from windage.profiles.window import WindowProfile
from windage.vocabulary import PartitionRef

log = logging.getLogger(__name__)

Done = Callable[[], None]
"""Called once for each partition or portion that was read."""


def nothing() -> None:
    """The default ``Done``."""


class Profiler:
    """Profiles and caches partitions: many at once on ``engine`` if it is a cluster, all others in this process."""

    def __init__(self, recipe: Recipe, cache: ProfileCache, engine: Engine | None = None) -> None:
        self.cache = cache
        self._recipe = recipe
        self._log = recipe.log
        self._local = engine if isinstance(engine, LocalEngine) else LocalEngine()
        self._cluster = None if isinstance(engine, LocalEngine) else engine

    def profile(self, partition: PartitionRef) -> WindowProfile:
        """The cached profile, or one made now; its ``sample`` reads rows again when a check asks for some."""
        return self._of(partition, self._get_or_make(partition))

    def ahead(self, partitions: Iterable[PartitionRef]) -> Callable[[PartitionRef], WindowProfile]:
        """``profile``, with the cached profiles of these partitions read already where each would take a round trip."""
        read = self.cache.ahead(partitions)

        def profile(partition: PartitionRef) -> WindowProfile:
            return self._of(partition, read.get(self.key(partition)) or self._get_or_make(partition))

        return profile

    def _of(self, partition: PartitionRef, profile: WindowProfile) -> WindowProfile:
        sample = partial(self._sample, partition) if self._log.user else None
        return replace(profile, period=partition.period, weekend=self._log.weekend_days, sample=sample)

    def _get_or_make(self, partition: PartitionRef) -> WindowProfile:
        return relisted_if_gone(self._log, [partition], lambda listed: self.cache.get_or_make(listed[0], self._whole))

    def key(self, partition: PartitionRef) -> str:
        """The key that the partition's profile is cached under; it depends on the content and the columns."""
        return self.cache.key(partition)

    def missing(self, partitions: Iterable[PartitionRef]) -> list[PartitionRef]:
        return self.cache.missing(partitions)

    def profile_all(
        self, partitions: Iterable[PartitionRef], done: Done = nothing, *, spare: Spare = none_of_them
    ) -> None:
        """Profile the partitions that are not cached yet.

        Raises:
            ReadFailed: a partition could not be read; a retry may help.
            BrokenFile: a file is broken, of a partition that may not be spared.
        """
        if self._cluster is None:
            for partition in self.missing(partitions):
                with only_logged(partition, spare):
                    self._get_or_make(partition)
                done()
            return
        with self.cache.alone(partitions) as missing:
            self._profile_on(self._cluster, missing, done, spare)

    def _profile_on(self, cluster: Engine, partitions: Sequence[PartitionRef], done: Done, spare: Spare) -> None:
        """Profile partitions on the cluster. A broken file fails all of them, so bisect until its partition is alone;
        one whose file is gone is then profiled here, from the files that are there now."""
        try:
            for partition, profile in cluster.profiles(partitions, self._recipe) if partitions else ():
                require_as_listed(self._log, partition)
                self.cache.put(partition, profile)
                done()
        except BrokenFile as error:
            is_gone = isinstance(error, GoneFile)
            if not is_gone and not any(map(spare, partitions)):
                raise
            if len(partitions) == 1:
                with only_logged(partitions[0], spare):
                    if not is_gone:
                        raise
                    self._get_or_make(partitions[0])
                done()
                return
            left = self.missing(partitions)
            self._profile_on(cluster, left[: len(left) // 2], done, spare)
            self._profile_on(cluster, left[len(left) // 2 :], done, spare)

    def batches(self, partitions: Iterable[PartitionRef]) -> list[list[Portion]]:
        """What is left to profile, in one batch per task; a cluster takes it all in one and distributes it itself."""
        missing = self.missing(partitions)
        if self._cluster is not None:
            return [[Portion(partition=partition) for partition in missing]] if missing else []
        needed = [portion for partition in missing for portion in portions(partition, self._log)]
        return batches(each for each in needed if each.of == 1 or not self.cache.has_part(each))

    def profile_batch(self, batch: Sequence[Portion], done: Done = nothing, *, spare: Spare = none_of_them) -> None:
        """``profile_all`` for the portions of a batch."""
        self.profile_all([each.partition for each in batch if each.of == 1], done, spare=spare)
        for portion in batch:
            if portion.of > 1:
                if not self.cache.has(portion.partition):  # a retried task may find the whole profile stored already
                    with only_logged(portion.partition, spare):
                        self._make_part(portion)
                done()

    def _make_part(self, portion: Portion) -> None:
        """Profile and cache a portion; if a file is gone, the whole partition, which may split differently by now."""
        try:
            self.cache.get_or_make_part(portion, self._part)
        except GoneFile:
            self._get_or_make(portion.partition)

    def _whole(self, partition: PartitionRef) -> WindowProfile:
        """The partition's profile; that of a large one is joined from its portions, cached by tasks or made now."""
        needed = portions(partition, self._log)
        if len(needed) == 1:
            profile = self._local.profile(self._recipe.open_partition(partition), self._recipe)
            require_as_listed(self._log, partition)
            return profile
        return self._recipe.whole([self.cache.get_or_make_part(portion, self._part) for portion in needed])

    def _part(self, portion: Portion) -> Part:
        columns = split_by_features(self._log, portion.of)[portion.part]
        part = self._local.profile_columns(self._recipe.open_partition(portion.partition), self._recipe, columns)
        require_as_listed(self._log, portion.partition)
        return part

    def _sample(self, partition: PartitionRef) -> RowSample:
        opened = relisted_if_gone(self._log, [partition], lambda listed: self._recipe.open_partition(listed[0]))
        return sample_rows(opened, self._log)

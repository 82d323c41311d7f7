"""Partitions whose files vanished after they were listed, as when they are compacted, are listed and read once more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from windage.errors import GoneFile, listed
from windage.partitions.sources.source import partitions_of
from windage.spec.log import Log
from windage.vocabulary import PartitionRef

logger = logging.getLogger(__name__)
T = TypeVar("T")


def relisted_if_gone(log: Log, partitions: Sequence[PartitionRef], make: Callable[[Sequence[PartitionRef]], T]) -> T:
    """What ``make`` makes of partitions; where a file of theirs is gone, of the same periods as they are listed now.

    They have other fingerprints then: what is kept under one is only ever made of that content.

    Raises:
        GoneFile: a partition is not there any more, or its file vanished again; a retry may help.
    """
    try:
        return make(partitions)
    except GoneFile as error:
        return make(_listed_again(log, partitions, error))


def _listed_again(log: Log, partitions: Sequence[PartitionRef], error: GoneFile) -> list[PartitionRef]:
    """The partitions as they are listed now.

    Raises:
        GoneFile: ``error``, where one is not there any more, or nothing has changed.
    """
    now = partitions_of(log, [each.period for each in partitions])
    if now.missing or now.present == list(partitions):
        raise error
    changed = listed(str(each.period) for each in partitions if each not in now.present)
    logger.warning("files were replaced since they were listed; read as they are now: the partitions of %s", changed)
    return now.present

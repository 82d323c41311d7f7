"""Listing and reading partitions once more when their files vanished or were replaced after they were listed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from windage.errors import GoneFile, listed
from windage.partitions.layout import is_as_listed
from windage.partitions.sources.source import partitions_of
from windage.spec.log import FILES, Log
from windage.vocabulary import PartitionRef

logger = logging.getLogger(__name__)
T = TypeVar("T")


def relisted_if_gone(log: Log, partitions: Sequence[PartitionRef], make: Callable[[Sequence[PartitionRef]], T]) -> T:
    """``make(partitions)``; if a file is gone or was replaced, ``make`` of the same periods' partitions as listed now.

    Those have new fingerprints, so nothing is ever cached under the fingerprint of other content.

    Raises:
        GoneFile: a partition no longer exists, or a file vanished or was replaced again; a retry may help.
    """
    try:
        return make(partitions)
    except GoneFile as error:
        return make(_listed_again(log, partitions, error))


def _listed_again(log: Log, partitions: Sequence[PartitionRef], error: GoneFile) -> list[PartitionRef]:
    """The partitions as they are listed now.

    Raises:
        GoneFile: ``error``, if one no longer exists or nothing has changed.
    """
    now = partitions_of(log, [each.period for each in partitions])
    if now.missing or now.present == list(partitions):
        raise error
    changed = listed(str(each.period) for each in partitions if each not in now.present)
    logger.warning("files were replaced since they were listed; read as they are now: the partitions of %s", changed)
    return now.present


def require_as_listed(log: Log, partition: PartitionRef) -> None:
    """Refuse what was just read of a partition if a file was replaced meanwhile: part of it may come from the old file and
    part from the new one. The files of table formats never change.

    Raises:
        GoneFile: a file was replaced, or is gone; listing the partition again helps.
    """
    if log.format == FILES and not is_as_listed(log.location, partition):
        raise GoneFile(
            f"the partition of {partition.period} was written again while it was read from {partition.files[0]}. Run again when "
            "its writer has finished."
        )

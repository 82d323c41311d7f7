"""Profiling on the workers of a Dask cluster, which must have Windage installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from windage.errors import InvalidInput, ReadFailed
from windage.partitions.recipe import Recipe
from windage.profiles.parts import in_groups
from windage.profiles.window import WindowProfile
from windage.vocabulary import PartitionRef

SECONDS_WITHOUT_WORKERS = 300
"""How often a cluster that profiles is asked whether it has workers; one that adapts may first have to start machines."""


class DaskEngine:
    """Each share is a task, and so is each merge of parts; parts stay on the workers until the profile is complete.

    ``address`` is the scheduler's; without one a cluster is started on this machine. ``settings`` go to Dask's
    ``Client``.
    """

    needs: ClassVar[str] = "distributed"

    def __init__(self, address: str | None, settings: Mapping[str, str]) -> None:
        self._address = address
        self._settings = settings
        self._cluster = f"the Dask scheduler at {address}" if address else "a Dask cluster on this machine"

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        from distributed import KilledWorker, as_completed

        with self._client() as client:
            waiting = {self._submit(client, each, recipe): each for each in partitions}
            while waiting:
                try:
                    for future, profile in as_completed([*waiting], with_results=True, timeout=SECONDS_WITHOUT_WORKERS):
                        if future.cancelled():
                            raise ReadFailed(f"{self._cluster} went away while it profiled. Start it, and try again.")
                        yield waiting.pop(future), profile
                except KilledWorker as error:
                    raise ReadFailed(
                        f"{self._cluster} lost its workers again and again at the same task. Give them more memory, or lower "
                        "the monitor's rows_at_once, and try again."
                    ) from error
                except TimeoutError:
                    if any(each.status == "error" for each in waiting):  # it is a task's own
                        raise
                    self._must_have_workers(client)

    def _must_have_workers(self, client: Any) -> None:
        """Work goes on for as long as it takes, and a cluster that adapts has no workers before it has work."""
        if not client.nthreads():
            raise ReadFailed(
                f"{self._cluster} still had no workers after {SECONDS_WITHOUT_WORKERS} seconds. Start some, and try again."
            )

    def _client(self) -> Any:
        from distributed import Client

        try:
            return Client(self._address, **self._settings)
        except (TypeError, ValueError, LookupError) as error:
            raise InvalidInput(
                f"{self._cluster} cannot be used: {str(error).rstrip('.')}. Correct engine.address or engine.settings, which are those of Dask's Client."
            ) from error
        except (OSError, RuntimeError) as error:
            raise ReadFailed(
                f"{self._cluster} cannot be reached: {str(error).rstrip('.')}. Start it or correct engine.address, and try again."
            ) from error

    def _submit(self, client: Any, partition: PartitionRef, recipe: Recipe) -> Any:
        """The future of the partition's profile."""
        groups = []
        for shares in recipe.shares(partition):
            parts = [client.submit(recipe.part, share, pure=False) for share in shares]
            while len(parts) > 1:
                parts = [client.submit(recipe.merged, group, pure=False) for group in in_groups(parts)]
            groups += parts
        return client.submit(recipe.whole, groups, pure=False)

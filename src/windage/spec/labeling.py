"""What a monitor's file says under ``labeling``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from windage.errors import InvalidInput
from windage.files import is_absolute, is_database_url, join, path_or_database
from windage.spec.cron import Cron
from windage.spec.section import Section


def _place_of_queue(queue: str | None) -> str | None:
    if queue is not None:
        try:
            path_or_database(queue, keeps="the queue")
        except InvalidInput as error:
            raise ValueError(f"is not a valid place: {str(error).rstrip('.')}") from error
    return queue


class Labeling(Section):
    """Which rows of a critical window people are asked to label."""

    limit: Annotated[int, Field(ge=0, description="Maximum number of rows queued per window.")] = 50
    strategy: Annotated[
        str,
        Field(description="How rows are chosen: drift_aware, lowest_confidence, margin, entropy or uniform."),
    ] = "drift_aware"
    uniform_share: Annotated[
        float | None,
        Field(
            ge=0, le=1, description="Share of the rows drawn at random; default: the strategy's (0.3 for drift_aware)."
        ),
    ] = None
    queue: Annotated[
        str | None,
        AfterValidator(_place_of_queue),
        Field(description="Path to a JSON file, or a database URL; default: the store's database."),
    ] = None
    trickle: Annotated[
        int,
        Field(
            ge=0,
            description="Rows drawn at random from every window that is not critical, so that labels exist before drift starts.",
        ),
    ] = 5
    ingest: Annotated[Cron, Field(description="Cron schedule of the DAG that imports labels and judges by them.")] = (
        "0 */6 * * *"
    )
    answers: Annotated[
        str | None,
        Field(description="Path or URL of a folder with label files: .csv, .parquet or Label Studio .json."),
    ] = None
    max_asks_per_day: Annotated[int, Field(ge=1, description="Maximum number of requests served per day.")] = 20
    hide_guess: Annotated[
        bool, Field(description="Whether to hide the classifier's prediction until a person has answered.")
    ] = True
    in_backfill: Annotated[bool, Field(description="Whether backfilled windows queue rows.")] = False

    @field_validator("strategy")
    @classmethod
    def _is_known(cls, strategy: str) -> str:
        from windage.selection import strategy_named

        return strategy_named(strategy).name

    def queue_at(self, *, storage: str, database: str) -> str:
        """Path or URL of the queue: the one in the file, relative to the storage, or by default the store's database."""
        if self.queue is None:
            return database
        return self.queue if is_database_url(self.queue) or is_absolute(self.queue) else join(storage, self.queue)

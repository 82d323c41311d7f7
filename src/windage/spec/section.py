"""What every section of a monitor's file is: frozen, and without a key that nobody knows."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def by_default(cls) -> Self:
        """The section of a file that says nothing of it. Nobody gave these values, so no validator is built for them."""
        return cls.model_construct()

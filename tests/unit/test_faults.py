"""What pydantic refuses, in our words."""

from datetime import datetime
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from windage.faults import broken_place, fault_in_words
from windage.vocabulary import DriftTrigger


class Section(BaseModel):
    model_config = {"extra": "forbid"}
    bins: Annotated[int, Field(ge=2)] = 10
    day: datetime = datetime(2024, 1, 1)  # noqa: DTZ001
    names: tuple[str, ...] = ()
    place: str = ""
    side: Literal["left", "right"] = "left"
    trigger: DriftTrigger | None = None

    @field_validator("place")
    @classmethod
    def _is_known(cls, place: str) -> str:
        if place:
            raise ValueError("is not a valid place. Give a path")
        return place


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bins": 1}, "must be at least 2; got 1."),
        ({"bins": "x"}, "must be a whole number; got 'x'."),
        ({"bins": 2.5}, "must be a whole number; got 2.5."),
        ({"bin": 1}, "unknown key. Did you mean 'bins'?"),
        ({"day": "soon"}, "must be a date or time, such as 2024-01-31 or 2024-01-31T06:00; got 'soon'."),
        ({"names": {}}, "must be a list such as [a, b]."),
        ({"side": "lef"}, "must be 'left' or 'right'; got 'lef'. Did you mean 'left'?"),
        ({"side": "up"}, "must be 'left' or 'right'; got 'up'."),
        (
            {"trigger": "freshnes"},
            "must be one of feature_psi, feature_ks, reject_rate_increase, entropy_spike, class_shift, entropy_drop, reject_rate_decrease, missingness and 19 more; got 'freshnes'. Did you mean 'freshness'?",
        ),
        ({"place": "mars"}, "is not a valid place; got 'mars'. Give a path."),
    ],
)
def test_what_pydantic_finds_is_said_in_our_words(given, said):
    with pytest.raises(ValidationError) as refusal:
        Section(**given)
    (fault,) = refusal.value.errors()
    assert fault_in_words(fault, allowed=Section.model_fields) == said


def test_a_value_that_may_not_be_shown_is_not():
    with pytest.raises(ValidationError) as refusal:
        Section(bins=1)
    assert fault_in_words(refusal.value.errors(include_input=False)[0]) == "must be at least 2."


def test_where_a_document_is_broken_is_told_without_its_values():
    with pytest.raises(ValidationError) as refusal:
        Section(bins="secret", side="secret")
    assert broken_place(refusal.value) == "bins: must be a whole number (and 1 more)"

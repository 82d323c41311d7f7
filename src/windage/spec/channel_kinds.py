"""The kinds of channel that are installed, and a channel of any of them, as a monitor's file gives it."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args

from pydantic import (
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    create_model,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from windage.errors import InvalidInput
from windage.extensions import Extensions
from windage.spec.channel import Channel

CHANNELS: Extensions[type[Channel]] = Extensions("windage.channels", "channel")


@cache
def channel_kinds() -> dict[str, type[Channel]]:
    """Every kind of channel by name; built-in kinds are found through the same entry points as installed ones.

    A kind that cannot be used keeps its name, and a monitor's file that names it is refused with the reason.
    """
    return {name: _kind(name) for name in CHANNELS.names}


def _kind(name: str) -> type[Channel]:
    try:
        found = CHANNELS.load(name)
    except InvalidInput as error:
        return _unusable(name, str(error))
    field = found.model_fields.get("kind") if isinstance(found, type) and issubclass(found, Channel) else None
    if field is None or get_args(field.annotation) != (name,) or found.send is Channel.send:
        return _unusable(
            name,
            f"the channel {name!r} cannot be used: its entry point must name a class of windage.spec.channel.Channel with "
            f"kind: Literal[{name!r}] and a method send. Correct the package that adds it, or uninstall it.",
        )
    return found


class Unusable(Channel):
    """Stands in for a kind of channel that cannot be used: a file that names it is refused with the reason."""

    reason: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, _: Any) -> Any:
        raise InvalidInput(cls.reason)


def _unusable(name: str, reason: str) -> type[Channel]:
    kind: Any = Literal[name]
    found = create_model("Unusable", __base__=Unusable, kind=(kind, Field(description=reason)))
    found.reason = reason
    return found


def _refuse_unknown_kind(value: Any) -> Any:
    named = value.get("kind") if isinstance(value, dict) else None
    if isinstance(named, str) and named not in channel_kinds():
        raise InvalidInput(CHANNELS.unknown(named))
    return value


@cache
def _any_kind() -> TypeAdapter[Channel]:
    kinds: Any = Union[tuple(channel_kinds().values())]  # noqa: UP007 — a union of whatever is installed
    return TypeAdapter(Annotated[kinds, Field(discriminator="kind")])


class _OfAnyKind:
    """Looks up the kinds when the first channel is read: most tasks notify nobody, and the kinds' modules import this one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(lambda value: _any_kind().validate_python(value))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(_any_kind().core_schema)


AnyChannel = Annotated[Channel, _OfAnyKind(), BeforeValidator(_refuse_unknown_kind)]
"""A channel of any installed kind, as a monitor's file gives it."""

"""A plan as the JSON that one task leaves for the others: as it is, or compressed where it has many partitions."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from windage.errors import CorruptDocument
from windage.partitions.plan import WindowPlan

LONGEST_READABLE = 16_384
"""Characters of a plan that a person may still read: of about 80 partitions of one file each."""
COMPRESSED = "plan_as_base64_of_zlib"


def to_document(plan: WindowPlan) -> dict[str, Any]:
    text = plan.model_dump_json()
    if len(text) <= LONGEST_READABLE:
        return plan.model_dump(mode="json")
    # Without the fields of a plan, so that an earlier Windage refuses it and does not take it for one without partitions.
    return {
        "about": f"{plan.monitor}, {plan.current}: {len(plan.reference_partitions)} reference and "
        f"{len(plan.current_partitions)} current partitions, {len(plan.missing)} missing",
        COMPRESSED: base64.b64encode(zlib.compress(text.encode(), 9)).decode(),
    }


def from_document(document: Mapping[str, Any]) -> WindowPlan:
    """The plan in a document.

    Raises:
        CorruptDocument: it is not a plan, or another version of Windage wrote it.
    """
    try:
        if COMPRESSED not in document:
            return WindowPlan.model_validate(document)
        return WindowPlan.model_validate_json(zlib.decompress(base64.b64decode(document[COMPRESSED])))
    except (ValueError, zlib.error) as error:
        raise CorruptDocument(
            "the plan of this run cannot be read: another version of Windage wrote it. Clear task wait_for_partitions, "
            "which makes it again."
        ) from error

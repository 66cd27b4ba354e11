"""The canonical form of a plan, and its hash.

JSON in the plan language itself: reading it back gives an equal plan. Sections are lists in their order, keys are
sorted, what is in effect is written whether the author wrote it or not, and what is nothing (no value, an empty list,
false by default) is left out, so that a key which a later version adds does not change the hash of older plans. Titles,
notes and sources are in; places and comments are not.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan

__all__ = ["canonical_bytes", "document", "plan_hash"]


def document(plan: Plan) -> dict[str, Any]:
    """The plan as dicts, lists and texts."""
    from campaignflow.plan.model import PLAN

    written: dict[str, Any] = PLAN.write(plan)
    return {"plan": written.pop("id"), **written}


def canonical_bytes(plan: Plan) -> bytes:
    """The canonical form as UTF-8 JSON, one line, keys sorted."""
    return orjson.dumps(document(plan), option=orjson.OPT_SORT_KEYS)


def plan_hash(canonical: bytes) -> str:
    """SHA-256 of a canonical form, in hexadecimal."""
    return hashlib.sha256(canonical).hexdigest()

"""The plan language as JSON Schema (draft 2020-12), for editors; made from the same table as the reader.

It says which keys there are and what form their values have. What only the reader can know (whether a name names
something, whether an expression is well typed) it does not say.
"""

from __future__ import annotations

from typing import Any

from campaignflow.plan.kinds import Schemas
from campaignflow.plan.model import PLAN
from campaignflow.plan.model_base import ID

__all__ = ["json_schema"]

_ADDRESS = "urn:campaignflow:plan:1"
_GAP: dict[str, Any] = {
    "description": "a gap: ~, a placeholder such as 20xx年, or {later: PHASE}",
    "anyOf": [
        {"type": "null"},
        {"type": "string", "pattern": "[xX×]{2,}"},
        {"type": "object", "required": ["later"], "maxProperties": 1, "properties": {"later": {"type": "string"}}},
    ],
}


def json_schema() -> dict[str, Any]:
    """The schema as a fresh dict.

    >>> schema = json_schema()
    >>> schema["required"], "for-each" in schema["$defs"]["Task"]["properties"]
    (['campaignflow', 'plan'], True)
    """
    definitions: Schemas = {}
    PLAN.schema(definitions)
    plan = definitions.pop("Plan")
    properties = {key: value for key, value in plan["properties"].items() if key != "id"}
    properties["campaignflow"] = {"const": 1, "description": "the format version"}
    properties["plan"] = {**ID.schema({}), "description": "the plan's id"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _ADDRESS,
        "title": "A campaignflow plan",
        "type": "object",
        "required": ["campaignflow", "plan"],
        "properties": dict(sorted(properties.items())),
        "additionalProperties": False,
        "$defs": {"gap": _GAP, **dict(sorted(definitions.items()))},
    }

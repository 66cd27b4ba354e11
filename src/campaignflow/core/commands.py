"""A request by an actor: the one grammar in which everybody asks for everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from campaignflow.core.freeze import EMPTY, freeze_mapping

__all__ = ["Command"]


@frozen
class Command:
    """One request: a name, an item, fields.

    Attributes:
        name: `enter`, `task.submit`, `R.TRIGGER`, …
        item: what it is aimed at; empty where the command needs none.
        fields: the command's own fields, deeply immutable.
        by: the actor, `unit` or `unit/member`; None where nobody was named.
        at: when it happened, microseconds since 1970 in UTC; None means now.
        reason: why, in words.
        override: a reason to lift the guards; empty lifts none.
        id: the caller's name for this request, for safe retries.
        auth: how the host authenticated the actor.
    """

    name: str
    item: str = ""
    fields: Mapping[str, Any] = field(default=EMPTY, converter=freeze_mapping)
    by: str | None = None
    at: int | None = None
    reason: str | None = None
    override: str | None = None
    id: str | None = None
    auth: Mapping[str, Any] = field(default=EMPTY, converter=freeze_mapping)

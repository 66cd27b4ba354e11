"""Something that has happened: the only thing that changes a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from campaignflow.core.freeze import EMPTY

__all__ = ["Event"]


@frozen
class Event:
    """One fact in a campaign's log.

    Attributes:
        seq: its place in the campaign, from 1 without gaps.
        type: `REGISTER.STATE` for items (`task.verified`), `phase.entered`, `campaign.started`, …
        item: the item or phase it is about; empty for the campaign itself.
        data: the fields given or changed. Values are text, whole numbers, yes/no, None, lists and mappings of these;
            Decimals are their normalised text, instants whole microseconds. Deeply immutable.
        by: the actor; `engine`, `rule:ID` where no person asked.
        at: when it happened, microseconds since 1970 in UTC.
        recorded: when it was recorded, likewise.
        cause: seq of the event it follows from; None where a command made it.
        command: on a command's first event only: `{"id", "name", "item", "digest", "auth", "override", "reason"}`, where given.
        v: version of the event's schema.
    """

    seq: int
    type: str
    item: str
    data: Mapping[str, Any]
    by: str
    at: int
    recorded: int
    cause: int | None = None
    command: Mapping[str, Any] = EMPTY
    v: int = 1

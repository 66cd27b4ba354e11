"""Commands out of what callers give: instants and values as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaignflow.core.commands import Command
from campaignflow.core.messages import Objection
from campaignflow.errors import BadCommand
from campaignflow.plan.timemath import to_us

__all__ = ["make_command", "written"]


def make_command(
    name: str,
    item: str,
    fields: Mapping[str, Any],
    by: str | None,
    at: datetime | str | int | None = None,
    reason: str | None = None,
    override: str | None = None,
    identity: str | None = None,
    auth: Mapping[str, Any] | None = None,
) -> Command:
    """A command out of what a caller gave.

    Raises:
        BadCommand: a value that no event can hold (a float, an object), or a time that is no instant.
    """
    when = _instant(name, item, at)
    try:
        return Command(name, item, fields, by, when, reason, override, identity, auth if auth is not None else {})
    except TypeError as error:  # a float, a lone surrogate: what no event can hold
        raise BadCommand(name, item, [Objection("form", str(error))]) from None


def _instant(name: str, item: str, at: datetime | str | int | None) -> int | None:
    if at is None or isinstance(at, int):
        return at
    try:
        return to_us(datetime.fromisoformat(at) if isinstance(at, str) else at)
    except ValueError as error:
        raise BadCommand(name, item, [Objection("at", f"at={at}: {error}")]) from None


def written(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields under the names that the plan language writes.

    >>> written({"reply_within": "3d", "from_": "north"})
    {'reply-within': '3d', 'from': 'north'}
    """
    return {name.rstrip("_").replace("_", "-"): value for name, value in fields.items()}

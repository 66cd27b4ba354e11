"""Names for campaigns and commands."""

from __future__ import annotations

import secrets
import time

from campaignflow.core.messages import Objection
from campaignflow.errors import BadCommand

__all__ = ["check_campaign_id", "check_command_id", "new_command_id"]

_LONGEST = 200
_OURS = "timer:"


def new_command_id() -> str:
    """A fresh command id, ordered by time: to be made before sending, so that the same request can be sent again.

    >>> first, second = new_command_id(), new_command_id()
    >>> first != second, len(first)
    (True, 30)
    """
    return f"{time.time_ns() // 1000:014x}{secrets.token_hex(8)}"


def check_campaign_id(campaign: str) -> str:
    """The id, if a campaign can be called so.

    Raises:
        BadCommand: empty, longer than 200 characters, or with spaces, slashes or characters that do not print.
    """
    return _checked("start", campaign, "campaign id", "/\\")


def check_command_id(command: str, item: str, identity: str) -> str:
    """The id, if a caller may give it to a command.

    Raises:
        BadCommand: empty, longer than 200 characters, with spaces or characters that do not print, or one of the
            engine's own (`timer:…`).
    """
    if identity.startswith(_OURS):
        text = f"command id {identity!r}: ids that begin with {_OURS!r} are the engine's own; choose another"
        raise BadCommand(command, item, [Objection("id", text)])
    return _checked(command, identity, "command id", "", item)


def _checked(command: str, identity: str, what: str, without: str, item: str = "") -> str:
    bad = [each for each in identity if not each.isprintable() or each.isspace() or each in without]
    if not identity or len(identity) > _LONGEST or bad:
        found = f"has {bad[0]!r}" if bad else f"has {len(identity)} characters"
        text = f"{what} {identity[:60]!r} {found}: give 1 to {_LONGEST} printable characters without spaces"
        raise BadCommand(command, item, [Objection("id", text + (" or slashes" if without else ""))])
    return identity

"""Our own defaults, plugins like all others: a mailbox of files, a line on the console, an audit log of JSON lines."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import unicodedata
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from email.headerregistry import Group
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from typing import TextIO

from campaignflow._version import __version__
from campaignflow.core.messages import Notification
from campaignflow.hooks.jsonlines import JsonLines, sync_folder
from campaignflow.hooks.specs import hookimpl
from campaignflow.hooks.values import DeliveryResult

__all__ = ["Console", "JsonLines", "Mailbox", "Memory", "builtins", "one_line"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mailbox:
    """Writes each notification as one `.eml` file that any mail program opens.

    A file is whole or not there; its name follows from the idempotency key, so a second attempt finds the first one's.

    Args:
        folder: where; made if it is missing.
        channels: the channels it answers for; None for all that no other plugin answers for.
        name: the plugin's name, where an engine has two mailboxes.
    """

    version = __version__

    def __init__(self, folder: str | Path, channels: Collection[str] | None = None, name: str = "mailbox") -> None:
        self.name, self.folder, self.channels = name, Path(folder), channels

    @hookimpl(trylast=True)
    def deliver(self, notification: Notification) -> DeliveryResult | None:
        """Write the file, unless it is there."""
        if self.channels is not None and notification.channel not in self.channels:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _file_name(notification)
        if not path.exists():
            _write_whole(path, _letter(notification).as_bytes())
        return DeliveryResult.delivered(path.name)


class Console:
    """Prints each notification as one line; control characters are shown escaped, so that none can forge a line.

    Args:
        stream: where to; None for standard output as it is at that moment.
        channels: the channels it answers for; None for all that no other plugin answers for.
    """

    name = "console"
    version = __version__

    def __init__(self, stream: TextIO | None = None, channels: Collection[str] | None = None) -> None:
        self.stream, self.channels = stream, channels

    @hookimpl(trylast=True)
    def deliver(self, notification: Notification) -> DeliveryResult | None:
        """Print the line. A crash between printing and recording prints it again."""
        if self.channels is not None and notification.channel not in self.channels:
            return None
        stream = self.stream if self.stream is not None else sys.stdout
        stream.write(_line(notification) + "\n")
        stream.flush()
        return DeliveryResult.delivered()


class Memory:
    """Keeps notifications in memory: for an engine without a disk, for simulations and tests.

    Attributes:
        notifications: the latest ones by key, the newest last.
    """

    name = "memory"
    version = __version__

    def __init__(self, most: int = 10_000) -> None:
        self._keys: deque[str] = deque()
        self._most = most
        self.notifications: dict[str, Notification] = {}

    @hookimpl(trylast=True)
    def deliver(self, notification: Notification) -> DeliveryResult:
        """Keep it; a second attempt changes nothing."""
        if notification.key not in self.notifications:
            self.notifications[notification.key] = notification
            self._keys.append(notification.key)
            if len(self._keys) > self._most:
                del self.notifications[self._keys.popleft()]
        return DeliveryResult.delivered()


def builtins(
    mailbox: str | Path | None = None, console: TextIO | None = None, audit: str | Path | None = None
) -> tuple[object, ...]:
    """The defaults that a host asks for: a mailbox's folder, a stream, an audit log's file.

    With a mailbox the console prints only the channel `console`. With neither, notifications are kept in memory.

    >>> [plugin.name for plugin in builtins()]
    ['memory']
    """
    found: list[object] = []
    if console is not None:  # before the mailbox, which takes what is left
        found.append(Console(console, None if mailbox is None else ("console",)))
    if mailbox is not None:
        found.append(Mailbox(mailbox))
    if not found:
        found.append(Memory())
    if audit is not None:
        found.append(JsonLines(audit))
    return tuple(found)


def one_line(text: str) -> str:
    r"""A text as one line without control, format or surrogate characters: what cannot be seen is written out.

    >>> one_line("done\n2026 \u202efdp")
    'done\\n2026 \\u202efdp'
    """
    return "".join(_visible(each) for each in text)


def _visible(character: str) -> str:
    if character.isprintable():  # the common case, and quick; no control, format or separator character is printable
        return character
    return character.encode("unicode_escape").decode("ascii")


def _line(notification: Notification) -> str:
    when = (_EPOCH + timedelta(microseconds=notification.at)).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f"{when} {notification.campaign} → {notification.recipient} [{notification.channel}]"
    body = ": ".join(each for each in (notification.subject, " ".join(notification.text.split())) if each)
    return one_line(f"{head} {body}".rstrip())


def _digest(notification: Notification) -> str:
    return hashlib.sha256(notification.key.encode()).hexdigest()


def _file_name(notification: Notification) -> str:
    """Sorts by event; safe on every file system; unique by the digest of the key."""
    campaign = re.sub(r"[^a-z0-9-]+", "-", notification.campaign.lower()).strip("-")[:60] or "campaign"
    return f"{campaign}-{notification.seq:06d}-{_digest(notification)[:12]}.eml"


def _letter(notification: Notification) -> EmailMessage:
    """A mail to nobody's address: parties have none here, so each is an (empty) address group of its own name."""
    letter = EmailMessage(policy=SMTPUTF8)
    letter["Message-ID"] = f"<{_digest(notification)[:32]}@campaignflow.invalid>"
    letter["Date"] = format_datetime(_EPOCH + timedelta(microseconds=notification.at))
    letter["From"] = Group(_header(notification.campaign) or "campaign", ())
    letter["To"] = Group(_header(notification.recipient) or "nobody", ())
    letter["Subject"] = _header(notification.subject)
    letter["X-Campaignflow-Key"] = _header(notification.key)
    letter["X-Campaignflow-Event"] = _header(notification.event)
    letter["X-Campaignflow-Channel"] = _header(notification.channel)
    for each in notification.attachments:
        letter["X-Campaignflow-Document"] = _header(each)
    letter.set_content(notification.text, cte="8bit")  # which drops every Content-… header that was there
    if notification.language:
        letter["Content-Language"] = _header(notification.language)
    return letter


def _header(text: str) -> str:
    """No line break can start a header of its own; characters that no header holds become a space."""
    return "".join(" " if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"} else each for each in text).strip()


def _write_whole(path: Path, content: bytes) -> None:
    """All or nothing, also when the power fails: a file of another name, synced, then renamed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    sync_folder(path.parent)

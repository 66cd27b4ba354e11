"""A notification as a mail: the same bytes at every attempt, and no text of a plan can become a header."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from campaignflow.core.messages import Notification

__all__ = ["letter", "message_id"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_SUBJECT = 400


def message_id(key: str, sender: str) -> str:
    """The Message-ID that follows from an idempotency key, so that a mail sent twice can be known as one.

    >>> message_id("city:7:1", "campaign@example.org") == message_id("city:7:1", "campaign@example.org")
    True
    """
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


def letter(notification: Notification, sender: str, recipient: str, subject_prefix: str = "") -> EmailMessage:
    """The mail. Its date is when the event happened; documents are named, not attached: they stay in the dossier."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = message_id(notification.key, sender)
    mail["Date"] = format_datetime(_EPOCH + timedelta(microseconds=notification.at))
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = header(f"{subject_prefix}{notification.subject}")[:_LONGEST_SUBJECT]
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies stay away
    mail["X-Campaignflow-Key"] = header(notification.key)
    mail["X-Campaignflow-Event"] = header(notification.event)
    mail.set_content(_text(notification))
    if notification.language.isascii() and notification.language.replace("-", "").isalnum():
        mail["Content-Language"] = notification.language
    return mail


def header(text: str) -> str:
    """A text that cannot leave its header: line breaks and control characters become spaces.

    >>> header("late\\r\\nBcc: all@example.org")
    'late  Bcc: all@example.org'
    """
    return "".join(" " if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"} else each for each in text).strip()


def _text(notification: Notification) -> str:
    text = "\n".join(notification.text.splitlines())
    if notification.attachments:
        text += "\n\nDocuments: " + ", ".join(header(each) for each in notification.attachments)
    return text + "\n"

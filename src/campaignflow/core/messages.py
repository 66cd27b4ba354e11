"""What the core and the hooks say to each other: small frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from campaignflow.core.events import Event
from campaignflow.core.freeze import EMPTY, freeze_mapping

__all__ = ["AuditRecord", "Move", "Notification", "Objection", "ScoreItem", "ScoringMethod"]


@frozen
class Objection:
    """One reason against a move.

    Attributes:
        guard: who objects: `gate`, `authority`, `lifecycle`, `window`, `needs`, `evidence`, …, or `plugin:NAME`.
        text: the reason, for a person.
    """

    guard: str
    text: str

    def __str__(self) -> str:
        return self.text


@frozen
class Move:
    """What a `guard` hook is asked about: one item (or phase, or the campaign) that would change its state.

    Attributes:
        command: the command's name. trigger: the lifecycle's trigger.
        register, item: what moves; for phases the register is `phase`.
        source, target: the states.
        actor: who asks. fields: what was given with the command.
    """

    command: str
    trigger: str
    register: str
    item: str
    source: str
    target: str
    actor: str
    fields: Mapping[str, Any] = field(default=EMPTY, converter=freeze_mapping)


@frozen
class Notification:
    """A message that an event causes.

    Attributes:
        key: idempotency key, the same at every attempt: `CAMPAIGN:SEQ:N`.
        campaign, event, seq: where it comes from: campaign id, event type, event number.
        recipient: party it is for, `unit` or `unit/member`.
        channel: name of the channel; the host's configuration says what stands behind it.
        language: language of the text.
        subject, text: what it says.
        attachments: ids of dossier documents.
        template: the rule or plugin that composed it.
        at: when its event happened, microseconds.
    """

    key: str
    campaign: str
    event: str
    seq: int
    recipient: str
    channel: str
    language: str
    subject: str
    text: str
    attachments: tuple[str, ...] = ()
    template: str = ""
    at: int = 0


@frozen
class AuditRecord:
    """One event on its way to an audit sink, in the order of the log, never skipped.

    Attributes:
        campaign, seq: whose event, and which.
        position: place in the whole store's log; a sink's cursor.
        event: the event.
        leaf: its bytes exactly as stored, the leaf of the campaign's Merkle tree.
        leaf_hash: RFC 9162 leaf hash of these bytes, hexadecimal.
    """

    campaign: str
    seq: int
    position: int
    event: Event
    leaf: bytes
    leaf_hash: str


@frozen
class ScoreItem:
    """A child of a scored node, as a scoring method sees it.

    Attributes:
        id: the child's id.
        value: its result, 0 to 100 or its points; None where it has none (then `missing` decides before the method runs).
        weight: its weight. points: its full marks, or None.
    """

    id: str
    value: Decimal
    weight: Decimal
    points: Decimal | None = None


@frozen
class ScoringMethod:
    """How a node's children make its result; given by a plugin through `register_scoring_methods`.

    Attributes:
        name: what the plan writes after `method:`.
        score: pure function from the children (never empty, in the plan's order) to the node's result.
        doc: one sentence for `plugins list` and the report.
    """

    name: str
    score: Callable[[tuple[ScoreItem, ...]], Decimal]
    doc: str = ""

"""Audit sinks: each follows the whole store's log at its own pace, and misses nothing.

A sink's cursor moves only after the sink has taken the record; one that fails is offered the same record at the next
tick, for as long as it takes. There is no dead letter here: an audit with a hole is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from campaignflow.audit.merkle import leaf_hash
from campaignflow.core.codec import decode_event
from campaignflow.core.messages import AuditRecord
from campaignflow.errors import PluginError
from campaignflow.stores import LogRow, Store

__all__ = ["follow"]

_CHUNK = 200
log = structlog.get_logger("campaignflow.audit")


def follow(store: Store, sinks: Mapping[str, Callable[[AuditRecord], None]], limit: int | None = None) -> int:
    """Bring each sink up to the end of the log, or `limit` records further.

    Returns:
        How many records were taken, over all sinks.
    """
    names: dict[int, str] = {}
    return sum(_follow_one(store, name, sinks[name], names, limit) for name in sorted(sinks))


def _follow_one(
    store: Store, name: str, sink: Callable[[AuditRecord], None], names: dict[int, str], limit: int | None
) -> int:
    taken, cursor = 0, store.cursor(name)
    while rows := store.changes(cursor, _CHUNK if limit is None else min(_CHUNK, limit - taken)):
        done = _offer(sink, name, [_record(store, row, names) for row in rows])
        if done:
            cursor = rows[done - 1].position
            with store.unit() as unit:
                unit.move_cursor(name, cursor)
        taken += done
        if done < len(rows):
            break
    return taken


def _offer(sink: Callable[[AuditRecord], None], name: str, records: list[AuditRecord]) -> int:
    """How many of these the sink has taken before it failed, if it did."""
    for done, record in enumerate(records):
        try:
            sink(record)
        except PluginError as error:
            log.warning("audit sink failed", sink=name, position=record.position, error=str(error))
            return done
    return len(records)


def _record(store: Store, row: LogRow, names: dict[int, str]) -> AuditRecord:
    if row.campaign not in names:
        names.update({head.number: head.id for head in store.heads()})
    event = decode_event(row.leaf)
    return AuditRecord(names[row.campaign], row.seq, row.position, event, row.leaf, leaf_hash(row.leaf).hex())

"""One transaction of the SQLite store."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import apsw
from attrs import evolve

from campaignflow.errors import StoreError
from campaignflow.stores.base import CheckpointRow, Head, NewRow, OutboxRow
from campaignflow.stores.sqlite_lock import Use, store_error

__all__ = ["HEAD", "OUTBOX", "SqliteUnit", "read_head", "roll_back"]

HEAD = "number, id, version, frontier, next_due, plan, flags"
OUTBOX = "key, campaign, seq, channel, body, state, attempts, next_try, error"


_NESTED = "this thread is in a transaction already: end it (or the engine's batch) first"


class SqliteUnit:
    """One transaction of a `SqliteStore`. What its methods do is said at `stores.base.UnitOfWork`."""

    def __init__(self, use: Use) -> None:
        self._use, self._pid = use, os.getpid()
        self._spoilt = False

    def __enter__(self) -> SqliteUnit:
        self._connection = self._use.__enter__()
        try:
            if self._connection.in_transaction:
                raise StoreError(self._use.url, _NESTED)
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._use.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self._end(commit=error is None)
        except BaseException as failure:
            self._use.__exit__(type(failure), failure, None)
            raise
        self._use.__exit__(kind, error, None)

    def _end(self, *, commit: bool) -> None:
        if self._pid != os.getpid():
            raise StoreError(self._use.url, "a transaction stays in the process that began it; nothing was written")
        if not commit:
            roll_back(self._connection)
            return
        if self._spoilt:
            roll_back(self._connection)
            raise self._failed()
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            roll_back(self._connection)
            raise

    def head(self, campaign: str) -> Head | None:
        """The head, under the lock."""
        return read_head(self._execute, campaign)

    def create(self, head: Head) -> Head | None:
        """A new campaign, or None where the id is taken."""
        columns, values = HEAD.removeprefix("number, "), _values(head)
        query = (
            f"INSERT INTO campaign ({columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING number"
        )
        row = self._execute(query, values).fetchone()
        return None if row is None else Head(row[0], *values)

    def append(self, number: int, rows: Sequence[NewRow]) -> bool:
        """Append events; False where the command's id is there already."""
        values = [(number, row.seq, row.leaf, row.command, row.hash) for row in rows]
        try:
            self._execute_many("INSERT INTO log (campaign, seq, leaf, command, hash) VALUES (?, ?, ?, ?, ?)", values)
        except StoreError as error:
            if "log.command" not in error.reason or not isinstance(error.__cause__, apsw.ConstraintError):
                raise
            self._spoilt = False  # the statement was undone, and only it
            return False
        return True

    def save(self, head: Head) -> None:
        """Write a head."""
        self._execute(
            "UPDATE campaign SET version = ?, frontier = ?, plan = ?, flags = ? WHERE number = ?",
            (head.version, head.frontier, head.plan, head.flags, head.number),
        )
        # Apart, because SQLite rewrites the index of a column that is named in an UPDATE, changed or not.
        query = "UPDATE campaign SET next_due = ?1 WHERE number = ?2 AND next_due IS NOT ?1"
        self._execute(query, (head.next_due, head.number))

    def put_plan(self, plan_hash: str, canonical: bytes) -> None:
        """Keep a plan, once."""
        self._execute("INSERT INTO plan VALUES (?, ?) ON CONFLICT DO NOTHING", (plan_hash, canonical))

    def put_tile(self, number: int, level: int, index: int, hashes: bytes) -> None:
        """Keep a complete subtree."""
        self._execute("INSERT OR REPLACE INTO tile VALUES (?, ?, ?, ?)", (number, level, index, hashes))

    def put_blob(self, sha256: bytes, content: bytes) -> None:
        """Keep a document's content, once."""
        self._execute("INSERT INTO blob VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, content))

    def put_checkpoint(self, number: int, row: CheckpointRow) -> None:
        """Keep a checkpoint."""
        self._execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", (number, row.size, row.note))

    def enqueue(self, row: OutboxRow, text: bytes) -> None:
        """Queue a notification and keep its text."""
        values = (row.key, row.number, row.seq, row.channel, row.body, row.state, row.attempts, row.next_try, row.error)
        query = f"INSERT INTO outbox ({OUTBOX}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self._execute(query, values)
        self._execute("INSERT INTO text VALUES (?, ?) ON CONFLICT DO NOTHING", (row.key, text))

    def claim(self, now: int, until: int, limit: int) -> list[OutboxRow]:
        """Take what is due for sending."""
        query = "state = 'queued' AND next_try <= ? ORDER BY next_try, rowid LIMIT ?"
        rows: list[Any] = self._execute(f"SELECT {OUTBOX} FROM outbox WHERE {query}", (now, limit)).fetchall()
        claimed = [evolve(row, attempts=row.attempts + 1, next_try=until) for row in (OutboxRow(*row) for row in rows)]
        values = [(row.attempts, until, row.key) for row in claimed]
        self._execute_many("UPDATE outbox SET attempts = ?, next_try = ? WHERE key = ?", values)
        return claimed

    def mark(self, key: str, state: str, next_try: int, error: str, attempts: int) -> bool:
        """Write what became of a notification."""
        query = "UPDATE outbox SET state = ?, next_try = ?, error = ?, attempts = ? WHERE key = ?"
        self._execute(query, (state, next_try, error, attempts, key))
        return self._connection.changes() > 0

    def drop(self, key: str) -> bool:
        """Forget a notification and its text."""
        self.erase_text(key)
        self._execute("DELETE FROM outbox WHERE key = ?", (key,))
        return self._connection.changes() > 0

    def erase_text(self, key: str) -> None:
        """Erase a notification's text."""
        self._execute("DELETE FROM text WHERE key = ?", (key,))

    def move_cursor(self, sink: str, position: int) -> None:
        """A sink has seen the log up to here."""
        query = "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET position = max(position, ?2)"
        self._execute(query, (sink, position))

    def spoil(self) -> None:
        """This unit is not committed, whatever happens now."""
        self._spoilt = True

    # After an error SQLite may have ended the transaction by itself; what came later would then be a commit of its own.

    def _execute(self, query: str, values: tuple[Any, ...] = ()) -> apsw.Cursor:
        if self._spoilt:
            raise self._failed()
        try:
            return self._connection.execute(query, values)
        except apsw.Error as error:
            raise self._spoil_by(error) from error

    def _execute_many(self, query: str, values: Sequence[tuple[Any, ...]]) -> None:
        if self._spoilt:
            raise self._failed()
        try:
            self._connection.executemany(query, values)
        except apsw.Error as error:
            raise self._spoil_by(error) from error

    def _spoil_by(self, error: apsw.Error) -> StoreError:
        self._spoilt = True
        return store_error(self._use.url, error)

    def _failed(self) -> StoreError:
        return StoreError(self._use.url, "this transaction has failed before; nothing of it is written")


def _values(head: Head) -> tuple[str, int, bytes, int | None, str, int]:
    return head.id, head.version, head.frontier, head.next_due, head.plan, head.flags


def read_head(execute: Callable[..., apsw.Cursor], campaign: str) -> Head | None:
    """A campaign's row."""
    row = execute(f"SELECT {HEAD} FROM campaign WHERE id = ?", (campaign,)).fetchone()
    return None if row is None else Head(*row)


def roll_back(connection: apsw.Connection) -> None:
    """End an open transaction without a word; it may have ended by itself."""
    if connection.in_transaction:
        with suppress(apsw.Error):  # the first error is the one to tell
            connection.execute("ROLLBACK")

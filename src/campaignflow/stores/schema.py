"""The tables of a SQLite store, and how a file becomes one."""

from __future__ import annotations

import apsw

__all__ = ["APPLICATION_ID", "LEAST_SQLITE", "SCHEMA", "TABLES", "prepare"]

SCHEMA = 1
"""Version of the tables below; a file with a newer one is refused."""

APPLICATION_ID = 0x63666C77
"""Marks the file as ours (`cflw`), for the `file` command and for us."""

LEAST_SQLITE = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can lose commits when several processes checkpoint a WAL (https://sqlite.org/wal.html)."""

# One log for the whole store, so that a commit dirties few pages and a sink's cursor is one number. WITHOUT ROWID only
# where rows are small.
_TABLES = {
    "about": "name TEXT PRIMARY KEY, value INTEGER NOT NULL",
    "campaign": "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, frontier BLOB NOT NULL,"
    " next_due INTEGER, plan TEXT NOT NULL, flags INTEGER NOT NULL",
    "log": "position INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, seq INTEGER NOT NULL, leaf BLOB NOT NULL,"
    " command TEXT, hash BLOB NOT NULL, UNIQUE (campaign, seq)",
    "plan": "hash TEXT PRIMARY KEY, canonical BLOB NOT NULL",
    "tile": "campaign INTEGER NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL,"
    " PRIMARY KEY (campaign, level, idx)",
    "checkpoint": "campaign INTEGER NOT NULL, size INTEGER NOT NULL, note BLOB NOT NULL, PRIMARY KEY (campaign, size)",
    "outbox": "key TEXT PRIMARY KEY, campaign INTEGER NOT NULL, seq INTEGER NOT NULL, channel TEXT NOT NULL,"
    " body BLOB NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, next_try INTEGER NOT NULL,"
    " error TEXT NOT NULL",
    "text": "key TEXT PRIMARY KEY, body BLOB NOT NULL",
    "cursor": "sink TEXT PRIMARY KEY, position INTEGER NOT NULL",
    "blob": "sha256 BLOB PRIMARY KEY, content BLOB NOT NULL",
}
TABLES = tuple(sorted(_TABLES))

_INDEXES = (
    "CREATE UNIQUE INDEX log_command ON log (campaign, command) WHERE command IS NOT NULL",
    "CREATE INDEX campaign_due ON campaign (next_due) WHERE next_due IS NOT NULL",
    "CREATE INDEX outbox_due ON outbox (next_try) WHERE state = 'queued'",
)


def prepare(connection: apsw.Connection, *, writable: bool) -> str | None:
    """Make the tables where the file is empty, and see that they are ours and of a version we know.

    Returns:
        Why the file cannot be used, or None.
    """
    if not _tables(connection) and writable:
        _create(connection)
    return _complaint(connection)


def _tables(connection: apsw.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _create(connection: apsw.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _tables(connection):  # another process may have been first
            for name, columns in _TABLES.items():
                connection.execute(f"CREATE TABLE {name} ({columns}) STRICT")
            for index in _INDEXES:
                connection.execute(index)
            connection.execute("INSERT INTO about VALUES ('schema', ?)", (SCHEMA,))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").fetchall()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _complaint(connection: apsw.Connection) -> str | None:
    tables = _tables(connection)
    if not tables:
        return "it is empty and read-only: open it for writing once, or name the right file"
    if "about" not in tables:
        return f"a SQLite database of something else (its tables: {', '.join(sorted(tables)[:5])}): name another file"
    version = connection.execute("SELECT value FROM about WHERE name = 'schema'").fetchone()
    if version is None:
        return "its table 'about' names no schema version: this is no campaignflow store, or a damaged one"
    if version[0] > SCHEMA:
        return (
            f"written by a newer campaignflow (schema {version[0]}, this one knows {SCHEMA}): "
            "upgrade with pip install --upgrade campaignflow"
        )
    return None

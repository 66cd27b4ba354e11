"""The embedded store: one SQLite file through apsw, in WAL mode with `synchronous=FULL`.

An acknowledged commit has reached the disk. One connection serves the whole process under a lock, so threads may
share a store; a unit of work holds the lock until it ends, because SQLite has one writer anyway. Several processes may
use one file: a writer waits for another at most `timeout` seconds. A forked child opens a connection of its own at its
first use (a store in memory cannot follow into a child, and says so).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import apsw

from campaignflow.errors import StoreError
from campaignflow.stores.base import CheckpointRow, Head, LogRow, OutboxRow, Store
from campaignflow.stores.schema import LEAST_SQLITE, TABLES, prepare
from campaignflow.stores.sqlite_lock import Translated, Use
from campaignflow.stores.sqlite_unit import HEAD, OUTBOX, SqliteUnit, read_head, roll_back

__all__ = ["SqliteStore", "open_store"]

_CHUNK = 1000
_WAL_BYTES = 4_200_000  # the frames that gather before SQLite's own checkpoint at 1000 pages

_LOG = "SELECT position, campaign, seq, leaf FROM log"


def open_store(url: str | None = None) -> Store:
    """The store that a URL names.

    Args:
        url: `sqlite:///drive.db` (relative), `sqlite:////srv/drive.db` (absolute), with `?mode=ro` for reading only and
            `?timeout=SECONDS` for how long to wait for another process's lock (5 unless given); without a URL, a store
            in memory that ends with this process.

    Raises:
        StoreError: a URL of another kind, or a file that cannot be opened.

    >>> open_store().url
    'sqlite://'
    >>> open_store("drive.db")
    Traceback (most recent call last):
    campaignflow.errors.StoreError: drive.db: a store is named by a URL: sqlite:///drive.db
    """
    if url is None:
        return SqliteStore(None)
    parts = urlsplit(url)
    if parts.scheme != "sqlite":
        kind = f"{parts.scheme!r} is no kind of store here" if "://" in url else "a store is named by a URL"
        raise StoreError(url, f"{kind}: sqlite:///{'drive.db' if '://' in url else url}")
    if parts.netloc:
        raise StoreError(url, f"a file's URL has three slashes: sqlite:///{parts.netloc}{parts.path}")
    path = unquote(parts.path[1:])
    options = _options(url, parts.query)
    return SqliteStore(path if path not in ("", ":memory:") else None, url=url, **options)


def _options(url: str, query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key == "mode" and value == "ro":
            options["read_only"] = True
        elif key == "timeout" and value.replace(".", "", 1).isdigit():
            options["timeout"] = float(value)
        else:
            raise StoreError(url, f"{key}={value} is no option of a store: there is mode=ro and timeout=SECONDS")
    return options


class SqliteStore:
    """A store in one SQLite file, or in memory. What its methods do is said at `stores.base.Store`.

    Args:
        path: the file; made if it does not exist (its folder must); None for memory.
        url: what to call it in messages.
        timeout: seconds to wait for a lock that another process or thread holds.
        read_only: open for reading only.
        max_pages: the most pages of 4096 bytes that the file may grow to; None sets no limit.

    Raises:
        StoreError: not to be opened, no SQLite database, another application's, or of a newer schema.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        url: str | None = None,
        timeout: float = 5.0,
        read_only: bool = False,
        max_pages: int | None = None,
    ) -> None:
        self._path = None if path is None else os.fspath(path)
        self._url = url or ("sqlite://" if self._path is None else f"sqlite:///{self._path}")
        self._timeout, self._read_only, self._max_pages = timeout, read_only, max_pages
        self._inherited: list[apsw.Connection] = []  # a parent's connections: neither used nor closed in a child
        self._lock = threading.RLock()
        self._pid = os.getpid()
        with Translated(self._url):
            self._connection = self._open()

    @property
    def url(self) -> str:
        """What was opened, for messages."""
        return self._url

    def unit(self) -> SqliteUnit:
        """One transaction; it waits for other threads and processes at its beginning."""
        return SqliteUnit(self._use())

    # -- reading -------------------------------------------------------------------------------------------------------

    def head(self, campaign: str) -> Head | None:
        """Where a campaign stands."""
        with self._use() as connection:
            return read_head(connection.execute, campaign)

    def heads(self) -> list[Head]:
        """All campaigns, by id."""
        return [Head(*row) for row in self._rows(f"SELECT {HEAD} FROM campaign ORDER BY id")]

    def next_due(self, now: int, flags: int, limit: int) -> list[Head]:
        """Campaigns with these flags whose next timer is due, the earliest first."""
        query = f"SELECT {HEAD} FROM campaign WHERE next_due <= ? AND flags = ? ORDER BY next_due, id LIMIT ?"
        return [Head(*row) for row in self._rows(query, now, flags, limit)]

    def log(self, number: int, after: int = 0, until: int | None = None) -> Iterator[LogRow]:
        """A campaign's events in order; read in chunks, so that a long log needs little memory and holds no lock."""
        query = f"{_LOG} WHERE campaign = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        last = until if until is not None else 2**62
        while rows := self._rows(query, number, after, last, _CHUNK):
            for row in rows:
                yield LogRow(*row)
            after = rows[-1][2]

    def leaf(self, number: int, seq: int) -> bytes | None:
        """One event's bytes."""
        return self._bytes("SELECT leaf FROM log WHERE campaign = ? AND seq = ?", number, seq)

    def hashes(self, number: int, after: int) -> bytes:
        """The hashes kept beside a campaign's events."""
        rows = self._rows("SELECT hash FROM log WHERE campaign = ? AND seq > ? ORDER BY seq", number, after)
        return b"".join(row[0] for row in rows)

    def changes(self, after: int, limit: int) -> list[LogRow]:
        """The whole store's log after a position."""
        query = f"{_LOG} WHERE position > ? ORDER BY position LIMIT ?"
        return [LogRow(*row) for row in self._rows(query, after, limit)]

    def last_position(self) -> int:
        """Position of the newest event."""
        return int(self._rows("SELECT coalesce(max(position), 0) FROM log")[0][0])

    def command(self, number: int, command: str) -> int | None:
        """Sequence number of the command's first event."""
        rows = self._rows("SELECT seq FROM log WHERE campaign = ? AND command = ?", number, command)
        return int(rows[0][0]) if rows else None

    def plan(self, plan_hash: str) -> bytes | None:
        """A plan's canonical bytes."""
        return self._bytes("SELECT canonical FROM plan WHERE hash = ?", plan_hash)

    def tile(self, number: int, level: int, index: int) -> bytes | None:
        """A complete subtree."""
        return self._bytes("SELECT hashes FROM tile WHERE campaign = ? AND level = ? AND idx = ?", number, level, index)

    def blob(self, sha256: bytes) -> bytes | None:
        """A document's content."""
        return self._bytes("SELECT content FROM blob WHERE sha256 = ?", sha256)

    def text(self, key: str) -> bytes | None:
        """A notification's text."""
        return self._bytes("SELECT body FROM text WHERE key = ?", key)

    def checkpoints(self, number: int) -> list[CheckpointRow]:
        """A campaign's checkpoints, the smallest first."""
        rows = self._rows("SELECT size, note FROM checkpoint WHERE campaign = ? ORDER BY size", number)
        return [CheckpointRow(*row) for row in rows]

    def outbox(self, state: str | None = None, number: int | None = None) -> list[OutboxRow]:
        """Notifications, in the order of their commits."""
        query = f"SELECT {OUTBOX} FROM outbox WHERE state = ifnull(?, state) AND campaign = ifnull(?, campaign)"
        return [OutboxRow(*row) for row in self._rows(f"{query} ORDER BY rowid", state, number)]

    def outbox_entry(self, key: str) -> OutboxRow | None:
        """One notification."""
        rows = self._rows(f"SELECT {OUTBOX} FROM outbox WHERE key = ?", key)
        return OutboxRow(*rows[0]) if rows else None

    def cursor(self, sink: str) -> int:
        """How far a sink has come."""
        rows = self._rows("SELECT position FROM cursor WHERE sink = ?", sink)
        return int(rows[0][0]) if rows else 0

    def dump(self) -> Iterable[tuple[str, tuple[object, ...]]]:
        """Every row of every table."""
        with self._use() as connection:
            for table in TABLES:
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall():
                    yield table, row

    def close(self) -> None:
        """Close the connection; the last one to close a file tidies its WAL away."""
        if self._pid == os.getpid():
            with self._lock, Translated(self._url):
                self._connection.close()

    # -- the connection ------------------------------------------------------------------------------------------------

    def _open(self) -> apsw.Connection:
        version = apsw.sqlite_lib_version()
        if tuple(map(int, version.split("."))) < LEAST_SQLITE:
            raise StoreError(self._url, f"SQLite {version} can lose commits: pip install --upgrade apsw")
        connection = apsw.Connection(self._path or ":memory:", flags=self._flags())
        try:
            self._configure(connection)
            complaint = prepare(connection, writable=not connection.readonly("main"))
            if complaint is not None:
                raise StoreError(self._url, complaint)
            if self._path is not None and not connection.readonly("main"):
                _allocate_wal(connection, self._path)
            if self._max_pages is not None:
                connection.execute(f"PRAGMA max_page_count = {int(self._max_pages)}").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _flags(self) -> int:
        if self._read_only:
            return apsw.SQLITE_OPEN_READONLY
        return apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE

    def _configure(self, connection: apsw.Connection) -> None:
        connection.set_busy_timeout(int(self._timeout * 1000))
        connection.execute("PRAGMA trusted_schema = OFF").fetchall()
        if self._path is not None and not connection.readonly("main"):
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        # fullfsync is what makes a sync reach the disk on macOS; elsewhere it means nothing.
        connection.execute("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON").fetchall()

    def _use(self) -> Use:
        if self._pid != os.getpid():
            self._follow_into_child()
        return Use(self._url, self._connection, self._lock, self._timeout)

    def _follow_into_child(self) -> None:
        if self._path is None:
            raise StoreError(self._url, "a store in memory stays in the process that made it: the child opens its own")
        self._inherited.append(self._connection)
        self._lock = threading.RLock()  # the parent's may be held by a thread that does not exist here
        with Translated(self._url):
            self._connection = self._open()
        self._pid = os.getpid()

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._use() as connection:
            return connection.execute(query, values).fetchall()

    def _bytes(self, query: str, *values: object) -> bytes | None:
        rows = self._rows(query, *values)
        return bytes(rows[0][0]) if rows else None


def _allocate_wal(connection: apsw.Connection, path: str) -> None:
    """Give the WAL its full length now, so that a commit's sync need not also write the file's new length.

    A transaction larger than the page cache spills its pages into the WAL; rolled back, they count for nothing, and the
    next commits overwrite them. It only makes commits quicker, so a lock or a full disk is no reason to stop.
    """
    wal = Path(path + "-wal")
    if wal.exists() and wal.stat().st_size >= _WAL_BYTES:
        return
    with suppress(apsw.Error):
        connection.execute("PRAGMA cache_size = 8; BEGIN IMMEDIATE").fetchall()
        connection.execute("CREATE TABLE allocation (bytes BLOB)")
        connection.execute("INSERT INTO allocation VALUES (zeroblob(?))", (_WAL_BYTES,))
    roll_back(connection)
    connection.execute("PRAGMA cache_size = -16000").fetchall()

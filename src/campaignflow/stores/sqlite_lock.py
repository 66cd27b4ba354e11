"""The SQLite store's connection under its lock, and what SQLite's errors are called here."""

from __future__ import annotations

import threading
from types import TracebackType

import apsw

from campaignflow.errors import StoreError

__all__ = ["Translated", "Use", "store_error"]

_WORDS: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.BusyError, "locked by another process for too long; nothing was written, try again"),
    (apsw.LockedError, "locked by this process; nothing was written, try again"),
    (apsw.ReadOnlyError, "the file is read-only; nothing was written"),
    (apsw.FullError, "the disk is full, or the file has reached its limit; nothing was written"),
    (apsw.NotADBError, "the file is no SQLite database"),
    (apsw.CorruptError, "the file is damaged: restore a backup"),
    (apsw.CantOpenError, "cannot be opened: does its folder exist, and may this process write there?"),
    (apsw.IOError, "reading or writing the disk failed; nothing was written"),
    (apsw.ConnectionClosedError, "this store is closed"),
)


class Use:
    """The connection, locked for this thread; errors of SQLite leave as `StoreError`.

    Raises:
        StoreError: at entry, where another thread holds the lock for longer than `timeout` seconds.
    """

    __slots__ = ("_connection", "_lock", "_timeout", "url")

    def __init__(self, url: str, connection: apsw.Connection, lock: threading.RLock, timeout: float) -> None:
        self.url, self._connection, self._lock, self._timeout = url, connection, lock, timeout

    def __enter__(self) -> apsw.Connection:
        if not self._lock.acquire(timeout=self._timeout):
            raise StoreError(self.url, "locked by another thread for too long; nothing was written, try again")
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._lock.release()
        if isinstance(error, apsw.Error):
            raise store_error(self.url, error) from error


class Translated:
    """Without a lock: errors of SQLite leave as `StoreError`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, apsw.Error):
            raise store_error(self._url, error) from error


def store_error(url: str, error: apsw.Error) -> StoreError:
    """What an error of SQLite is called here."""
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "SQLite failed; nothing was written")
    return StoreError(url, f"{words} ({type(error).__name__}: {error})")

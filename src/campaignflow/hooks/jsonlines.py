"""The audit log as a file of JSON lines: append-only, synced, and whole again after a crash."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from campaignflow._version import __version__
from campaignflow.core.messages import AuditRecord
from campaignflow.hooks.specs import hookimpl

try:
    import fcntl
except ImportError:  # Windows: one process per file is then the host's care
    fcntl = None  # type: ignore[assignment]

__all__ = ["JsonLines"]

_CHUNK = 64 * 1024


class JsonLines:
    """Writes each audit record as one line: `{"position", "campaign", "seq", "leaf_hash", "event"}`.

    `event` comes last and is the event's bytes exactly as stored, so the hash of a line's event can be checked with any
    tool. A record that the file has already is not written again; a last line that a crash tore is cut off first.

    Args:
        path: the file; made with its folder at the first record.
        durable: sync each line to the disk, so that a power cut loses none. Without it a line costs a tenth.
        name: the plugin's name, where an engine has two such logs.
    """

    version = __version__

    def __init__(self, path: str | Path, *, durable: bool = True, name: str = "json-lines") -> None:
        self.name, self.path, self.durable = name, Path(path), durable
        self._size = -1
        self._last: tuple[int, str] = (0, "")

    @hookimpl
    def audit(self, record: AuditRecord) -> None:
        """Append the record, unless it is there."""
        with self._opened() as file:
            if os.fstat(file).st_size != self._size:  # the first time, or another process has written
                self._resume(file)
            if not self._known(record):
                self._append(file, record)

    @property
    def position(self) -> int:
        """Position of the last record in the file; 0 when there is none."""
        if not self.path.exists():
            return 0
        with self._opened() as file:
            self._resume(file)
        return self._last[0]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """The file under a lock, so that two processes cannot mix their lines."""
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            if new and self.durable:
                sync_folder(self.path.parent)
            yield file
        finally:
            os.close(file)

    def _resume(self, file: int) -> None:
        """Find the last whole line, cut off what a crash left after it, and note where we are."""
        size = os.fstat(file).st_size
        end, line = _last_line(file, size)
        if end < size:
            os.ftruncate(file, end)
        self._last = _position_of(line, self.path) if line else (0, "")
        self._size = end

    def _known(self, record: AuditRecord) -> bool:
        position, leaf_hash = self._last
        if record.position == position and record.leaf_hash != leaf_hash:
            raise ValueError(f"{self.path} holds another record at position {position}: it is the log of another store")
        return record.position <= position

    def _append(self, file: int, record: AuditRecord) -> None:
        line = _line(record)
        try:
            os.lseek(file, self._size, os.SEEK_SET)
            _write_all(file, line)
            if self.durable:
                os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, self._size)
            self._size = -1
            raise
        self._size += len(line)
        self._last = (record.position, record.leaf_hash)


def _line(record: AuditRecord) -> bytes:
    head = {
        "position": record.position,
        "campaign": record.campaign,
        "seq": record.seq,
        "leaf_hash": record.leaf_hash,
    }
    name, event = _as_json(record.leaf)
    return orjson.dumps(head)[:-1] + b',"' + name + b'":' + event + b"}\n"


def _as_json(leaf: bytes) -> tuple[bytes, bytes]:
    """The bytes themselves, where they are one line of JSON (ours are); else in base64, under another name."""
    try:
        orjson.loads(leaf)
    except orjson.JSONDecodeError:
        return b"event_base64", b'"' + base64.b64encode(leaf) + b'"'
    if b"\n" in leaf or b"\r" in leaf:
        return b"event_base64", b'"' + base64.b64encode(leaf) + b'"'
    return b"event", leaf


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def _last_line(file: int, size: int) -> tuple[int, bytes]:
    """Where the last whole line ends, and the line; read from the end, whatever the file's size."""
    tail, start = b"", size
    while start > 0:
        begin = max(0, start - _CHUNK)
        os.lseek(file, begin, os.SEEK_SET)
        tail, start = _read_all(file, start - begin) + tail, begin
        last = tail.rfind(b"\n")
        before = tail.rfind(b"\n", 0, last) if last >= 0 else -1
        if before >= 0 or (last >= 0 and start == 0):
            return start + last + 1, tail[before + 1 : last]
    return 0, b""


def _read_all(file: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := os.read(file, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _position_of(line: bytes, path: Path) -> tuple[int, str]:
    try:
        found: Any = orjson.loads(line)
        return int(found["position"]), str(found["leaf_hash"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path}: its last line is no audit record: this is another file, or it was edited") from None


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

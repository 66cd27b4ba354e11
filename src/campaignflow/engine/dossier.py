"""Files that come with commands: stored under the SHA-256 of their content; their names are only metadata."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from attrs import frozen

from campaignflow.core.messages import Objection
from campaignflow.errors import BadCommand

__all__ = ["LARGEST_FILE", "File", "take_files"]

LARGEST_FILE = 25 * 1024 * 1024
"""The largest file a command takes, in bytes, unless the engine is told otherwise."""

_LONGEST_NAME = 255


@frozen(init=False)
class File:
    """A document whose content goes into the dossier.

    It is read when a command is sent with it, and not kept open. Only code makes a `File`, so no request from outside
    can name a path on this machine.

    Args:
        path: the file to read.
        name: what it is called in the dossier; the path's last part unless given.
        content: its bytes, in place of a path.

    >>> File(name="minutes.txt", content=b"present: all").name
    'minutes.txt'
    """

    path: Path | None
    name: str
    content: bytes | None

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, name: str | None = None, content: bytes | None = None
    ) -> None:
        if (path is None) == (content is None):
            raise TypeError("a File has a path or a content, one of them")
        if path is None and name is None:
            raise TypeError("a File given by its content needs a name")
        own = Path(path) if path is not None else None
        self.__attrs_init__(own, name if name is not None else PurePath(str(path)).name, content)

    def read(self, largest: int = LARGEST_FILE) -> bytes:
        """Its bytes.

        Raises:
            ValueError: larger than `largest` bytes. OSError: it cannot be read.
        """
        if self.content is not None:
            content = self.content
        else:
            assert self.path is not None
            with self.path.open("rb") as stream:
                content = stream.read(largest + 1)
        if len(content) > largest:
            raise ValueError(f"larger than the {largest:,} bytes that a file may have here")
        return content


def take_files(
    command: str, item: str, fields: Mapping[str, Any], largest: int = LARGEST_FILE
) -> tuple[dict[str, Any], dict[bytes, bytes]]:
    """The fields with each `File` replaced by `{"name", "sha256", "size"}`, and the contents by their SHA-256.

    In a mapping the key it stands under is its id, too; elsewhere the core makes one of the name.

    Raises:
        BadCommand: a file that cannot be read, is too large, or has a name that is no text.
    """
    blobs: dict[bytes, bytes] = {}

    def taken(value: Any, place: str, key: str | None = None) -> Any:
        if isinstance(value, File):
            return _taken(command, item, value, place, key, largest, blobs)
        if isinstance(value, Mapping):
            return {each: taken(value[each], f"{place}.{each}", str(each)) for each in value}
        if isinstance(value, list | tuple):
            return [taken(each, place) for each in value]
        return value

    return {name: taken(value, name) for name, value in fields.items()}, blobs


def _taken(
    command: str, item: str, file: File, place: str, key: str | None, largest: int, blobs: dict[bytes, bytes]
) -> dict[str, Any]:
    try:
        name = _name(file.name)
        content = file.read(largest)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadCommand(command, item, [Objection(place, f"file {file.name[:80]!r}: {reason}")]) from None
    sha256 = hashlib.sha256(content).digest()
    blobs[sha256] = content
    document = {"name": name, "sha256": sha256.hex(), "size": len(content)}
    return document if key is None else {"id": key, **document}


def _name(name: str) -> str:
    name.encode()  # a lone surrogate is no text: UnicodeEncodeError is a ValueError
    if not name or len(name) > _LONGEST_NAME or "\0" in name:
        raise ValueError(f"a name has 1 to {_LONGEST_NAME} characters, none of them NUL")
    return name

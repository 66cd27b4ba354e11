"""A log as JSON lines, one event a line, each line the event's bytes exactly as stored.

So an exported log is the log: whoever has the file and a checkpoint can check it without this library's store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from campaignflow.errors import AuditError

__all__ = ["export_lines", "read_lines"]


def export_lines(rows: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    r"""The lines of a log, one at a time, each with its newline.

    Args:
        rows: (seq, leaf) in the order of the log.

    Raises:
        AuditError: a leaf with a line break in it: it would read back as two, and no event looks like that.

    >>> list(export_lines([(1, b'{"seq":1}'), (2, b'{"seq":2}')]))
    [b'{"seq":1}\n', b'{"seq":2}\n']
    """
    for seq, leaf in rows:
        if b"\n" in leaf:
            raise AuditError(f"event {seq} has a line break in its bytes: it was changed", seq)
        yield leaf + b"\n"


def read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    r"""The rows of an exported log, for `verify_log`; numbered as they stand.

    Args:
        lines: as a binary file gives them.

    >>> list(read_lines([b'{"seq":1}\n', b'{"seq":2}\n']))
    [(1, b'{"seq":1}'), (2, b'{"seq":2}')]
    """
    for seq, line in enumerate(lines, 1):
        yield seq, line.removesuffix(b"\n")

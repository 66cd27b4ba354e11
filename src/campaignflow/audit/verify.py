"""Checking a whole log against what was recorded of it, and one checkpoint against another.

What can be found by what: edits, gaps, cuts and insertions by the log's own head; which event it was, by the stored
tiles; a log that was rolled back or rewritten together with its head, only by a checkpoint that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from campaignflow.audit.checkpoint import Checkpoint
from campaignflow.audit.merkle import EMPTY_ROOT, HASH_SIZE, Frontier, leaf_hash, root_of
from campaignflow.audit.proofs import verify_consistency
from campaignflow.audit.tiles import TILE_WIDTH, TileReader
from campaignflow.errors import AuditError

__all__ = ["Report", "verify_extension", "verify_log"]


@dataclass(frozen=True, slots=True)
class Report:
    """What the check of a log found.

    Attributes:
        ok: nothing speaks against the log.
        size: number of events that were read and stood in their place.
        root: root hash over these events.
        first_bad: number of the first event that does not fit; where only a stretch is known (no tile covers it), the
            first of the stretch; None where it is no event but a head or tile that was changed.
        reason: what was found, in words; empty if `ok`.
        proven: so many events from the first on fit the head's subtrees or a checkpoint.
    """

    ok: bool
    size: int
    root: bytes
    first_bad: int | None
    reason: str
    proven: int

    def require(self) -> Report:
        """The report itself if it is `ok`.

        Raises:
            AuditError: it is not; with `reason` and `first_bad`.
        """
        if not self.ok:
            raise AuditError(self.reason, self.first_bad)
        return self


def verify_log(
    rows: Iterable[tuple[int, bytes]],
    head: Frontier | bytes | None = None,
    *,
    tiles: TileReader | None = None,
    checkpoints: Iterable[Checkpoint] = (),
    examine: Callable[[int, bytes], str | None] | None = None,
) -> Report:
    """Check a log from its first event to its last, in one pass and little memory.

    Args:
        rows: (seq, leaf) in the order in which they are stored.
        head: the stored frontier, as a value or as its bytes; None checks against tiles and checkpoints alone.
        tiles: gives the stored tiles, so that an edited event can be named; one that also gives the unfinished last
            tile of level 0 lets every event be named.
        checkpoints: of this log, signatures and origin already checked (`open_checkpoint`).
        examine: why a leaf cannot be event `seq`, or None: `core.codec.examine_event`.

    >>> rows = [(1, b"a"), (2, b"b"), (3, b"c")]
    >>> head = Frontier().extend(leaf_hash(leaf) for _, leaf in rows)
    >>> verify_log(rows, head).ok
    True
    >>> report = verify_log([rows[0], rows[2]], head)
    >>> report.first_bad, report.reason
    (2, 'event 2 is missing: event 3 follows on event 1')
    """
    reading = _Reading(tiles, checkpoints)
    frontier = reading.take_head(head)
    for seq, leaf in rows:
        place = reading.frontier.size + 1
        if reason := _misplaced(seq, place, frontier):
            reading.accuse(place, reason)
            break
        if examine and (reason := examine(seq, leaf)):
            reading.accuse(place, f"event {seq}: {reason}")
        reading.add(leaf_hash(leaf))
    else:
        reading.end(frontier)
    return reading.report()


def verify_extension(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Return if the proof shows that the log at `new` is the log at `old` with nothing changed and events added.

    Raises:
        AuditError: it does not; the message says why.
    """
    if old.origin != new.origin:
        raise AuditError(f"two logs: {old.origin} and {new.origin}")
    if old.size:
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    elif old.root != EMPTY_ROOT or proof or (new.size == 0 and new.root != EMPTY_ROOT):
        raise AuditError("an empty log has the root of the empty tree, and nothing to prove")


def _misplaced(seq: int, place: int, head: Frontier | None) -> str | None:
    if seq > place:
        return f"event {place} is missing: event {seq} follows on " + (f"event {place - 1}" if place > 1 else "nothing")
    if seq < place:
        return f"event {seq} stands where event {place} belongs: it is there twice, or out of order"
    if head is not None and place > head.size:
        return f"event {place} is one too many: the head knows of {head.size}"
    return None


# ------------------------------------------------------------------------------------------------------------- reading
@dataclass(frozen=True, slots=True)
class _Doubt:
    """A stored tile's hash that differs from what the events give: one of the two was changed."""

    first: int
    last: int
    tile: str

    @property
    def event(self) -> str:
        return f"event {self.first}" if self.first == self.last else f"one of the events {self.first} to {self.last}"


class _Reading:
    """A log while it is read: what has been compared, what is in doubt, what was found."""

    def __init__(self, tiles: TileReader | None, checkpoints: Iterable[Checkpoint]) -> None:
        self.frontier = Frontier()
        self._tiles = _TileCheck(tiles) if tiles else None
        self._checkpoints = sorted(checkpoints, key=lambda each: each.size)
        self._findings: list[tuple[int | None, str]] = []
        self._peaks: list[tuple[int, bytes]] = []  # what the head says: (number of the subtree's last event, its root)
        self._subtree = Frontier()
        self._doubt: _Doubt | None = None  # not decided yet: was it the event or the tile?
        self._uncovered: int | None = None  # first event of the subtree that no tile speaks for
        self._fitting = 0  # events in subtrees that fit the head, from the first on
        self._vouched = 0  # events that a checkpoint vouches for
        self._match_checkpoints()

    def take_head(self, head: Frontier | bytes | None) -> Frontier | None:
        """The head, its subtrees laid out; damage to it is a finding, and the events are still read."""
        try:
            frontier = Frontier.from_bytes(head) if isinstance(head, bytes) else head
        except AuditError as error:
            self._findings.append((None, f"the log's head: {error}"))
            return None
        end = 0
        for peak, bit in zip(frontier.peaks, _bits(frontier.size), strict=True) if frontier else ():
            end += bit
            self._peaks.append((end, peak))
        self._peaks.reverse()
        return frontier

    def add(self, node: bytes) -> None:
        """One more event, in its place, given its leaf hash."""
        self.frontier = self.frontier.append(node)
        self._compare_tile(node)
        if self._peaks:
            self._subtree = self._subtree.append(node)
        self._match_checkpoints()
        if self._peaks and self._peaks[-1][0] == self.frontier.size:
            self._end_subtree(*self._peaks.pop())

    def end(self, head: Frontier | None) -> None:
        """No more events: are there all?"""
        size = self.frontier.size
        if head is not None and size < head.size:
            self.accuse(size + 1, f"the log ends with event {size}: the head knows of {head.size}")
        for each in self._checkpoints:
            self.accuse(size + 1, f"the log ends with event {size}: a checkpoint vouches for {each.size}")

    def accuse(self, first: int, reason: str) -> None:
        """Note what does not fit."""
        self._findings.append((first, reason))

    def report(self) -> Report:
        """The outcome; of several findings the one that comes first in the log."""
        if self._doubt:
            self._changed(self._doubt)
        proven = max(self._fitting, self._vouched)
        if not self._findings:
            return Report(True, self.frontier.size, self.frontier.root, None, "", proven)
        first, reason = min(self._findings, key=lambda each: (each[0] is None, each[0] or 0))
        proven = proven if first is None else min(proven, first - 1)
        return Report(False, self.frontier.size, self.frontier.root, first, reason, proven)

    def _compare_tile(self, node: bytes) -> None:
        if self._tiles is None:
            covered = False
        else:
            covered, doubt = self._tiles.add(node)
            self._doubt = self._doubt or doubt
        if not covered and self._uncovered is None:
            self._uncovered = self.frontier.size

    def _match_checkpoints(self) -> None:
        while self._checkpoints and self._checkpoints[0].size == self.frontier.size:
            if self._checkpoints.pop(0).root == self.frontier.root:
                self._settle()
                self._vouched = self.frontier.size
                continue
            self._checkpoints = []  # whatever comes after cannot fit, either
            if self._doubt:
                self._changed(self._doubt)
            else:
                first, last = self._vouched + 1, self.frontier.size
                self.accuse(
                    min(first, last), f"the log was rewritten: it is not what a checkpoint of {last} events vouches for"
                )

    def _end_subtree(self, end: int, expected: bytes) -> None:
        start = end - self._subtree.size
        if self._subtree.root == expected:
            self._settle()
            if start == self._fitting:
                self._fitting = end
        elif self._doubt:
            self._changed(self._doubt)
        elif self._uncovered is None and self._tiles:
            self._findings.append(
                (None, f"the log's head does not fit the events {start + 1} to {end}, but their tiles do")
            )
        else:
            first = max(self._vouched + 1, self._uncovered or 0, start + 1)
            which = f"event {first}" if first == end else f"one of the events {first} to {end}"
            self.accuse(first, f"{which} was changed: together they do not fit the log's head")
        self._subtree, self._doubt, self._uncovered = Frontier(), None, None

    def _settle(self) -> None:
        """The events up to here are right: if a tile differs, it is the tile."""
        if self._doubt:
            self._findings.append((None, f"tile {self._doubt.tile} was changed: the events it stands for fit the log"))
        self._doubt = None

    def _changed(self, doubt: _Doubt) -> None:
        self.accuse(doubt.first, f"{doubt.event} was changed: tile {doubt.tile} recorded another hash")
        self._doubt = None


def _bits(size: int) -> list[int]:
    """The powers of two that make up a number, largest first."""
    return [1 << place for place in reversed(range(size.bit_length())) if size >> place & 1]


# --------------------------------------------------------------------------------------------------------------- tiles
class _TileCheck:
    """Compares the hashes of a log, as they come, with those of the stored tiles of every level."""

    def __init__(self, tiles: TileReader) -> None:
        self._read = tiles
        self._hashes: list[list[bytes]] = []  # of each level's current tile, as the events give them
        self._stored: list[bytes] = []
        self._index: list[int] = []

    def add(self, node: bytes) -> tuple[bool, _Doubt | None]:
        """Does a tile speak for this leaf hash, and the first thing in doubt that it brings up."""
        covered, doubt = self._compare(0, node)
        level = 0
        while len(self._hashes[level]) == TILE_WIDTH:
            root = root_of(self._hashes[level])
            self._open(level, self._index[level] + 1)
            level += 1
            _, above = self._compare(level, root)
            doubt = doubt or above
        return covered, doubt

    def _compare(self, level: int, node: bytes) -> tuple[bool, _Doubt | None]:
        if level == len(self._hashes):
            self._hashes.append([])
            self._stored.append(b"")
            self._index.append(0)
            self._open(level, 0)
        place = len(self._hashes[level])
        self._hashes[level].append(node)
        recorded = self._stored[level][place * HASH_SIZE : (place + 1) * HASH_SIZE]
        if not recorded:
            return False, None
        if recorded == node:
            return True, None
        span = TILE_WIDTH**level
        first = (self._index[level] * TILE_WIDTH + place) * span + 1
        return True, _Doubt(first, first + span - 1, f"{level}/{self._index[level]}")

    def _open(self, level: int, index: int) -> None:
        self._hashes[level], self._index[level] = [], index
        self._stored[level] = self._read(level, index) or b""

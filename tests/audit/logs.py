"""Sample logs and stores of tiles for the tests of the audit."""

from __future__ import annotations

from functools import lru_cache

from campaignflow.audit import Tile, Tree, leaf_hash
from campaignflow.core.codec import encode_event
from campaignflow.core.events import Event


@lru_cache
def leaf(seq: int) -> bytes:
    """Event number `seq` of the sample log."""
    return encode_event(
        Event(seq, "task.verified", f"task-{seq}", {"score": f"{80 + seq}.5"}, "office", 10**15 + seq, 10**15)
    )


def rows(size: int) -> list[tuple[int, bytes]]:
    """A sample log."""
    return [(seq, leaf(seq)) for seq in range(1, size + 1)]


class Shelf:
    """A store of tiles, as an engine keeps them; `whole` also gives the unfinished last tile of level 0."""

    def __init__(self, size: int = 0, whole: bool = False) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.tree = Tree()
        self.whole = whole
        self.asked: list[tuple[int, int]] = []
        self.append([leaf_hash(content) for _, content in rows(size)])

    def append(self, hashes: list[bytes]) -> tuple[Tile, ...]:
        """Append in one commit."""
        self.tree, written = self.tree.append(hashes, self)
        self.tiles.update({(tile.level, tile.index): tile.hashes for tile in written})
        return written

    def __call__(self, level: int, index: int) -> bytes | None:
        """As a tile reader."""
        self.asked.append((level, index))
        if self.whole and (level, index) == (0, self.tree.frontier.size // 256):
            return b"".join(self.tree.tail)
        return self.tiles.get((level, index))

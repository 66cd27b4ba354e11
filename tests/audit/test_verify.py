"""Tampering: whatever is done to a log is found, and the first bad event named; clean logs raise no alarm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.audit import (
    EMPTY_ROOT,
    Checkpoint,
    Frontier,
    Report,
    consistency_proof,
    export_lines,
    leaf_hash,
    read_lines,
    verify_extension,
    verify_log,
)
from campaignflow.core.codec import examine_event
from campaignflow.errors import AuditError

from .logs import Shelf, leaf, rows

SIZE = 20
ROWS = rows(SIZE)
WHOLE = Shelf(SIZE, whole=True)
HEAD = WHOLE.tree.frontier
LONG = Shelf(700)


def check(changed: list[tuple[int, bytes]], head: Any = HEAD, tiles: Any = WHOLE, **more: Any) -> Report:
    """The check as the engine makes it."""
    return verify_log(changed, head, tiles=tiles, examine=examine_event, **more)


def checkpoint(size: int) -> Checkpoint:
    """What a checkpoint of the sample log says at a size."""
    return Checkpoint("log", size, Frontier().extend(leaf_hash(content) for _, content in rows(size)).root)


def edited(log: list[tuple[int, bytes]], seq: int, content: bytes = b'{"forged":1}') -> list[tuple[int, bytes]]:
    """The log with one event's bytes replaced."""
    return [(number, content if number == seq else old) for number, old in log]


# ----------------------------------------------------------------------------------------------------------- clean logs
@pytest.mark.parametrize("size", [0, 1, 2, 20, 255, 256, 257, 511, 512, 700])
def test_a_clean_log_raises_no_alarm(size: int) -> None:
    for whole in (False, True):
        shelf = Shelf(size, whole=whole)
        report = check(
            rows(size), shelf.tree.frontier, shelf, checkpoints=[checkpoint(each) for each in {size, size // 2}]
        )
        assert report == Report(True, size, shelf.tree.frontier.root, None, "", size)
        assert report.require() is report
    assert check(rows(size), shelf.tree.frontier.to_bytes(), None).ok
    assert check(rows(size), None, None).ok


@given(size=st.integers(0, 600), asked=st.sets(st.integers(0, 600)), with_tiles=st.booleans())
def test_no_false_alarm_whatever_is_known(size: int, asked: set[int], with_tiles: bool) -> None:
    known = [checkpoint(each) for each in asked if each <= size]
    shelf = Shelf(size)
    assert verify_log(iter(rows(size)), shelf.tree.frontier, tiles=shelf if with_tiles else None, checkpoints=known).ok


# ------------------------------------------------------------------------------------------------------------ tampering
@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_every_changed_byte_is_found_and_its_event_named(mask: int) -> None:
    for seq, content in ROWS:
        for place in range(len(content)):
            changed = bytes((*content[:place], content[place] ^ mask, *content[place + 1 :]))
            report = check(edited(ROWS, seq, changed))
            assert (report.ok, report.first_bad) == (False, seq), (seq, place, report)
            assert not verify_log(edited(ROWS, seq, changed), HEAD).ok


@pytest.mark.parametrize("seq", range(1, SIZE + 1))
def test_rows_deleted_doubled_swapped_inserted_cut(seq: int) -> None:
    before, row, after = ROWS[: seq - 1], ROWS[seq - 1], ROWS[seq:]
    assert check(before + after).first_bad == seq, "deleted"
    assert check([*before, row, row, *after]).first_bad == seq + 1, "doubled"
    assert check(before).first_bad == seq, "cut before it"
    for other in range(seq + 1, SIZE + 1):
        swapped = list(ROWS)
        swapped[seq - 1], swapped[other - 1] = ROWS[other - 1], row
        assert check(swapped).first_bad == seq, "swapped as they are"
        relabelled = [(number, content) for number, (_, content) in enumerate(swapped, 1)]
        assert check(relabelled).first_bad == seq, "swapped and renumbered"
    inserted = [*before, (seq, leaf(99)), *((number + 1, content) for number, content in [row, *after])]
    assert check(inserted).first_bad == seq, "inserted and renumbered"
    closed = [*before, *((number - 1, content) for number, content in after)]
    assert check(closed).first_bad == seq, "deleted and renumbered"


def test_what_the_head_alone_finds() -> None:
    """Without tiles and without reading the events: all found, the place as near as the head's subtrees allow."""
    for seq in range(1, SIZE + 1):
        report = verify_log(edited(ROWS, seq), HEAD)
        first, last = (1, 16) if seq <= 16 else (17, 20)
        assert (report.ok, report.first_bad, report.proven) == (False, first, first - 1)
        assert f"one of the events {first} to {last}" in report.reason


def test_events_beyond_the_head() -> None:
    report = check([*ROWS, (SIZE + 1, leaf(SIZE + 1))])
    assert (report.ok, report.first_bad, report.proven) == (False, SIZE + 1, SIZE)
    assert report.reason == "event 21 is one too many: the head knows of 20"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (ROWS[1:], "event 1 is missing: event 2 follows on nothing"),
        ([*ROWS[:5], *ROWS[6:]], "event 6 is missing: event 7 follows on event 5"),
        ([*ROWS[:5], *ROWS[4:]], "event 5 stands where event 6 belongs: it is there twice, or out of order"),
        (ROWS[:9], "the log ends with event 9: the head knows of 20"),
        (edited(ROWS, 3, leaf(4)), "event 3: it says that it is event 4"),
        (edited(ROWS, 3, b"\xff"), "event 3: not JSON: "),
    ],
)
def test_reasons_are_in_words(changed: list[tuple[int, bytes]], reason: str) -> None:
    assert check(changed).reason.startswith(reason)


def test_of_several_faults_the_first_is_named() -> None:
    twice = edited(edited(ROWS, 17), 5)
    assert check(twice).first_bad == 5
    assert verify_log(twice, HEAD, tiles=WHOLE).first_bad == 5
    assert verify_log(edited(ROWS, 5)[:9], HEAD, tiles=WHOLE).first_bad == 5
    with pytest.raises(AuditError) as caught:
        check(twice).require()
    assert caught.value.first_bad == 5


def test_an_event_under_a_stored_tile_is_named_without_reading_events() -> None:
    for seq in (1, 200, 256, 257, 512):
        report = verify_log(edited(rows(700), seq), LONG.tree.frontier, tiles=LONG)
        assert (report.first_bad, report.proven) == (seq, 0)
        assert report.reason == f"event {seq} was changed: tile 0/{(seq - 1) // 256} recorded another hash"
    # The unfinished tile is not stored: the head's subtrees say which stretch (700 = 512 + 128 + 32 + 16 + 8 + 4).
    report = verify_log(edited(rows(700), 660), LONG.tree.frontier, tiles=LONG)
    assert (report.first_bad, report.proven) == (641, 640)


# ------------------------------------------------------------------------------------------------ damage beside the log
def test_a_damaged_tile_is_told_from_a_damaged_event() -> None:
    for key in [(0, 0), (0, 1), (1, 0)]:
        shelf = Shelf(700)
        shelf.tiles[key] = shelf.tiles[key][:40] + b"?" + shelf.tiles[key][41:]
        report = verify_log(rows(700), shelf.tree.frontier, tiles=shelf)
        assert (report.ok, report.first_bad, report.proven) == (False, None, 700)
        assert report.reason == f"tile {key[0]}/{key[1]} was changed: the events it stands for fit the log"


def test_a_lost_tile_is_made_up_for_by_the_one_above() -> None:
    shelf = Shelf(700)
    del shelf.tiles[0, 1]
    assert verify_log(rows(700), shelf.tree.frontier, tiles=shelf).ok
    report = verify_log(edited(rows(700), 300), shelf.tree.frontier, tiles=shelf)
    assert report.first_bad == 257
    assert "one of the events 257 to 512 was changed" in report.reason


def test_a_damaged_head_is_a_finding() -> None:
    stored = HEAD.to_bytes()
    for place in range(len(stored)):
        report = check(ROWS, stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :])
        assert not report.ok
        assert place < 8 or report.first_bad is None
    assert not check(ROWS, b"").ok
    assert check(edited(ROWS, 4), b"").first_bad == 4


# ---------------------------------------------------------------------------------------------------------- checkpoints
def test_a_rewritten_log_is_found_by_a_checkpoint_only() -> None:
    forged = [*ROWS[:9], *edited(ROWS, 10)[9:]]
    head = Frontier().extend(leaf_hash(content) for _, content in forged)
    assert verify_log(forged, head).ok
    report = verify_log(forged, head, checkpoints=[checkpoint(4), checkpoint(9), checkpoint(15), checkpoint(18)])
    assert (report.ok, report.first_bad) == (False, 10)
    assert report.reason == "the log was rewritten: it is not what a checkpoint of 15 events vouches for"


def test_a_log_that_was_rolled_back_is_found_by_a_checkpoint_only() -> None:
    head = Frontier().extend(leaf_hash(content) for _, content in ROWS[:12])
    assert verify_log(ROWS[:12], head).ok
    report = verify_log(ROWS[:12], head, checkpoints=[checkpoint(15)])
    assert (report.first_bad, report.reason) == (13, "the log ends with event 12: a checkpoint vouches for 15")


def test_checkpoints_narrow_down_where_the_head_cannot() -> None:
    report = verify_log(edited(ROWS, 7), HEAD, checkpoints=[checkpoint(5)])
    assert (report.first_bad, report.proven) == (6, 5)


@pytest.mark.parametrize("old", range(SIZE + 1))
def test_one_checkpoint_extends_another(old: int) -> None:
    nodes = WHOLE.tree.nodes()
    proof = consistency_proof(nodes, old) if old else ()
    verify_extension(checkpoint(old), checkpoint(SIZE), proof)
    forged = Checkpoint("log", SIZE, leaf_hash(b"x"))
    wrong = [
        (checkpoint(old), checkpoint(SIZE), (*proof, bytes(32))),
        (checkpoint(old), Checkpoint("another", SIZE, HEAD.root), proof),
        (Checkpoint("log", old, leaf_hash(b"x")), checkpoint(SIZE), proof),
    ]
    if old:
        wrong += [(checkpoint(old), forged, proof), (checkpoint(old), checkpoint(SIZE), proof[1:] or (bytes(32),))]
    if old < SIZE:
        wrong += [(checkpoint(SIZE), checkpoint(old), proof)]
    for before, after, path in wrong:
        with pytest.raises(AuditError):
            verify_extension(before, after, path)


def test_an_empty_log_has_one_root() -> None:
    empty = Checkpoint("log", 0, EMPTY_ROOT)
    verify_extension(empty, empty, ())
    with pytest.raises(AuditError):
        verify_extension(empty, Checkpoint("log", 0, bytes(32)), ())
    assert not verify_log([], Frontier(), checkpoints=[Checkpoint("log", 0, bytes(32))]).ok


# --------------------------------------------------------------------------------------------------------------- export
def test_an_exported_log_is_the_log() -> None:
    lines = list(export_lines(ROWS))
    assert check(list(read_lines(lines)), HEAD).ok
    assert verify_log(read_lines(lines), checkpoints=[checkpoint(SIZE)], examine=examine_event).proven == SIZE
    assert check(list(read_lines(lines[:4] + lines[5:]))).first_bad == 5
    assert check(list(read_lines([lines[0][:-1] + b"\r\n", *lines[1:]]))).first_bad == 1


def test_an_export_streams() -> None:
    def endless() -> Any:
        seq = 0
        while True:
            seq += 1
            yield seq, leaf(1)

    assert next(export_lines(endless())) == leaf(1) + b"\n"


def test_a_line_break_in_a_leaf_is_refused() -> None:
    with pytest.raises(AuditError, match="event 2 has a line break") as caught:
        list(export_lines([(1, b"{}"), (2, b"{\n}")]))
    assert caught.value.first_bad == 2

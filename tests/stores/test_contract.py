"""What every store promises, tried through the protocol alone."""

from __future__ import annotations

import pytest
from attrs import evolve

from campaignflow.errors import StoreError
from campaignflow.stores import Head, NewRow, OutboxRow, Store
from campaignflow.stores.base import DEAD, SENT, VIRTUAL, CheckpointRow


def new_head(campaign: str = "city", **changes: object) -> Head:
    return evolve(Head(0, campaign, 0, b"", None, "f00d"), **changes)


def create(store: Store, campaign: str = "city", **changes: object) -> Head:
    with store.unit() as unit:
        head = unit.create(new_head(campaign, **changes))
    assert head is not None
    return head


def test_a_new_campaign_gets_a_number_and_its_id_is_taken(store: Store) -> None:
    first, second = create(store, "city"), create(store, "school")
    assert first.number != second.number
    assert store.head("city") == first
    assert [head.id for head in store.heads()] == ["city", "school"]
    with store.unit() as unit:
        assert unit.create(new_head("city")) is None
    assert store.head("nowhere") is None


def test_events_come_back_in_order_as_bytes(store: Store) -> None:
    head = create(store)
    leaves = [f"event {seq}".encode() for seq in range(1, 2502)]
    with store.unit() as unit:
        assert unit.append(head.number, [NewRow(seq, leaf) for seq, leaf in enumerate(leaves, 1)])
    assert [row.leaf for row in store.log(head.number)] == leaves
    assert [row.seq for row in store.log(head.number, after=10, until=12)] == [11, 12]
    assert store.leaf(head.number, 7) == b"event 7"
    assert store.leaf(head.number, 9999) is None


def test_positions_run_over_all_campaigns_in_the_order_of_commits(store: Store) -> None:
    city, school = create(store, "city"), create(store, "school")
    for number, seq in ((city.number, 1), (school.number, 1), (city.number, 2)):
        with store.unit() as unit:
            unit.append(number, [NewRow(seq, b"x")])
    rows = store.changes(0, 10)
    assert [(row.position, row.campaign, row.seq) for row in rows] == [
        (1, city.number, 1),
        (2, school.number, 1),
        (3, city.number, 2),
    ]
    assert [row.position for row in store.changes(1, 1)] == [2]
    assert store.last_position() == 3


def test_a_command_id_is_taken_once_in_a_campaign(store: Store) -> None:
    city, school = create(store, "city"), create(store, "school")
    with store.unit() as unit:
        assert unit.append(city.number, [NewRow(1, b"a", "id-1"), NewRow(2, b"b")])
        assert unit.append(school.number, [NewRow(1, b"a", "id-1")])
        assert not unit.append(city.number, [NewRow(3, b"c", "id-1"), NewRow(4, b"d")])
    assert store.command(city.number, "id-1") == 1
    assert store.command(city.number, "id-2") is None
    assert [row.leaf for row in store.log(city.number)] == [b"a", b"b"]


def test_a_unit_that_raises_leaves_nothing(store: Store) -> None:
    head = create(store)
    before = list(store.dump())
    with pytest.raises(ZeroDivisionError), store.unit() as unit:
        unit.append(head.number, [NewRow(1, b"a")])
        unit.save(evolve(head, version=1, next_due=5))
        unit.put_blob(b"h", b"content")
        raise ZeroDivisionError
    assert list(store.dump()) == before


def test_a_unit_inside_a_unit_is_refused_and_harms_nothing(store: Store) -> None:
    head = create(store)
    with store.unit() as unit:
        unit.append(head.number, [NewRow(1, b"a")])
        with pytest.raises(StoreError, match="in a transaction already"), store.unit():
            raise AssertionError("not reached")
        unit.append(head.number, [NewRow(2, b"b")])
    assert [row.leaf for row in store.log(head.number)] == [b"a", b"b"]


def test_a_spoilt_unit_leaves_nothing(store: Store) -> None:
    head = create(store)
    before = list(store.dump())
    with pytest.raises(StoreError, match="has failed before"), store.unit() as unit:
        unit.append(head.number, [NewRow(1, b"a")])
        unit.spoil()
    assert list(store.dump()) == before


def test_what_is_due_comes_earliest_first_and_by_kind_of_clock(store: Store) -> None:
    for campaign, due, flags in (("b", 20, 0), ("a", 20, 0), ("c", 10, 0), ("d", 5, VIRTUAL), ("e", None, 0)):
        create(store, campaign, next_due=due, flags=flags)
    assert [head.id for head in store.next_due(20, 0, 10)] == ["c", "a", "b"]
    assert [head.id for head in store.next_due(19, 0, 10)] == ["c"]
    assert [head.id for head in store.next_due(20, VIRTUAL, 10)] == ["d"]
    late = store.head("c")
    assert late is not None
    with store.unit() as unit:
        unit.save(evolve(late, next_due=None))
    assert [head.id for head in store.next_due(20, 0, 1)] == ["a"]


def test_plans_tiles_blobs_and_checkpoints_are_kept(store: Store) -> None:
    head = create(store)
    with store.unit() as unit:
        unit.put_plan("f00d", b"{}")
        unit.put_plan("f00d", b"{}")
        unit.put_tile(head.number, 0, 1, b"hashes")
        unit.put_blob(b"sha", b"minutes")
        unit.put_blob(b"sha", b"minutes")
        unit.put_checkpoint(head.number, CheckpointRow(7, b"seven"))
        unit.put_checkpoint(head.number, CheckpointRow(3, b"three"))
        unit.put_checkpoint(head.number, CheckpointRow(7, b"signed"))
    assert store.plan("f00d") == b"{}"
    assert store.plan("beef") is None
    assert store.tile(head.number, 0, 1) == b"hashes"
    assert store.tile(head.number, 0, 0) is None
    assert store.blob(b"sha") == b"minutes"
    assert store.blob(b"other") is None
    assert store.checkpoints(head.number) == [CheckpointRow(3, b"three"), CheckpointRow(7, b"signed")]


def entry(number: int, n: int, due: int = 0) -> OutboxRow:
    return OutboxRow(f"city:1:{n}", number, 1, "mail", b"{}", next_try=due)


def test_the_outbox_hands_out_what_is_due_once_until_its_lease_ends(store: Store) -> None:
    head = create(store)
    with store.unit() as unit:
        for n, due in ((10, 0), (2, 0), (1, 50)):
            unit.enqueue(entry(head.number, n, due), b"text")
    with store.unit() as unit:
        claimed = unit.claim(now=10, until=30, limit=10)
    assert [(row.key, row.attempts, row.next_try) for row in claimed] == [("city:1:10", 1, 30), ("city:1:2", 1, 30)]
    with store.unit() as unit:
        assert unit.claim(now=10, until=30, limit=10) == []
        assert [row.attempts for row in unit.claim(now=30, until=60, limit=1)] == [2]


def test_a_key_is_queued_once_and_its_end_is_kept(store: Store) -> None:
    head = create(store)
    with store.unit() as unit:
        unit.enqueue(entry(head.number, 1), b"first")
        unit.enqueue(entry(head.number, 1), b"second")
        unit.enqueue(entry(head.number, 2), b"other")
        assert unit.mark("city:1:1", SENT, 0, "", 1)
        assert unit.mark("city:1:2", DEAD, 0, "no address", 5)
        assert not unit.mark("city:1:3", SENT, 0, "", 1)
    assert store.text("city:1:1") == b"first"
    assert [row.key for row in store.outbox(SENT)] == ["city:1:1"]
    assert [(row.key, row.error, row.attempts) for row in store.outbox(DEAD, head.number)] == [
        ("city:1:2", "no address", 5)
    ]
    assert len(store.outbox()) == 2
    with store.unit() as unit:
        assert unit.drop("city:1:2")
        assert not unit.drop("city:1:2")
        unit.erase_text("city:1:1")
    assert store.outbox_entry("city:1:2") is None
    assert store.outbox_entry("city:1:1") is not None
    assert store.text("city:1:1") is None


def test_a_cursor_never_goes_back(store: Store) -> None:
    assert store.cursor("file") == 0
    for position in (3, 9, 4):
        with store.unit() as unit:
            unit.move_cursor("file", position)
    assert store.cursor("file") == 9

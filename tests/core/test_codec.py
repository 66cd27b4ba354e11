"""Events as bytes and commands as digests."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.core.codec import command_digest, data_of, decode_event, encode_event, examine_event
from campaignflow.core.commands import Command
from campaignflow.core.events import Event
from campaignflow.core.freeze import FrozenDict, freeze_mapping
from campaignflow.errors import AuditError
from campaignflow.plan.values import Amount, Duration, Text

LARGEST = 2**53 - 1
EVENT = Event(
    1, "task.verified", "sweep", freeze_mapping({"note": "好", "cleared": None}), "office", 10**15, 10**15 + 5
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-LARGEST, LARGEST)
values = st.recursive(
    st.none() | st.booleans() | whole | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
mappings = st.dictionaries(text, values, max_size=5).map(freeze_mapping)
events = st.builds(
    Event, whole, text, text, mappings, text, whole, whole, cause=st.none() | whole, command=mappings, v=st.just(1)
)


# -------------------------------------------------------------------------------------------------------------- events
@given(event=events)
def test_bytes_are_canonical_json_and_read_back(event: Event) -> None:
    leaf = encode_event(event)
    assert decode_event(leaf) == event
    assert encode_event(decode_event(leaf)) == leaf
    assert rfc8785.dumps(json.loads(leaf)) == leaf
    assert b"\n" not in leaf


@given(event=events, place=st.integers(0, 500), byte=st.binary(max_size=2))
def test_whatever_is_read_is_written_again_byte_for_byte(event: Event, place: int, byte: bytes) -> None:
    leaf = encode_event(event)
    place %= len(leaf) + 1
    damaged = leaf[:place] + byte + leaf[place + 1 :]
    try:
        read = decode_event(damaged)
    except AuditError:
        return
    assert encode_event(read) == damaged


def test_keys_beyond_the_common_characters_sort_as_the_standard_says() -> None:
    """RFC 8785 sorts by UTF-16 unit: U+20BB7 before U+FB01, which code points would turn round."""
    event = evolve(EVENT, data=freeze_mapping({"\ufb01": 1, "𠮷": {"\ufb01": 2, "𠮷": [{"\ufb01": 3, "𠮷": 4}]}}))
    leaf = encode_event(event)
    assert leaf == rfc8785.dumps(json.loads(leaf))
    assert decode_event(leaf) == event


def test_what_says_nothing_is_left_out_except_in_data() -> None:
    assert encode_event(Event(1, "campaign.started", "", {}, "host", 2, 3)) == (
        b'{"at":2,"by":"host","recorded":3,"seq":1,"type":"campaign.started","v":1}'
    )
    assert b'"cleared":null' in encode_event(EVENT)


def test_data_is_deeply_immutable_after_reading() -> None:
    event = decode_event(
        encode_event(evolve(EVENT, data={"a": [{"b": [1]}]}, command={"id": "x", "auth": {"how": "y"}}))
    )
    assert type(event.data) is FrozenDict
    assert event.data["a"] == ({"b": (1,)},)
    assert type(event.data["a"][0]) is FrozenDict
    assert type(event.command["auth"]) is FrozenDict


@frozen
class _Value:
    number: int


@pytest.mark.parametrize(
    "bad",
    [
        0.5,
        float("nan"),
        float("inf"),
        Decimal("0.5"),
        LARGEST + 1,
        -LARGEST - 1,
        10**30,
        "\ud800",
        b"bytes",
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        {1: 2},
        {"\ud800": 1},
        {1, 2},
        _Value(1),
        [[[0.1]]],
    ],
)
def test_what_no_event_can_hold_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError):
        encode_event(evolve(EVENT, data={"a": bad}))


def test_the_refusal_says_where() -> None:
    with pytest.raises(TypeError, match=r"data\.score\[1\]: 0\.5 is a float"):
        encode_event(evolve(EVENT, data={"score": [1, 0.5]}))


GOOD = encode_event(EVENT).decode()


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        ("", "not JSON"),
        ("[]", "JSON object"),
        ("{}", "version None"),
        (GOOD + "\n", "canonical"),
        (GOOD + "x", "not JSON"),
        (GOOD.replace(":", ": ", 1), "canonical"),
        (GOOD.replace("好", "\\u597d"), "canonical"),
        (GOOD.replace('"seq":1', '"seq":1,"seq":1'), "canonical"),
        (GOOD.replace('"seq":1', '"seq":1.0'), "float"),
        (GOOD.replace('"seq":1', '"seq":1e0'), "float"),
        (GOOD.replace('"seq":1', '"seq":"1"'), "'seq' is '1', and must be a whole number"),
        (GOOD.replace('"seq":1', '"seq":true'), "whole number"),
        (GOOD.replace('"seq":1', '"seq":9007199254740992'), "beyond"),
        (GOOD.replace('"seq":1', '"seq":99999999999999999999'), "float"),
        (GOOD.replace('"seq":1,', ""), "lacks 'seq'"),
        (GOOD.replace('"v":1', '"v":1,"w":1'), "no member 'w'"),
        (GOOD.replace('"v":1', '"v":2'), "version 2; this release reads versions 1 to 1"),
        (GOOD.replace('"v":1', '"v":0'), "version 0"),
        (GOOD.replace('"v":1', '"v":true'), "version True"),
        (GOOD.replace(',"v":1', ""), "version None"),
        (GOOD.replace('"item":"sweep"', '"item":""'), "left out"),
        (GOOD.replace('"by":"office"', '"by":"office","cause":null'), "'cause' is None"),
        (GOOD.replace("null", "NaN"), "not JSON"),
        ("[" * 5000, "not JSON"),
    ],
)
def test_bytes_that_are_no_event(leaf: str, reason: str) -> None:
    with pytest.raises(AuditError, match=reason):
        decode_event(leaf.encode())
    assert reason in str(examine_event(1, leaf.encode()))


def test_bytes_that_are_no_text() -> None:
    for leaf in (b"\xff", b'"\xed\xa0\x80"', GOOD.encode("utf-16")):
        with pytest.raises(AuditError, match="not JSON"):
            decode_event(leaf)


def test_an_event_in_another_place_is_noticed() -> None:
    assert examine_event(1, encode_event(EVENT)) is None
    assert examine_event(2, encode_event(EVENT)) == "it says that it is event 1"


# ------------------------------------------------------------------------------------------------------------ commands
ZONED = datetime(2026, 4, 1, 12, tzinfo=timezone(timedelta(hours=8)))
COMMAND = Command("task.submit", "sweep", {"evidence": ["a"], "value": Decimal("0.80")}, by="office", at=7, id="x")


def test_a_digest_stays_what_it_is() -> None:
    assert command_digest(Command("enter", "mobilize")) == (
        "2cfef731214a2bb16edfc35be06a5a30cb65c8db43a146a8cf9b8238f6918aa5"
    )
    assert command_digest(evolve(COMMAND, fields={"when": ZONED, "on": date(2026, 4, 1), "n": Decimal("0.80")})) == (
        "2f4a730efbfd29bd15b85fcb64bd65d1d50b2fdedd6318d6edb2310ebf33041b"
    )


def test_id_and_authentication_do_not_count() -> None:
    assert command_digest(COMMAND) == command_digest(evolve(COMMAND, id="y", auth={"how": "card"}))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Decimal("80"), Decimal("80.00")),
        (Decimal("1E+3"), Decimal(1000)),
        (ZONED, ZONED.astimezone(UTC)),
        (["a"], ("a",)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (Amount(Decimal("2.50"), "CNY"), Amount(Decimal("2.5"), "CNY")),
    ],
)
def test_equal_content_gives_equal_digests(one: Any, two: Any) -> None:
    assert _digest(one) == _digest(two)


ALIKE = [
    "80",
    80,
    Decimal(80),
    True,
    1,
    "True",
    None,
    "",
    [],
    {},
    [[]],
    date(2026, 4, 1),
    "2026-04-01",
    datetime(2026, 4, 1, tzinfo=UTC),
    1775001600000000,
    {"$decimal": "80"},
    {"$$decimal": "80"},
    {"$date": "2026-04-01"},
    Amount(Decimal(80), "CNY"),
    "80 CNY",
    {"$Amount": {"number": "80", "unit": "CNY"}},
    Duration(Decimal(3), "d"),
    "3d",
    2**60,
    str(2**60),
    {"$int": str(2**60)},
]


def test_different_content_gives_different_digests() -> None:
    digests = [_digest(each) for each in ALIKE]
    assert len(set(digests)) == len(ALIKE)


@pytest.mark.parametrize("part", ["name", "item", "by", "reason", "override"])
def test_every_part_of_a_command_counts(part: str) -> None:
    assert command_digest(evolve(COMMAND, **{part: "other"})) != command_digest(COMMAND)
    assert command_digest(evolve(COMMAND, at=8)) != command_digest(COMMAND)


def _digest(value: Any) -> str:
    return command_digest(Command("c", fields={"f": value}))


# ---------------------------------------------------------------------------------------------------------- event data
@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Decimal("80.50"), "80.5"),
        (Decimal("-0"), "0"),
        (ZONED, 1775016000000000),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), -1),
        (date(2026, 4, 1), "2026-04-01"),
        (Amount(Decimal("200000.00"), "CNY"), "200000 CNY"),
        (Duration(Decimal("3.0"), "d"), "3d"),
        (Text("sweep"), "sweep"),
        (Text({"en": "a", "zh": "b"}), {"en": "a", "zh": "b"}),
        (_Value(3), {"number": 3}),
        (["a", {"b": [Decimal("1.0")]}], ("a", {"b": ("1",)})),
        (None, None),
        (True, True),
    ],
)
def test_fields_become_data(value: Any, data: Any) -> None:
    assert data_of(value) == data
    assert decode_event(encode_event(evolve(EVENT, data={"x": data_of(value)}))).data["x"] == data


@pytest.mark.parametrize("bad", [0.5, Decimal("NaN"), Decimal("Infinity"), datetime(2026, 1, 1), object(), b"x"])
def test_values_without_a_meaning_are_refused(bad: Any) -> None:
    with pytest.raises(TypeError):
        data_of(bad)


def test_a_time_without_a_zone_has_no_digest() -> None:
    with pytest.raises(TypeError, match=r"fields\.f: 2026-01-01T00:00:00 has no time zone"):
        _digest(datetime(2026, 1, 1))

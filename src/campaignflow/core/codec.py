"""Events as bytes, and commands as digests: one form for one content, for ever.

An event's bytes are the leaf of the campaign's Merkle tree, so they are canonical JSON (RFC 8785, the JSON
Canonicalization Scheme): sorted keys, no spaces, no floats, UTF-8. Whole numbers stay within ±(2⁵³−1), where every
JSON reader agrees on them (RFC 7493); exact numbers travel as text. Members of an event that say nothing (`item`,
`data`, `command` when empty, `cause` when None) are left out; inside `data` a None stays, since it clears a field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import orjson

from campaignflow.core.commands import Command
from campaignflow.core.events import Event
from campaignflow.core.freeze import EMPTY, FrozenDict, decimal_text, freeze_mapping
from campaignflow.errors import AuditError
from campaignflow.plan.values import Text

__all__ = ["EVENT_VERSION", "command_digest", "data_of", "decode_event", "encode_event", "examine_event"]

EVENT_VERSION = 1
"""The version of the event's schema that this release writes, and the newest that it reads."""

_LARGEST = 2**53 - 1
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_STRICT_INTEGER
_SORTED = _OPTIONS | orjson.OPT_SORT_KEYS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# -------------------------------------------------------------------------------------------------------------- events
def encode_event(event: Event) -> bytes:
    """The canonical bytes of an event.

    Raises:
        TypeError: something that no event can hold (a float, a Decimal that was not made text, a number beyond
            ±(2⁵³−1), a lone surrogate); the message says where it stands.

    >>> encode_event(Event(1, "task.verified", "kick-off", {"note": "好"}, "city-office", 7, 8)).decode()
    '{"at":7,"by":"city-office","data":{"note":"好"},"item":"kick-off","recorded":8,"seq":1,"type":"task.verified","v":1}'
    """
    members: dict[str, Any] = {
        "at": event.at,
        "by": event.by,
        "recorded": event.recorded,
        "seq": event.seq,
        "type": event.type,
        "v": event.v,
    }
    if event.item:
        members["item"] = event.item
    if event.data:
        members["data"] = event.data
    if event.cause is not None:
        members["cause"] = event.cause
    if event.command:
        members["command"] = event.command
    return _dump(members)


def decode_event(leaf: bytes) -> Event:
    """The event that these bytes are; its data is deeply immutable. `encode_event` of it gives the same bytes again.

    Raises:
        AuditError: bytes that are no event as this library writes it: no JSON, not in canonical form, members that are
            missing, unknown or of the wrong kind, or a schema version that this release does not know.
    """
    members = _load(leaf)
    version = members.get("v")
    if type(version) is not int or not 1 <= version <= EVENT_VERSION:
        raise AuditError(
            f"an event of schema version {version!r}; this release reads versions 1 to {EVENT_VERSION}: "
            "read it with the release that wrote it, or a newer one"
        )
    for name, value in members.items():
        if (kind := _MEMBERS.get(name)) is None:
            raise AuditError(f"an event has no member {name!r}; there are {', '.join(sorted(_MEMBERS))}")
        if type(value) is not kind:
            raise AuditError(f"{name!r} is {_shown(value)}, and must be {_KINDS[kind]}")
        if not value and name in _LEFT_OUT:
            raise AuditError(f"{name!r} is empty, and then it is left out")
    if missing := _REQUIRED - members.keys():
        raise AuditError(f"an event lacks {', '.join(map(repr, sorted(missing)))}")
    return _event(members)


def examine_event(seq: int, leaf: bytes) -> str | None:
    """Why these bytes cannot be event number `seq`, or None if they can: for `audit.verify.verify_log`.

    >>> examine_event(2, encode_event(Event(1, "task.ready", "sweep", {}, "engine", 7, 8)))
    'it says that it is event 1'
    """
    try:
        event = decode_event(leaf)
    except AuditError as error:
        return str(error)
    return None if event.seq == seq else f"it says that it is event {event.seq}"


_MEMBERS: Mapping[str, type] = {
    "at": int,
    "by": str,
    "cause": int,
    "command": dict,
    "data": dict,
    "item": str,
    "recorded": int,
    "seq": int,
    "type": str,
    "v": int,
}
_KINDS = {int: "a whole number", str: "a text", dict: "a mapping"}
_LEFT_OUT = frozenset({"command", "data", "item"})
_REQUIRED = frozenset({"at", "by", "recorded", "seq", "type", "v"})


def _event(members: dict[str, Any]) -> Event:
    return Event(
        members["seq"],
        members["type"],
        members.get("item", ""),
        freeze_mapping(members["data"]) if "data" in members else EMPTY,
        members["by"],
        members["at"],
        members["recorded"],
        members.get("cause"),
        freeze_mapping(members["command"]) if "command" in members else EMPTY,
        members["v"],
    )


def _load(leaf: bytes) -> dict[str, Any]:
    try:
        members = orjson.loads(leaf)
    except orjson.JSONDecodeError as error:
        raise AuditError(f"not JSON: {error}") from None
    if type(members) is not dict:
        raise AuditError(f"an event is a JSON object, and this is {_shown(members)}")
    try:
        canonical = _dump(members)
    except TypeError as error:
        raise AuditError(str(error)) from None
    # Reading is generous (spaces, doubled keys, `1e3`, escapes); writing again shows whether anything was let pass.
    if canonical != leaf:
        raise AuditError("not in canonical form: keys unsorted or doubled, spaces, or escapes that need not be")
    return members


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


# ------------------------------------------------------------------------------------------------------ canonical JSON
def _dump(members: Mapping[str, Any]) -> bytes:
    # orjson sorts by code point, RFC 8785 by UTF-16 unit: they differ beyond U+FFFF only, as in rare Chinese names.
    if not _is_plain(members) and _check(members, ""):
        return _orjson(_in_utf16_order(members), _OPTIONS)
    return _orjson(members, _SORTED)


def _orjson(value: Any, options: int) -> bytes:
    try:
        return orjson.dumps(value, option=options)
    except orjson.JSONEncodeError as error:  # a lone surrogate, or nested deeper than the encoder goes
        raise TypeError(f"this cannot be written as JSON: {error}") from None


def _is_plain(value: Any) -> bool:
    """Is there nothing to refuse and no rare key? Most events are so, and need no second, slower look."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict or kind is FrozenDict:
        for key, each in value.items():
            if type(key) is not str or not key.isascii():
                return False
            kind = type(each)
            if kind is str or (kind is int and -_LARGEST <= each <= _LARGEST):
                continue
            if not _is_plain(each):
                return False
        return True
    return kind in {tuple, list} and all(map(_is_plain, value))


def _check(value: Any, place: str) -> bool:
    """Refuse what canonical JSON cannot hold; tell whether some key goes beyond U+FFFF."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return False
    if kind is int:
        if not -_LARGEST <= value <= _LARGEST:
            raise TypeError(f"{_at(place)}{value} is beyond ±(2**53-1): write it as text")
        return False
    if isinstance(value, dict):
        return _check_mapping(value, place)
    if kind is tuple or kind is list:
        rare = [_check(each, f"{place}[{index}]") for index, each in enumerate(value)]
        return any(rare)
    raise TypeError(f"{_at(place)}{_shown(value)} is a {kind.__name__}, which no event can hold: make it text first")


def _check_mapping(mapping: dict[Any, Any], place: str) -> bool:
    rare = False
    for key, value in mapping.items():
        if type(key) is not str:
            raise TypeError(f"{_at(place)}{key!r} is a key that is no text")
        if not key.isascii() and max(key) > "\uffff":
            rare = True
        if _check(value, f"{place}.{key}" if place else key):
            rare = True
    return rare


def _at(place: str) -> str:
    return f"{place}: " if place else ""


def _in_utf16_order(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _in_utf16_order(value[key]) for key in keys}
    if isinstance(value, tuple | list):
        return [_in_utf16_order(each) for each in value]
    return value


# ------------------------------------------------------------------------------------------------------------ commands
def command_digest(command: Command) -> str:
    """SHA-256 (hexadecimal) of what a command asks for: name, item, fields, by, at, reason and override.

    Equal content gives equal digests, in every process and release; the id and the authentication do not count, so the
    same command sent again by another session is still the same command. Numbers count by value: 80 and 80.0 are equal.

    Raises:
        TypeError: a field that no command can hold (a float, a time without a zone); the message says where.

    >>> from decimal import Decimal
    >>> one = Command("measure", "cleanliness", {"value": Decimal("80.0")}, by="office", id="a")
    >>> two = Command("measure", "cleanliness", {"value": Decimal("80")}, by="office", id="b")
    >>> command_digest(one) == command_digest(two)
    True
    """
    content = {
        "at": command.at,
        "by": command.by,
        "fields": _tagged(command.fields, "fields"),
        "item": command.item,
        "name": command.name,
        "override": command.override,
        "reason": command.reason,
    }
    return hashlib.sha256(_dump(content)).hexdigest()


def _tagged(value: Any, place: str) -> Any:
    """A field's value such that different values never look alike: whatever JSON does not know carries a `$` tag."""
    if type(value) is str or value is None:
        return value
    if isinstance(value, Mapping):
        # A user's own `$` is doubled, so that no mapping can pass for a tag.
        return {
            f"$${key[1:]}" if key.startswith("$") else key: _tagged(each, f"{place}.{key}")
            for key, each in value.items()
        }
    if isinstance(value, tuple | list):
        return [_tagged(each, f"{place}[{index}]") for index, each in enumerate(value)]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST:
        return {"$int": str(value)}
    return _convert(value, place, lambda kind, text: {f"${kind}": text}, _tagged_attrs)


def _tagged_attrs(value: Any, place: str) -> Any:
    fields = {
        each.name: _tagged(getattr(value, each.name), f"{place}.{each.name}") for each in attrs.fields(type(value))
    }
    return {f"${type(value).__name__}": fields}


# ---------------------------------------------------------------------------------------------------------- event data
def data_of(value: Any) -> Any:
    """A command's field as an event's data holds it.

    Decimals become their one text, instants whole microseconds since 1970 in UTC, days ISO text, amounts and durations
    their canonical text, texts in several languages a mapping, other frozen values a mapping of their fields.

    Raises:
        TypeError: a value that no event can hold (a float, a time without a zone).

    >>> from campaignflow.plan.values import Amount, Duration
    >>> data_of({"cost": Amount(Decimal("200000.00"), "CNY"), "extra": Duration(Decimal(3), "d")})
    {'cost': '200000 CNY', 'extra': '3d'}
    >>> data_of(date(2026, 4, 1))
    '2026-04-01'
    >>> data_of((Decimal("80.50"), datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)))
    ('80.5', 7000000)
    """
    kind = type(value)
    if kind is str or kind is int or value is None:  # most values; asking for a Mapping is dear
        return value
    if kind is FrozenDict or isinstance(value, Mapping):
        return freeze_mapping({key: data_of(each) for key, each in value.items()})
    if isinstance(value, tuple | list):
        return tuple(data_of(each) for each in value)
    return _convert(value, "", lambda kind, plain: plain, _attrs_data)


def _attrs_data(value: Any, _place: str) -> Any:
    if isinstance(value, Text):
        return data_of(value.canonical())
    # A class that says how it reads has a canonical text; attrs itself writes no `__str__`.
    if "__str__" in vars(type(value)):
        return str(value)
    return data_of({each.name: getattr(value, each.name) for each in attrs.fields(type(value))})


def _convert(value: Any, place: str, plain: Callable[[str, Any], Any], of_attrs: Callable[[Any, str], Any]) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{_at(place)}{value} is not a finite number")
        return plain("decimal", decimal_text(value))
    if isinstance(value, datetime):
        return plain("instant", _microseconds(value, place))
    if isinstance(value, date):
        return plain("date", value.isoformat())
    if attrs.has(type(value)):
        return of_attrs(value, place)
    raise TypeError(f"{_at(place)}{_shown(value)} is a {type(value).__name__}, which no event can hold")


def _microseconds(when: datetime, place: str) -> int:
    if when.tzinfo is None:
        raise TypeError(f"{_at(place)}{when.isoformat()} has no time zone: give it one")
    return (when - _EPOCH) // _MICROSECOND

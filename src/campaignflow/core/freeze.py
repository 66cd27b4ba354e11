"""Deeply immutable values, made once at the door and trusted afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

__all__ = ["EMPTY", "FrozenDict", "decimal_text", "freeze", "freeze_mapping"]

_PLAIN = (str, int, bool, type(None), Decimal, datetime, date)


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed; equal to a dict of the same content, and as quick to read."""

    __slots__ = ()

    def _refuse(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("this mapping is immutable")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenDict, (dict(self),))

    def __copy__(self) -> FrozenDict:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> FrozenDict:
        return self


EMPTY: Mapping[str, Any] = FrozenDict()


def freeze(value: Any) -> Any:
    """A deeply immutable copy: mappings with text keys, lists and plain values; anything else is refused.

    Raises:
        TypeError: a value that no event can hold (a float, an object, a key that is no text); the message says which.

    >>> freeze({"a": [1, 2]})
    {'a': (1, 2)}
    >>> freeze(0.1)
    Traceback (most recent call last):
    TypeError: 0.1 is a binary float, which is not exact: give Decimal('0.1') or the text '0.1'
    """
    if isinstance(value, _PLAIN):
        if isinstance(value, Decimal) and not value.is_finite():
            raise TypeError(f"{value} is not a finite number")
        if isinstance(value, str) and not value.isascii():
            _refuse_surrogates(value)
        return value
    if isinstance(value, FrozenDict):
        return value
    if isinstance(value, Mapping | MappingProxyType):
        return freeze_mapping(value)
    if isinstance(value, list | tuple):
        return tuple(freeze(each) for each in value)
    if isinstance(value, float):
        raise TypeError(
            f"{value!r} is a binary float, which is not exact: give Decimal('{value!r}') or the text '{value!r}'"
        )
    if _is_value(value):
        return value
    raise TypeError(f"{type(value).__name__} is not a value that an event can hold")


def freeze_mapping(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """`freeze` of a mapping with text keys."""
    if type(mapping) is FrozenDict:
        return mapping
    for key in mapping:
        if not isinstance(key, str):
            raise TypeError(f"{key!r} is a key that is no text")
    return FrozenDict({key: freeze(each) for key, each in mapping.items()})


def decimal_text(number: Decimal) -> str:
    """The one text of a number: no exponent, no trailing zeros, no negative zero.

    >>> decimal_text(Decimal("80.00")), decimal_text(Decimal("-0")), decimal_text(Decimal("1E+3"))
    ('80', '0', '1000')
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _is_value(value: Any) -> bool:
    """Our own frozen attrs values (amounts, durations, files) travel in commands until the core turns them into data."""
    return (
        getattr(type(value), "__attrs_attrs__", None) is not None and getattr(type(value), "__hash__", None) is not None
    )


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TypeError(f"a lone surrogate at character {error.start + 1}: this is no valid text") from None

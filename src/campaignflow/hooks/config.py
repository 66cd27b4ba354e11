"""A plugin's own settings: a table of the host's file made into the plugin's attrs class, every mistake named at once.

The class is the schema: its fields are the keys (`_` is written `-`), its defaults make a key optional, its validators
are obeyed. Field types: `str int bool float Decimal Path Secret`, `Literal[…]`, `X | None`, `tuple[X, ...]`,
`Mapping[str, X]`.
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, evolve, fields, frozen

from campaignflow.core.freeze import FrozenDict
from campaignflow.hooks.validate import nearest

__all__ = ["Complaint", "Secret", "build"]

T = TypeVar("T")

_REFERENCE_DUE = (
    "a secret is never written here: put it in the environment or a file, and write 'env:NAME' or 'file:PATH'"
)


@frozen
class Secret:
    """A secret by reference only: `env:NAME` or `file:PATH`. The secret is read when it is used, and never kept.

    Attributes:
        reference: where it is.
        folder: what a relative path counts from: the folder of the settings file.

    >>> Secret("hunter2")
    Traceback (most recent call last):
    ValueError: a secret is never written here: put it in the environment or a file, and write 'env:NAME' or 'file:PATH'
    """

    reference: str
    folder: Path | None = None

    def __attrs_post_init__(self) -> None:
        scheme, _, rest = self.reference.partition(":") if isinstance(self.reference, str) else ("", "", "")
        if scheme not in {"env", "file"} or not rest:
            # the text itself may be the secret, so the message does not repeat it
            raise ValueError(_REFERENCE_DUE)

    def reveal(self) -> str:
        """The secret itself; keep it no longer than the call that needs it.

        Raises:
            LookupError: the variable is not set, or the file cannot be read.
        """
        scheme, _, rest = self.reference.partition(":")
        if scheme == "env":
            if rest not in os.environ:
                raise LookupError(f"the environment has no variable {rest!r}")
            return os.environ[rest]
        path = (self.folder or Path()) / rest
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise LookupError(f"the file {str(path)!r} cannot be read: {reason}") from None


@frozen
class Complaint:
    """One mistake in a table of settings.

    Attributes:
        key: which key, as written. message: what is wrong, and what would be right. code: as for plans.
    """

    key: str
    message: str
    code: str = "CF107"


def build(config: type[T], table: Mapping[str, Any], folder: Path | None = None) -> T | tuple[Complaint, ...]:
    """An instance of the attrs class `config` from a table, or every complaint about the table.

    >>> from attrs import frozen
    >>> @frozen
    ... class Config:
    ...     host: str
    ...     port: int = 587
    >>> build(Config, {"host": "mail.example.org"})
    Config(host='mail.example.org', port=587)
    >>> [complaint.message for complaint in build(Config, {"hots": "mail.example.org", "port": "25"})]
    ["unknown key 'hots'; did you mean 'host'?", "'port' is a text, where a whole number is due", "'host' is missing"]
    """
    known = {_key(each): each for each in fields(config) if each.init}  # type: ignore[arg-type]
    hints = get_type_hints(config)
    complaints: list[Complaint] = []
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            complaints.append(Complaint(key, f"unknown key {key!r}{nearest(key, known)}", code="CF106"))
            continue
        try:
            values[known[key].alias] = _converted(value, hints[known[key].name], folder)
        except ValueError as error:
            complaints.append(Complaint(key, f"{key!r} {error}"))
    complaints.extend(_missing(known, table))
    return tuple(complaints) if complaints else _made(config, values)


def _made(config: type[T], values: Mapping[str, Any]) -> T | tuple[Complaint, ...]:
    """The class's own validators have the last word."""
    try:
        return config(**values)
    except (ValueError, TypeError) as error:
        return (Complaint("", str(error.args[0] if error.args else error)),)


def _key(attribute: Attribute[Any]) -> str:
    return attribute.name.strip("_").replace("_", "-")


def _missing(known: Mapping[str, Attribute[Any]], table: Mapping[str, Any]) -> Iterator[Complaint]:
    for key, attribute in known.items():
        if attribute.default is NOTHING and key not in table:
            yield Complaint(key, f"{key!r} is missing", code="CF108")


_PLAIN: Mapping[Any, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Decimal: "a number",
}
_FOUND = {**_PLAIN, list: "a list", dict: "a table"}


def _converted(value: Any, wanted: Any, folder: Path | None) -> Any:
    """The value as the field's type; `ValueError` says what it is and what is due, to be read after the key."""
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(wanted) if each is not type(None)]
        return _converted(value, inner[0], folder)
    if origin is Literal:
        return _one_of(value, get_args(wanted))
    if origin is tuple:
        return _list(value, get_args(wanted)[0], folder)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _table(value, get_args(wanted)[1], folder)
    return _single(value, wanted, folder)


def _single(value: Any, wanted: Any, folder: Path | None) -> Any:
    if wanted is Any or (isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool)):
        return value
    if wanted is Secret:
        return _secret(value, folder)
    if wanted is Path and isinstance(value, str):
        return (folder or Path()) / value
    if wanted in (float, Decimal) and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return wanted(str(value))
    raise ValueError(f"is {_found(value)}, where {_PLAIN.get(wanted, wanted.__name__)} is due")


def _secret(value: Any, folder: Path | None) -> Secret:
    if not isinstance(value, str):
        raise ValueError(f"is {_found(value)}, where 'env:NAME' or 'file:PATH' is due")
    try:
        return evolve(Secret(value), folder=folder)
    except ValueError as error:
        raise ValueError(f"must be a reference: {error}") from None


def _one_of(value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise ValueError(f"is {value!r}, where one of {', '.join(map(repr, choices))} is due")
    return value


def _list(value: Any, wanted: Any, folder: Path | None) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"is {_found(value)}, where a list is due")
    return tuple(_converted(each, wanted, folder) for each in value)


def _table(value: Any, wanted: Any, folder: Path | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"is {_found(value)}, where a table is due")
    return FrozenDict({str(key): _converted(each, wanted, folder) for key, each in value.items()})


def _found(value: Any) -> str:
    return next((words for kind, words in _FOUND.items() if type(value) is kind), type(value).__name__)

"""The host's configuration: `campaignflow.toml`, or the same values from Python.

A plan names channels and plugins; only the host says what stands behind them:

```toml
store = "sqlite:///campaignflow.db"
allow = ["smtp"]                       # entry points that may be loaded; without it, all that are installed
languages = ["zh", "en"]

[plugins.smtp]
host = "mail.example.org"              # the plugin's own settings
password = "env:SMTP_PASSWORD"         # a secret is a reference, never the secret
on-fault = "skip"                      # and ours: enabled, on-fault, time-limit, effect-limit, isolate

[channels.mail]
plugin = "smtp"
to = "office@example.org"
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from attrs import field, fields, frozen

from campaignflow.core.freeze import EMPTY, FrozenDict
from campaignflow.errors import PlanError
from campaignflow.hooks.config import Complaint, build
from campaignflow.hooks.values import Channel
from campaignflow.plan.problems import Place, Problem, by_place

__all__ = ["Policy", "Settings"]

T = TypeVar("T")


def _positive(_instance: Any, attribute: Any, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise ValueError(f"{attribute.name.replace('_', '-')!r} is a number of seconds above 0")


@frozen
class Policy:
    """How the host treats one plugin.

    Attributes:
        enabled: whether it is asked at all.
        on_fault: when a decision hook fails: `refuse` the command, or `skip` the plugin, which is recorded.
        time_limit: seconds that a decision hook may take; None for the manager's (1 s).
        effect_limit: seconds that an effect hook may take; None for the manager's (30 s).
        isolate: make its decision calls in a thread of its own, so that a hang refuses only the command at hand.
    """

    enabled: bool = True
    on_fault: Literal["refuse", "skip"] = "refuse"
    time_limit: float | None = field(default=None, validator=_positive)
    effect_limit: float | None = field(default=None, validator=_positive)
    isolate: bool = False


_POLICY_KEYS = frozenset(each.name.replace("_", "-") for each in fields(Policy))


@frozen
class _Top:
    """The file's own keys."""

    store: str = "sqlite:///campaignflow.db"
    allow: tuple[str, ...] | None = None
    languages: tuple[str, ...] = ()
    plugins: Mapping[str, Any] = EMPTY
    channels: Mapping[str, Any] = EMPTY


@frozen
class _ChannelTable:
    plugin: str | None = None
    to: str | None = None


@frozen
class Settings:
    """What the host decides; immutable.

    Attributes:
        store: the store's URL.
        allow: names of the entry points that may be loaded; None allows all that are installed.
        languages: languages of messages, the preferred first.
        channels: what stands behind each channel's name.
        policies: how each plugin is treated.
        tables: each plugin's own settings as written, for its own class to check.
        folder: what relative paths count from.
        file: where they were read, for messages.
        text: the file's text, for places.

    >>> Settings.of({"channels": {"mail": {"plugin": "smtp"}}}).channel("mail").plugin
    'smtp'
    """

    store: str = "sqlite:///campaignflow.db"
    allow: tuple[str, ...] | None = None
    languages: tuple[str, ...] = ()
    channels: Mapping[str, Channel] = EMPTY
    policies: Mapping[str, Policy] = EMPTY
    tables: Mapping[str, Mapping[str, Any]] = EMPTY
    folder: Path | None = None
    file: str = "settings"
    text: str = field(default="", repr=False, eq=False)

    @classmethod
    def load(cls, path: str | Path) -> Settings:
        """Read a `campaignflow.toml`.

        Raises:
            PlanError: the file cannot be read, is no TOML, or has unknown or wrong keys; all are listed with places.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            table = tomllib.loads(text, parse_float=Decimal)
        except OSError as error:
            raise _unreadable(str(path), f"cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(str(path), f"is no TOML: {error}", _line_in(str(error))) from None
        return cls.of(table, folder=path.parent, file=str(path), text=text)

    @classmethod
    def of(
        cls, table: Mapping[str, Any], *, folder: Path | None = None, file: str = "settings", text: str = ""
    ) -> Settings:
        """The same from a mapping; keys as in the file.

        Raises:
            PlanError: unknown or wrong keys; all are listed.
        """
        found: list[tuple[str, Complaint]] = []
        top = _take(_Top, table, "", found, folder) or _Top()
        channels = {name: _channel(name, each, found) for name, each in top.channels.items()}
        policies = {name: _policy(name, each, found) for name, each in top.plugins.items()}
        if found:
            raise _mistakes(file, text, found)
        tables = {name: _own(each) for name, each in top.plugins.items()}
        return cls(
            store=top.store,
            allow=top.allow,
            languages=top.languages,
            channels=FrozenDict(channels),
            policies=FrozenDict(policies),
            tables=FrozenDict(tables),
            folder=folder,
            file=file,
            text=text,
        )

    def channel(self, name: str) -> Channel:
        """What stands behind a channel; an open one where the host says nothing."""
        found = self.channels.get(name)
        return found if found is not None else Channel(name)

    def policy(self, plugin: str) -> Policy:
        """How a plugin is treated; the defaults where the host says nothing."""
        found = self.policies.get(plugin)
        return found if found is not None else Policy()

    def config(self, plugin: str, config: type[T]) -> T:
        """A plugin's own settings, checked by its own class.

        Raises:
            PlanError: unknown, missing or wrong keys of `[plugins.NAME]`; all are listed with their places.
        """
        made = build(config, self.tables.get(plugin, EMPTY), self.folder)
        if isinstance(made, tuple):
            raise _mistakes(self.file, self.text, [(f"plugins.{plugin}", each) for each in made])
        return made


def _take(
    config: type[T], table: Any, path: str, found: list[tuple[str, Complaint]], folder: Path | None = None
) -> T | None:
    if not isinstance(table, Mapping):
        found.append((path, Complaint("", f"is {type(table).__name__}, where a table is due")))
        return None
    made = build(config, table, folder)
    if isinstance(made, tuple):
        found.extend((path, each) for each in made)
        return None
    return made


def _channel(name: str, table: Any, found: list[tuple[str, Complaint]]) -> Channel:
    known = _ChannelTable.__annotations__
    own = {key: each for key, each in table.items() if key in known} if isinstance(table, Mapping) else table
    made = _take(_ChannelTable, own, f"channels.{name}", found)
    if made is None:
        return Channel(name)
    return Channel(name, made.plugin, made.to, {key: _exact(each) for key, each in table.items() if key not in known})


def _policy(name: str, table: Any, found: list[tuple[str, Complaint]]) -> Policy:
    own = {key: each for key, each in table.items() if key in _POLICY_KEYS} if isinstance(table, Mapping) else table
    return _take(Policy, own, f"plugins.{name}", found) or Policy()


def _own(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return FrozenDict({key: each for key, each in table.items() if key not in _POLICY_KEYS})


def _exact(value: Any) -> Any:
    """A channel's options are immutable data: what that cannot hold (a float, a time of day) is kept as text."""
    if isinstance(value, Mapping):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return value if isinstance(value, str | int | date) else str(value)


def _mistakes(file: str, text: str, found: Iterable[tuple[str, Complaint]]) -> PlanError:
    """All complaints in the order of the file. No excerpt: a line may hold a secret that should not be there."""
    return PlanError(by_place([_problem(file, text, path, each) for path, each in found]))


def _problem(file: str, text: str, path: str, complaint: Complaint) -> Problem:
    message = f"[{path}] {complaint.message}" if path else complaint.message
    where = ".".join(each for each in (path, complaint.key) if each)
    place = Place(file, _line_of(text, path, complaint.key), 1) if text else None
    return Problem(complaint.code, "error", message, place, path=where)


def _unreadable(file: str, message: str, line: int = 1) -> PlanError:
    return PlanError([Problem("CF101", "error", message, Place(file, line, 1))])


def _line_in(message: str) -> int:
    """tomllib says the line in its message only."""
    match = re.search(r"line (\d+)", message)
    return int(match[1]) if match else 1


def _line_of(text: str, path: str, key: str) -> int:
    """The line of a key in its table, else of the table's heading, else 1: tomllib keeps no places, so we look."""
    heading, table = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = match[1].replace('"', "").replace(" ", "")
            heading = number if table == path else heading
        elif table == path and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line) and key:
            return number
    return heading

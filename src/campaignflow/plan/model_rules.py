"""Rules: when this has happened, and if this holds, then these commands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, INVALID, Kind, Report, Schemas, Section, describe
from campaignflow.plan.kinds_made import Either, ListOf
from campaignflow.plan.model_base import Element, Fault, door, doors, entry
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_people import SELECTION, Selection
from campaignflow.plan.near import suggestion
from campaignflow.plan.nodes import Entries, Node, Ready, Scalar, lift
from campaignflow.plan.values import BadValue, Duration, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.recurrence import Recurrence
    from campaignflow.plan.time import Moment

__all__ = ["COMMANDS", "COMMAND_NAMES", "DO", "EVENT", "RULES", "Do", "Rule", "do"]

COMMAND_NAMES: Final = (
    "enter", "settle", "decide", "baseline", "suspend", "resume", "abort", "fill", "move-date", "amend", "assign",
    "delegate", "inspect", "find", "measure", "mark", "score", "cite", "notify", "publish", "file", "use", "receive",
    "correct", "erase",
)  # fmt: skip
"""Commands that are no register's; a register's are written `REGISTER.VERB`."""

_COMMAND = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)?")


@frozen
class Do:
    """A command that a rule or a script gives.

    Attributes:
        command: `cite`, `task.submit`; item: what it is aimed at, `""` for none, a `Selection` for an audience;
        fields: its fields as written: texts, lists and mappings; `=…` is an expression.
    """

    command: str
    item: str | Selection | Unresolved = ""
    fields: Section[Any] = EMPTY

    def __str__(self) -> str:
        more = "".join(f" {name}={value}" for name, value in self.fields.items())
        return f"{self.command} {self.item}".rstrip() + more


def do(command: str, item: Any = None, /, **fields: Any) -> Do:
    """A command for a rule: its name, its item, its fields.

    >>> str(do("cite", "owner", kind="criticism", reply_within="5d"))
    'cite owner kind=criticism reply-within=5d'

    Raises:
        PlanError: no such command, or a field whose value has no form in the plan language.
    """
    from campaignflow.errors import PlanError

    report = Report()
    document: dict[str, Any] = {command: {} if item is None else item, **fields}
    found = DO.read(lift(document), report)
    if report.problems:
        raise PlanError(report.problems)
    assert isinstance(found, Do)
    return found


class DoKind(Kind):
    """A command: `"NAME ITEM"`, or `{NAME: ITEM, field: value, …}`, where the one key that names a command leads."""

    what = 'a command: "NAME ITEM", or {NAME: ITEM, field: value}'

    def scalar(self, node: Scalar, report: Report) -> Any:
        """Name and item, parted by a blank."""
        name, _, item = node.text.strip().partition(" ")
        return Do(name, item.strip()) if self._is_command(name, node, report) else INVALID

    def entries(self, node: Entries, report: Report) -> Any:
        """The leading key, then the fields."""
        lead = self._lead(node, report)
        if lead is None:
            return INVALID
        if not self._is_command(lead[0].text, lead[0], report):
            return INVALID
        item = self._item(lead[1], report)
        rest = [pair for pair in node.entries if pair[0] is not lead[0]]
        fields = kinds.DATA_SECTION.read(Entries(rest, node.source, node.line, node.column), report)
        return INVALID if item is INVALID or fields is INVALID else Do(lead[0].text, item, fields)

    def _lead(self, node: Entries, report: Report) -> tuple[Scalar, Node] | None:
        dotted = [pair for pair in node.entries if "." in pair[0].text]
        leads = dotted or [pair for pair in node.entries if _name(pair[0]) in COMMAND_NAMES]
        if len(leads) == 1:
            key, item = leads[0]
            return (key if key.text == _name(key) else Scalar(_name(key), False)), item
        if not leads:
            first = node.entries[0][0] if node.entries else node
            found = describe(first)
            report.add("CF507", f"{found} is not a command", first, _command_hint(getattr(first, "text", "")))
        else:
            names = ", ".join(pair[0].text for pair in leads)
            report.add("CF108", f"several commands in one mapping: {names}", node, "write a list of commands")
        return None

    def _is_command(self, name: str, node: Node, report: Report) -> bool:
        if _COMMAND.fullmatch(name) and ("." in name or name in COMMAND_NAMES):
            return True
        report.add("CF507", f"{name[:60]!r} is not a command", node, _command_hint(name))
        return False

    def _item(self, node: Node, report: Report) -> Any:
        if isinstance(node, Scalar):
            gap = self.gap(node, report)
            return node.text if gap is None else gap
        if isinstance(node, Entries) and not node.entries:
            return ""
        return SELECTION.read(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished command."""
        return node.value if isinstance(node.value, Do) else self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """Always the long form."""
        item = value.item
        written = SELECTION.canonical(item) if isinstance(item, Selection | Unresolved) else item
        return {value.command: {} if written == "" else written, **kinds.DATA_SECTION.canonical(value.fields)}

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A text or an object."""
        return {"type": ["string", "object"]}


def _name(key: Scalar) -> str:
    """A Python caller writes `move_date`; a dotted name stays as it is."""
    return key.text if key.source is not None or "." in key.text else key.text.replace("_", "-")


def _command_hint(name: str) -> str:
    return suggestion(name, COMMAND_NAMES) or "cite, notify, find, …, or REGISTER.TRIGGER"


DO: Final = DoKind()
COMMANDS: Final = ListOf(DO, "a command or a list of commands", single=True)


# --------------------------------------------------------------------------------------------------------------- rules
_EVENT = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_-]*(?: \S+)?")


def _event(text: str) -> str:
    words = " ".join(text.split())
    if not _EVENT.fullmatch(words):
        raise BadValue(f"{text[:60]!r} is not an event", "task.overdue, task.verified kick-off, site.closed")
    return words


EVENT: Final = kinds.ScalarKind("an event: task.overdue, or task.verified kick-off", _event, refers="event")
EVENTS: Final = ListOf(EVENT, "an event or a list of events", single=True)


def _catch_up(text: str) -> str:
    if text not in ("once", "all", "none"):
        raise BadValue(f"{text[:60]!r} is none of once, all, none", "once, all, none, or {within: 2d}")
    return text


CATCH_UP: Final = Either(
    "once, all, none, or {within: 2d}",
    [kinds.ScalarKind("once, all, none, or {within: 2d}", _catch_up, (str,), schema={"enum": ["once", "all", "none"]})],
    times.WITHIN,
)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Rule(Element):
    """When `event` has happened, or at `at`, or every so often: the commands in `do`, if `when` holds."""

    event: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(EVENTS, "the events it acts on: `EVENT` or `EVENT ITEM`", "R")
    )
    at: Moment | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.MOMENT, "the moment it acts at", "R")
    )
    every: tuple[Recurrence | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(times.RECURRENCES, "how often it acts", "R")
    )
    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "read at the moment it acts", "E")
    )
    after: Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.DURATION, "acts later, if it still holds", "R")
    )
    before: Duration | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.DURATION, "acts before a foreseeable moment", "R", finer="before"),
    )
    for_each: Selection | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SELECTION, "the commands once for each of these", "R")
    )
    do: tuple[Do | Unresolved, ...] = field(converter=door, metadata=entry(COMMANDS, "the commands it gives", "R"))
    digest: tuple[Recurrence | Unresolved, ...] = field(
        default=(),
        converter=door,
        metadata=entry(times.RECURRENCES, "gather what fired until then", "R", finer="digests"),
    )
    quiet: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.HOURS, "hold notifications", "R", finer="quiet hours")
    )
    limit: str | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.RATE, "at most so many notifications per recipient", "R", finer="limits on notifications"),
    )
    catch_up: str | Section[Any] | Unresolved = field(
        default="once", converter=door, metadata=entry(CATCH_UP, "what is made up for after downtime", "R")
    )

    def faults(self) -> Iterable[Fault]:
        """Exactly one of `event`, `at`, `every`; and one of `after` and `before`."""
        if self.gap is not None:
            return
        ways = [name for name in ("event", "at", "every") if getattr(self, name) not in ((), None)]
        if len(ways) != 1:
            found = "none of them" if not ways else " and ".join(ways)
            yield "CF108", ways[1] if ways else "event", f"a rule has one of event, at, every; found {found}", None
        if self.after is not None and self.before is not None:
            yield "CF108", "before", "`after` and `before`: one of them is allowed", None


RULES: Final = Ids(Body(Rule, "a rule"), "rules: a mapping from id to rule")

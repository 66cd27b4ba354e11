"""Who takes part and with what: units, their members, resources, selections of items, and parties."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar, Final

from attrs import Factory, field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, Report, ScalarKind, Schemas, Section
from campaignflow.plan.kinds_made import ListOf
from campaignflow.plan.model_base import SOURCE, Described, Element, Fault, door, doors, entry
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_kinds import Formula
from campaignflow.plan.nodes import Entries, Items
from campaignflow.plan.values import Amount, BadValue, Unresolved

__all__ = ["OWNERS", "PARTIES", "PARTY", "RESOURCES", "SELECTION", "UNITS", "CalendarSpec", "Member", "Override",
           "Party", "Resource", "Selection", "Unit"]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- selections
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Override(Element):
    """What differs for one item of a selection: `but: {north: {window: …}}`."""

    REST: ClassVar[str | None] = "values"

    values: Section[Any] = field(
        default=EMPTY, converter=door, metadata=entry(kinds.DATA_SECTION, "keys of the element, and what they are here")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Selection(Described):
    """Some items of a register: all of them, a list of units, or those that satisfy a condition.

    Attributes:
        register: whose items; `each` stands for the item that the nearest `for-each` is at.
        ids: the units listed, where the selection is a list.
        under: all units below this one.
        where: an expression over the candidate's fields.
        but: what differs for one of them.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("register",)
    LISTING: ClassVar[str | None] = "ids"

    register: str | Unresolved = field(
        default="unit", converter=door, metadata=entry(kinds.reference("register"), "whose items")
    )
    ids: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(kinds.references("unit"), "these units")
    )
    under: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("unit"), "all units below this one")
    )
    where: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "those for which it holds", "E")
    )
    but: Section[Override] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Override, "what differs"), "what differs for one of them"), "what differs for one"),
    )


SELECTION: Final = Body(Selection, "a selection: a register, a list of units, or {register, under, where}")

_PARTY = re.compile(r"[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)*(?:\.[a-z][a-z0-9_-]*)*")
Party = str | Selection | Formula
"""A unit, `unit/member`, `unit/role`, one of the words `owner parent root opener actor each`, or a selection."""


def _party(text: str) -> str | Formula:
    if text.startswith("="):
        return Formula(text[1:].strip())
    if not _PARTY.fullmatch(text) or len(text) > 300:
        hint = "unit, unit/member, unit/role, or owner, parent, root, opener, actor, each"
        raise BadValue(f"{text[:60]!r} is not a party", hint, code="CF109")
    return text


class PartyKind(ScalarKind):
    """A party: one text, or a selection."""

    def items(self, node: Items, report: Report) -> Any:
        """A list of units is a selection."""
        return SELECTION.items(node, report)

    def entries(self, node: Entries, report: Report) -> Any:
        """A mapping is a selection."""
        return SELECTION.entries(node, report)

    def write(self, value: Any) -> Any:
        """As written."""
        return SELECTION.write(value) if isinstance(value, Selection) else str(value)

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A text or a selection."""
        return {"anyOf": [{"type": "string"}, SELECTION.schema(schemas)]}


PARTY: Final = PartyKind("a party: unit, unit/member, owner, root, …", _party, (Selection, Formula), refers="party")
PARTIES: Final = ListOf(PARTY, "one party or a list of them", single=True)
OWNERS: Final = ListOf(PARTY, "a list of parties")


# ---------------------------------------------------------------------------------------------------------- calendars
@frozen(kw_only=True, slots=False, field_transformer=doors)
class CalendarSpec(Described):
    """Working days: a named calendar, with days that are closed or open in spite of it.

    Attributes:
        base: the calendar's name (`CN`, `FR`), or None where every day works.
        closed, open: days as dates.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("base",)

    base: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.WORDS, "the calendar's name")
    )
    closed: tuple[Any, ...] = field(
        default=(), converter=door, metadata=entry(ListOf(times.MOMENT, "a list of dates"), "days off in spite of it")
    )
    open: tuple[Any, ...] = field(
        default=(),
        converter=door,
        metadata=entry(ListOf(times.MOMENT, "a list of dates"), "working days all the same"),
    )


CALENDAR: Final = Body(CalendarSpec, "a calendar: CN, FR, or {base, closed: [dates], open: [dates]}")


# -------------------------------------------------------------------------------------------------------------- units
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Member(Element):
    """A person in a unit, or the blank where one should be.

    Attributes:
        name: the person's; an `Unresolved` for `head: ~`; None where only the role is known.
        role: the id unless given.
        deputy_of: the member whose deputy this one is.
        personal: whether the name is kept apart and can be erased.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("name",)
    GAP: ClassVar[str] = "name"

    name: str | Unresolved | None = field(default=None, converter=door, metadata=entry(kinds.WORDS, "who it is"))
    role: str | Unresolved = field(
        default=Factory(lambda self: self.id, takes_self=True),
        converter=door,
        metadata=entry(kinds.WORDS, "what the person is in the unit; the id unless given"),
    )
    deputy_of: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("member"), "whose deputy", "L")
    )
    personal: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "kept apart, erasable, redacted")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Unit(Element):
    """Somebody who is answerable: an office, a school, a branch.

    Attributes:
        reports_to: the unit above; None for a root.
        members: by id.
        aliases: other spellings of its name.
        calendar: its own working days, or None.
        outside: takes part, but is not under the root's authority, and is no root itself.
        fields: its own fields, declared under `registers: unit: fields:`.
    """

    REST: ClassVar[str | None] = "fields"

    reports_to: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("unit"), "the unit above")
    )
    members: Section[Member] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Member, "a member: a name, or {name, role}"), "the members of a unit"), "its people"),
    )
    aliases: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(SOURCE, "other spellings of its name")
    )
    calendar: CalendarSpec | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(CALENDAR, "its own working days", finer="calendars of units and resources"),
    )
    outside: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "not under the root's authority, and no root", "L")
    )
    fields: Section[Any] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(kinds.DATA_SECTION, "fields that `registers: unit` declares"),
    )


UNITS: Final = Ids(Body(Unit, "a unit"), "the units: a mapping from id to unit")


# ---------------------------------------------------------------------------------------------------------- resources
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Resource(Element):
    """A crew, taken and given back (`capacity`), or a supply, used up (`amount`)."""

    SCALAR: ClassVar[tuple[str, ...]] = ("capacity", "amount")

    capacity: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.POSITIVE, "how many there are to be taken and given back")
    )
    amount: Amount | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.AMOUNT, "how much there is to be used up")
    )
    unit: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("unit"), "whose it is")
    )
    calendar: CalendarSpec | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(CALENDAR, "its own working days", finer="calendars of units and resources"),
    )
    for_each: Selection | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SELECTION, "one for each of these", finer="resources for-each")
    )

    def faults(self) -> list[Fault]:
        """One of capacity and amount is due."""
        if self.gap is None and (self.capacity is None) == (self.amount is None):
            message = "a resource has a capacity (a crew) or an amount (a supply), one of them"
            return [("CF108", "capacity", message, "inspectors: 3, or leaflets: 5000 pc")]
        return []


RESOURCES: Final = Ids(Body(Resource, "a resource: 3, or 5000 pc"), "the resources")

"""Registers: the kinds of item that a campaign holds many of, with their fields and their lifecycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, Section
from campaignflow.plan.kinds_made import ListOf, MapOf
from campaignflow.plan.model_base import Described, Element, door, doors, entry, parse_id
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_people import PARTY, Party
from campaignflow.plan.values import Duration, Unresolved

if TYPE_CHECKING:
    pass

__all__ = ["BUILT_IN_REGISTERS", "FIELD_TYPES", "REGISTERS", "Clock", "FieldSpec", "Register", "RegisterItem", "State",
           "Trigger"]  # fmt: skip

BUILT_IN_REGISTERS: Final = (
    "unit", "task", "finding", "inspection", "citation", "measurement", "score", "document", "child",
)  # fmt: skip
FIELD_TYPES: Final = ("text", "number", "amount", "date", "window", "flag", "document", "place", "member")
"""Types of a field besides the ids of registers."""


@frozen(kw_only=True, slots=False, field_transformer=doors)
class FieldSpec(Element):
    """One field of a register's items.

    Attributes:
        type: `text number amount date window flag document place member`, or a register's id (a reference).
        measured_in: a number's unit; one_of: the texts that are allowed; many: it holds a list.
        required: an item cannot be without it; personal: kept apart, erasable; public: shown once published.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("type",)

    type: str | Unresolved = field(
        default="text", converter=door, metadata=entry(kinds.reference("type"), "what it holds; text unless given")
    )
    measured_in: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.WORDS, "the number's unit")
    )
    one_of: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(ListOf(kinds.WORDS, "a list of texts"), "the texts that are allowed")
    )
    many: bool | Unresolved = field(default=False, converter=door, metadata=entry(kinds.FLAG, "it holds a list"))
    required: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "an item cannot be without it")
    )
    personal: bool | Unresolved = field(
        default=False,
        converter=door,
        metadata=entry(kinds.FLAG, "kept apart, erasable", finer="personal data"),
    )
    public: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "shown outside once published")
    )


# ---------------------------------------------------------------------------------------------------------- lifecycles
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Trigger(Described):
    """A move out of a state.

    Attributes:
        to: the state it leads to; by: who may pull it; when: its guard, which sees the fields just given;
        needs: fields that must be given or be there; in_person: no deputy, no delegate.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("to",)

    to: str | Unresolved = field(converter=door, metadata=entry(kinds.STATE_NAME, "the state it leads to", "L"))
    by: Party | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PARTY, "who may; the item's unit unless given", "L")
    )
    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "only while it holds", "L")
    )
    needs: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(kinds.references("field"), "fields that must be there", "L")
    )
    in_person: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "no deputy, no delegate", "L")
    )


_TRIGGERS: Final = ListOf(
    Body(Trigger, "a state, or {to, by, when, needs}"),
    "a state, {to, by, …}, or a list of these",
    single=True,
)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class State(Element):
    """A state of a register's items.

    Attributes:
        triggers: from a trigger's name to what it does: the first whose `when` holds.
        within: how long an item may stay, or None; or_else: the state it is moved to then.
        end: an end, although it can be left (re-opened).
    """

    REST: ClassVar[str | None] = "triggers"

    within: Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.DURATION, "how long an item may stay", "L")
    )
    or_else: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.STATE_NAME, "where it is moved then", "L")
    )
    end: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "an end that can be re-opened", "L")
    )
    triggers: Section[tuple[Trigger, ...]] = field(
        default=EMPTY, converter=door, metadata=entry(MapOf(_TRIGGERS, "triggers", parse_id), "moves out of it", "L")
    )


LIFECYCLE: Final = Ids(Body(State, "a state"), "states: a mapping from state to triggers", kinds.STATE_NAME.parse)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Clock(Element):
    """Counts the time in some states, and is kept while the item rests in others."""

    runs_in: tuple[str | Unresolved, ...] = field(
        converter=door, metadata=entry(ListOf(kinds.STATE_NAME, "a list of states"), "the states in which it runs", "L")
    )
    within: Duration | Unresolved = field(converter=door, metadata=entry(kinds.DURATION, "when it has run out", "L"))
    or_else: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.STATE_NAME, "the state it is moved to then", "L")
    )


# ---------------------------------------------------------------------------------------------------------- registers
@frozen(kw_only=True, slots=False, field_transformer=doors)
class RegisterItem(Element):
    """An item that is there at the start, with the values of its fields as written."""

    REST: ClassVar[str | None] = "fields"

    fields: Section[Any] = field(
        default=EMPTY, converter=door, metadata=entry(kinds.DATA_SECTION, "the values of its fields")
    )


_EXPECT: Final = kinds.text_map(times.ANY_DISTRIBUTION, "{arrivals: a day, STATE: stay, TRIGGER: p}")


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Register(Element):
    """A kind of item: `site`, `case`, `volunteer`; or what a plan adds to a built-in one.

    Attributes:
        fields: by id; lifecycle: states by id, the first is where items start; starts_in: states an item may be
        entered in; clocks: by id; unique, repeats_by: names of fields; items: what is there at the start.
    """

    fields: Section[FieldSpec] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(FieldSpec, "a field: TYPE, or {type, …}"), "fields"), "its items' fields"),
    )
    lifecycle: Section[State] = field(
        default=EMPTY, converter=door, metadata=entry(LIFECYCLE, "its states; the first is where items start", "L")
    )
    starts_in: tuple[str | Unresolved, ...] = field(
        default=(),
        converter=door,
        metadata=entry(ListOf(kinds.STATE_NAME, "a list of states"), "states an item may be entered in", "L"),
    )
    clocks: Section[Clock] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Clock, "a clock: {runs-in, within, or-else}"), "clocks"), "time in states", "L",
                       finer="clocks"),
    )  # fmt: skip
    unique: tuple[str | Unresolved, ...] = field(
        default=(),
        converter=door,
        metadata=entry(kinds.references("field"), "no two living items agree in these", "L"),
    )
    repeats_by: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(kinds.references("field"), "what makes an item a repetition", "E")
    )
    items: Section[RegisterItem] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(RegisterItem, "an item: {field: value}"), "items"), "what is there at the start"),
    )
    keep: Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.DURATION, "how long after its end", finer="keep")
    )
    expect: Section[Any] = field(default=EMPTY, converter=door, metadata=entry(_EXPECT, "how simulation plays it"))


REGISTERS: Final = Ids(Body(Register, "a register"), "registers: a mapping from id to register")

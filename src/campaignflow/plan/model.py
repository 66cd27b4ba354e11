"""The plan as a value: every class that a plan is made of, and `Plan` itself.

Attribute names are the plan language's keys in snake_case. Values are immutable; sections are ordered mappings from id
to element. A gap is an `Unresolved`: as the value itself, as `section.gap`, as `element.gap` where a whole element is
announced but not known, or as an item of a list.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.canonical import canonical_bytes, plan_hash
from campaignflow.plan.kinds import EMPTY, Section
from campaignflow.plan.model_base import Described, Element, Key, Named, Table, door, doors, entry, table_of
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_kinds import Formula
from campaignflow.plan.model_people import (
    CALENDAR,
    PARTIES,
    RESOURCES,
    UNITS,
    CalendarSpec,
    Member,
    Override,
    Party,
    Resource,
    Selection,
    Unit,
)
from campaignflow.plan.model_registers import (
    BUILT_IN_REGISTERS,
    REGISTERS,
    Clock,
    FieldSpec,
    Register,
    RegisterItem,
    State,
    Trigger,
)
from campaignflow.plan.model_rules import RULES, Do, Rule, do
from campaignflow.plan.model_scores import (
    INDICATORS,
    SCORECARDS,
    Adjustment,
    Answer,
    Control,
    Grade,
    Indicator,
    Scorecard,
    ScoreNode,
    Veto,
)
from campaignflow.plan.model_simulation import PLUGINS, PRIVACY, SIMULATION, Option, Plugin, Privacy, Risk, Simulation
from campaignflow.plan.model_walk import Origin, Places
from campaignflow.plan.model_work import (
    PHASES,
    TASKS,
    ChecklistItem,
    ChildCampaign,
    Evidence,
    Gate,
    Include,
    Inspect,
    Need,
    OnFail,
    Phase,
    Task,
    TaskExpect,
)
from campaignflow.plan.problems import Gap, Problem
from campaignflow.plan.values import Amount, Duration, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.time import Window

__all__ = [
    "BUILT_IN_REGISTERS",
    "PLAN",
    "Adjustment",
    "Answer",
    "CalendarSpec",
    "ChecklistItem",
    "ChildCampaign",
    "Clock",
    "Control",
    "Described",
    "Do",
    "Element",
    "Evidence",
    "FieldSpec",
    "Formula",
    "Gate",
    "Given",
    "Grade",
    "Include",
    "Indicator",
    "Inspect",
    "Key",
    "Member",
    "Named",
    "NamedDate",
    "Need",
    "OnFail",
    "Option",
    "Override",
    "Party",
    "Phase",
    "Plan",
    "Plugin",
    "Privacy",
    "Register",
    "RegisterItem",
    "Resource",
    "Risk",
    "Rule",
    "ScoreNode",
    "Scorecard",
    "Section",
    "Selection",
    "Simulation",
    "State",
    "Table",
    "Task",
    "TaskExpect",
    "Trigger",
    "Unit",
    "Veto",
    "back_to",
    "do",
    "table_of",
]


def back_to(phase: str, *, at_most: int = 3, redo: tuple[str, ...] | list[str] = (), then: str | None = None) -> OnFail:
    """`on_fail=back_to("advance")`: where a failed gate sends the campaign.

    >>> back_to("advance").at_most
    3
    """
    return OnFail(back_to=phase, at_most=at_most, redo=redo, then=then)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class NamedDate(Element):
    """A named day or window; what hangs on it moves with it."""

    SCALAR: ClassVar[tuple[str, ...]] = ("window",)
    GAP: ClassVar[str] = "window"

    window: Window | Unresolved = field(converter=door, metadata=entry(times.WINDOW, "the day or window"))


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Given(Element):
    """A named constant: `given.pass_mark` in expressions."""

    SCALAR: ClassVar[tuple[str, ...]] = ("value",)
    GAP: ClassVar[str] = "value"

    value: Decimal | Amount | str | Unresolved = field(
        converter=door, metadata=entry(kinds.FREE, "a number, an amount or a text", "E")
    )


DATES: Final = Ids(Body(NamedDate, "a date or window"), "dates: a mapping from name to date or window")
GIVEN: Final = Ids(Body(Given, "a constant"), "given: a mapping from name to number, amount or text")


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Plan(Element):
    """What is meant to happen: an immutable value, read from YAML or built in Python."""

    campaignflow: int | Unresolved = field(
        default=1, converter=door, metadata=entry(kinds.FORMAT, "the format version")
    )
    timezone: str | Unresolved = field(
        default="UTC", converter=door, metadata=entry(kinds.ZONE, "whose days these are")
    )
    calendar: CalendarSpec | Unresolved | None = field(
        default=None, converter=door, metadata=entry(CALENDAR, "working days; every day unless given")
    )
    year: int | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.YEAR, "the year of dates without one")
    )
    schedule: str | Unresolved = field(
        default="forward",
        converter=door,
        metadata=entry(kinds.choice("forward", "backward"), "backward: as late as the last window allows"),
    )
    back_dating: Duration | Unresolved = field(
        default=Duration(3, "d"), converter=door, metadata=entry(kinds.DURATION, "how late a fact may be entered")
    )
    dates: Section[NamedDate] = field(default=EMPTY, converter=door, metadata=entry(DATES, "named days and windows"))
    given: Section[Given] = field(default=EMPTY, converter=door, metadata=entry(GIVEN, "named constants", "E"))
    units: Section[Unit] = field(default=EMPTY, converter=door, metadata=entry(UNITS, "who is answerable"))
    resources: Section[Resource] = field(default=EMPTY, converter=door, metadata=entry(RESOURCES, "with what"))
    phases: Section[Phase] = field(default=EMPTY, converter=door, metadata=entry(PHASES, "its stretches, in order"))
    tasks: Section[Task] = field(
        default=EMPTY, converter=door, metadata=entry(TASKS, "tasks that live through the whole campaign")
    )
    registers: Section[Register] = field(
        default=EMPTY, converter=door, metadata=entry(REGISTERS, "the kinds of item it holds")
    )
    indicators: Section[Indicator] = field(
        default=EMPTY, converter=door, metadata=entry(INDICATORS, "what is measured", "S")
    )
    scorecards: Section[Scorecard] = field(
        default=EMPTY, converter=door, metadata=entry(SCORECARDS, "how it is judged", "S")
    )
    rules: Section[Rule] = field(default=EMPTY, converter=door, metadata=entry(RULES, "what follows from what", "R"))
    may: Section[tuple[Party, ...]] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(kinds.text_map(PARTIES, "may: COMMAND: parties"), "who may give a command", "L"),
    )
    privacy: Privacy | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PRIVACY, "how people's data are kept", finer="privacy")
    )
    simulation: Simulation | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SIMULATION, "what simulation needs")
    )
    plugins: Section[Plugin] = field(
        default=EMPTY, converter=door, metadata=entry(PLUGINS, "plugins it cannot do without", "H")
    )
    renamed: Section[str] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(kinds.text_map(kinds.WORDS, "renamed: a mapping from old path to new"), "read by `amend` only"),
    )

    origin: Origin = field(factory=Origin, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        from campaignflow.plan.reader import check_built  # the reader needs this module

        self.__dict__["origin"] = check_built(self)

    @staticmethod
    def load(path: str | os.PathLike[str], fill: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Plan:
        """A plan from a YAML file, its gaps filled from another file or from a mapping.

        Raises:
            PlanError: with every problem that was found, each with its place.
        """
        from campaignflow.plan import reader

        return reader.load(path, fill)

    @staticmethod
    def from_text(text: str, fill: str | Mapping[str, Any] | None = None, *, file: str = "<text>") -> Plan:
        """A plan from a YAML text; `fill` is a fill file's text, or a mapping. `file` names the text in problems.

        >>> Plan.from_text("campaignflow: 1\\nplan: spring-clean\\nphases: [advance]").phases["advance"].kind
        'advance'

        Raises:
            PlanError: with every problem that was found, each with its place.
        """
        from campaignflow.plan import reader

        return reader.from_text(text, fill, file=file)

    @staticmethod
    def from_canonical(data: bytes) -> Plan:
        """The plan whose `canonical()` gave these bytes.

        Raises:
            PlanError: the bytes are no plan.
        """
        from campaignflow.plan import reader

        return reader.from_canonical(data)

    def canonical(self) -> bytes:
        """The plan as JSON in the plan language: what the hash is taken over, and what `from_canonical` reads."""
        return self._canonical

    @cached_property
    def _canonical(self) -> bytes:
        return canonical_bytes(self)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical form in hexadecimal; equal plans, from YAML or from Python, have equal hashes."""
        return plan_hash(self._canonical)

    def filled(self, values: Mapping[str, Any]) -> Plan:
        """The plan with gaps filled: from the paths that `unresolved` names to values.

        Raises:
            PlanError: a path that names nothing or no gap, or a value that does not fit.
        """
        from campaignflow.plan import reader

        return reader.refilled(self, values)

    def changed(self, values: Mapping[str, Any]) -> Plan:
        """The plan with other values at some paths (`resources.inspectors`, `phases.advance.window`).

        Raises:
            PlanError: a path that names nothing, or a value that does not fit.
        """
        from campaignflow.plan import reader

        return reader.reset(self, values)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings and gaps that were found while reading, ordered by place."""
        return self.origin.problems

    @property
    def places(self) -> Places:
        """Where its parts stand in the text: `plan.places.get("phases.advance.window")`."""
        return self.origin.places

    @cached_property
    def unresolved(self) -> tuple[Gap, ...]:
        """Every gap, in the order of the plan, with what needs it."""
        from campaignflow.plan.model_gaps import gaps_of

        return gaps_of(self)

    def not_run(self) -> tuple[tuple[str, str], ...]:
        """Path and name of each construct that this version reads but does not run; `start` refuses such a plan.

        >>> Plan("x", schedule="backward").not_run()
        (('schedule', 'schedule: backward'),)
        """
        from campaignflow.plan.model_gaps import not_run

        return not_run(self)


PLAN: Final = Body(Plan, "a plan")

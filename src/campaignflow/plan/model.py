"""The plan as a value: every class that a plan is made of, and `Plan` itself.

Attribute names are the plan language's keys in snake_case. Values are immutable; sections are ordered mappings from id
to element. A gap is an `Unresolved`: as the value itself, as `section.gap`, as `element.gap` where a whole element is
announced but not known, or as an item of a list.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, MapOf, Section
from campaignflow.plan.model_base import Described, Element, Key, Named, Table, door, doors, entry, parse_id, table_of
from campaignflow.plan.model_bodies import Body
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
    Control,
    Grade,
    Indicator,
    Scorecard,
    ScoreNode,
    Veto,
)
from campaignflow.plan.model_simulation import PLUGINS, PRIVACY, SIMULATION, Option, Plugin, Privacy, Risk, Simulation
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
from campaignflow.plan.values import Duration, Unresolved

__all__ = [
    "BUILT_IN_REGISTERS", "PLAN", "Adjustment", "CalendarSpec", "ChecklistItem", "ChildCampaign", "Clock", "Control",
    "Described", "Do", "Element", "Evidence", "FieldSpec", "Formula", "Gate", "Grade", "Include", "Indicator",
    "Inspect", "Key", "Member", "Named", "Need", "OnFail", "Option", "Override", "Party", "Phase", "Plan", "Plugin",
    "Privacy", "Register", "RegisterItem", "Resource", "Risk", "Rule", "ScoreNode", "Scorecard", "Section", "Selection",
    "Simulation", "State", "Table", "Task", "TaskExpect", "Trigger", "Unit", "Veto", "back_to", "do", "table_of",
]  # fmt: skip


def back_to(phase: str, *, at_most: int = 3, redo: tuple[str, ...] | list[str] = (), then: str | None = None) -> OnFail:
    """`on_fail=back_to("advance")`: where a failed gate sends the campaign.

    >>> back_to("advance").at_most
    3
    """
    return OnFail(back_to=phase, at_most=at_most, redo=redo, then=then)


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
    dates: Section[Any] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(MapOf(times.WINDOW, "named days: NAME: date or window", parse_id), "named days"),
    )
    given: Section[Any] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(MapOf(kinds.FREE, "constants: NAME: value", parse_id), "named constants", "E"),
    )
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


PLAN: Final = Body(Plan, "a plan")

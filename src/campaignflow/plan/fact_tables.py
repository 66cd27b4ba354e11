"""The facts, fields and functions that expressions may name: the tables behind the schema and the reference page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from campaignflow.plan.expressions.schema import Function, Parameter
from campaignflow.plan.expressions.types import (
    AMOUNT,
    ANY,
    DATE,
    FLAG,
    ITEM,
    MOMENT,
    NUMBER,
    TEXT,
    Type,
    item,
    many,
    one_of,
)

__all__ = [
    "BY_TIME",
    "CAMPAIGN_STATES",
    "ELSEWHERE",
    "EVENT_FIELDS",
    "FACTS",
    "FUNCTIONS",
    "ITEM_FACTS",
    "PERIOD_FACTS",
    "REGISTER_FIELDS",
    "REGISTER_STATES",
    "REGISTER_TRIGGERS",
    "RESERVED_NAMES",
    "SUBJECT_FACTS",
]


def _table(**entries: Type) -> Mapping[str, Type]:
    return MappingProxyType(entries)


def _of(head: str, **entries: Type) -> dict[str, Type]:
    return {f"{head}.{name}": type_ for name, type_ in entries.items()}


_UNIT = item("unit")
_TASK = item("task")

# --------------------------------------------------------------------------------------------------------------- facts
FACTS: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "now": MOMENT,
        "today": DATE,
        "start": DATE,
        "phase": TEXT,
        "round": NUMBER,
        **_of("campaign", state=TEXT, accepted=FLAG, version=NUMBER, tasks=NUMBER, progress=NUMBER),
        **_of(
            "tasks",
            total=NUMBER,
            open=NUMBER,
            required_open=NUMBER,
            ready=NUMBER,
            overdue=NUMBER,
            verified=NUMBER,
            returned=NUMBER,
            waived=NUMBER,
            progress=NUMBER,
        ),
        **_of("findings", total=NUMBER, open=NUMBER, overdue=NUMBER, closed=NUMBER, repeated=NUMBER),
        **_of("indicators", met=NUMBER, unmet=NUMBER, unknown=NUMBER),
    }
)
"""What stands everywhere, besides `given.NAME` and `dates.NAME`. `tasks` counts in a gate its phase's, else all."""

SUBJECT_FACTS: Final = _table(value=NUMBER, k=NUMBER, n=NUMBER, lower=NUMBER, upper=NUMBER, expected=NUMBER)
"""What the target and the grades of an indicator are said of."""

PERIOD_FACTS: Final[Mapping[str, Type]] = MappingProxyType(_of("period", start=MOMENT, end=MOMENT))
"""What has `every` has a period."""

BY_TIME: Final = frozenset({"now", "today", "tasks.overdue", "findings.overdue", "expected"})
"""Facts that time alone can change: what reads them is read again at each event and at midnight."""

ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item": "guards, triggers and rules on events",
        "event": "rules with `event`",
        "each": "what has a `for-each`",
        "period": "what has `every`",
        **dict.fromkeys(SUBJECT_FACTS, "an indicator's target and grades"),
    }
)
"""Where the facts stand that do not stand everywhere."""

CAMPAIGN_STATES: Final = frozenset({"planned", "suspended", "accepted", "not_accepted", "aborted"})
"""States of a campaign besides the paths of its phases."""

# ----------------------------------------------------------------------------------------------------------- registers
ITEM_FACTS: Final = _table(
    id=TEXT,
    state=TEXT,
    since=MOMENT,
    created=MOMENT,
    opener=TEXT,
    ended=FLAG,
    overdue=FLAG,
    late=FLAG,
    nth=NUMBER,
    title=TEXT,
)
"""What every item of every register has. `overdue` now, `late` ever; `nth` among those that repeat it."""

RESERVED_NAMES: Final = frozenset({"now", "today", "start", "each", "item", "event", "given", "campaign"}) | (
    frozenset(ITEM_FACTS) - {"title"}
)
"""Names that no field may bear, besides the words of the language: they keep their meaning in every condition."""

REGISTER_FIELDS: Final[Mapping[str, Mapping[str, Type]]] = MappingProxyType(
    {
        "task": _table(
            task=TEXT,
            group=TEXT,
            unit=_UNIT,
            phase=TEXT,
            progress=NUMBER,
            expected=NUMBER,
            health=one_of("health of a task", "green", "amber", "red"),
            due=MOMENT,
            returns=NUMBER,
            extensions=NUMBER,
            key=FLAG,
            weight=NUMBER,
            required=FLAG,
        ),
        "unit": _table(parent=_UNIT, members=NUMBER, blank=NUMBER, filled=NUMBER),
        "finding": _table(subject=ITEM, unit=_UNIT, task=_TASK, problem=TEXT, severity=TEXT, text=TEXT, due=MOMENT),
        "inspection": _table(task=_TASK, subject=ITEM, at=MOMENT, asked=NUMBER, no=NUMBER, share=NUMBER, unit=_UNIT),
        "citation": _table(
            kind=one_of("kind of citation", "praise", "criticism", "reminder", "accountability", "talk"),
            unit=_UNIT,
            member=TEXT,
            text=TEXT,
            public=FLAG,
            number=NUMBER,
            due=MOMENT,
        ),
        "measurement": _table(
            indicator=TEXT, of=ITEM, unit=_UNIT, at=MOMENT, value=NUMBER, k=NUMBER, n=NUMBER, met=FLAG
        ),
        "score": _table(
            scorecard=TEXT,
            of=ITEM,
            unit=_UNIT,
            period=TEXT,
            value=NUMBER,
            grade=TEXT,
            rank=NUMBER,
            last=FLAG,
            cohort=ANY,
        ),
        "document": _table(task=_TASK, unit=_UNIT, under=TEXT),
        "child": _table(unit=_UNIT, filed=FLAG, progress=NUMBER),
    }
)
"""Fields and facts of the registers that come built in; `state` of a child is the state of its campaign."""

REGISTER_STATES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "task": frozenset(
            [
                "planned",
                "ready",
                "in_progress",
                "submitted",
                "returned",
                "verified",
                "blocked",
                "waived",
                "cancelled",
                "carried",
            ]
        ),
        "finding": frozenset({"open", "correcting", "corrected", "closed"}),
        "inspection": frozenset({"passed", "failed"}),
        "citation": frozenset({"issued", "replied", "closed", "withdrawn"}),
        "measurement": frozenset({"taken", "disputed", "upheld"}),
        "score": frozenset({"taken"}),
        "document": frozenset({"filed"}),
        "unit": frozenset({"listed"}),
    }
)
"""States of the registers that come built in, unless the plan gives one another lifecycle."""

REGISTER_TRIGGERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "task": frozenset(
            ["ready", "start", "submit", "verify", "return", "block", "unblock", "waive", "cancel", "carry", "redo"]
        ),
        "finding": frozenset({"start", "correct", "close", "reopen"}),
        "citation": frozenset({"reply", "close", "withdraw"}),
        "measurement": frozenset({"dispute", "uphold"}),
    }
)
"""Triggers of the same."""

# -------------------------------------------------------------------------------------------------------------- events
EVENT_FIELDS: Final[Mapping[str, Mapping[str, Type]]] = MappingProxyType(
    {
        "": _table(type=TEXT, at=MOMENT, actor=TEXT, reason=TEXT),
        "*": _table(to=TEXT, into=ANY, more=TEXT, until=MOMENT, clock=TEXT, text=TEXT),
        "campaign": _table(state=TEXT),
        "phase": _table(phase=TEXT, round=NUMBER, outcome=TEXT, to=TEXT, text=TEXT),
        "task": _table(
            text=TEXT,
            evidence=many(TEXT),
            progress=NUMBER,
            health=TEXT,
            difficulty=TEXT,
            next=TEXT,
            to=TEXT,
            due=MOMENT,
        ),
        "finding": _table(text=TEXT, due=MOMENT),
        "citation": _table(copy=ANY, reply_within=TEXT, evidence=many(TEXT)),
        "measurement": _table(evidence=many(TEXT), text=TEXT),
        "score": _table(ranked=NUMBER),
        "mark": _table(scorecard=TEXT, node=TEXT, of=ITEM, points=NUMBER, answer=TEXT),
        "indicator": _table(indicator=TEXT, of=ITEM, period=TEXT, value=NUMBER),
        "resource": _table(resource=TEXT, amount=AMOUNT, of=ANY, text=TEXT),
        "notification": _table(recipient=TEXT, text=TEXT, channel=TEXT),
        "report": _table(text=TEXT),
        "member": _table(member=TEXT, name=TEXT, to=TEXT),
        "date": _table(to=ANY),
        "plan": _table(value=ANY),
        "rules": _table(),
        "sample": _table(task=TEXT),
        "rule": _table(rule=TEXT, command=TEXT, text=TEXT),
        "fact": _table(),
        "person": _table(),
        "baseline": _table(name=TEXT),
    }
)
"""What `event.…` has, by the first word of the event's name; `""`: all; `*`: events of
items, which have the item's fields, too."""


# ----------------------------------------------------------------------------------------------------------- functions
def _function(
    shown: str, parameters: str, result: str, doc: str, *, own: bool = False, by_time: bool = False
) -> Function:
    kinds = [Parameter(kind.rstrip("?"), kind.endswith("?")) for kind in parameters.split()]
    return Function(shown.partition("(")[0], shown, doc, tuple(kinds), result, own, by_time)


_ALL = (
    _function("value(id[, of])", "indicator of?", "number", "an indicator's value; without `of` the whole (roll-up)"),
    _function("lower(id[, of])", "indicator of?", "number", "the lower end of its interval"),
    _function("upper(id[, of])", "indicator of?", "number", "the upper end of its interval"),
    _function("expected(id[, of])", "indicator of?", "number", "what its curve expects by now", by_time=True),
    _function("met(id[, of])", "indicator of?", "flag", "whether it reaches its target"),
    _function("known(id[, of])", "measured of?", "flag", "whether an indicator or scorecard has a value"),
    _function("score(id[, of])", "scorecard of?", "number", "a scorecard's result"),
    _function("rank(id[, of])", "scorecard of?", "number", "its place among those scored, 1 first"),
    _function("grade(id[, of])", "measured of?", "grade", "the grade of a scorecard or indicator"),
    _function("during(NAME[, t])", "date-name moment?", "flag", "whether t, or now, is in it", by_time=True),
    _function("in_period(t)", "moment", "flag", "whether t is in the period that is judged"),
    _function("count(R[, cond])", "register condition?", "number", "how many items of a register"),
    _function("share(R, cond[, of_cond])", "register condition condition?", "number", "their share, 0 to 1"),
    _function("total(R, field[, cond])", "register field condition?", "like", "the sum of a field"),
    _function("mean(R, expr[, cond])", "register expression condition?", "like", "the mean of an expression"),
    _function("lowest(R, expr[, cond])", "register expression condition?", "like", "its lowest value"),
    _function("highest(R, expr[, cond])", "register expression condition?", "like", "its highest value"),
    _function("streak(R, cond[, of_cond])", "register condition condition?", "number", "the latest in a row"),
    _function("been(STATE)", "state", "flag", "whether the item has been in a state", own=True),
    _function("times(TRIGGER)", "trigger", "number", "how often a trigger moved the item", own=True),
    _function("time_in(STATE or CLOCK)", "clock", "number", "hours in a state, or on a clock", own=True, by_time=True),
    _function("under(UNIT)", "unit", "flag", "whether the item's unit is this one or below it", own=True),
    _function("state(R[, item])", "register-id item?", "state", "an item's state; without item that of the only one"),
    _function("left(resource)", "resource", "stock", "what is left of a resource"),
    _function("used(resource)", "resource", "stock", "what was used of it"),
    _function("entered(phase)", "phase", "moment", "when a phase was last entered"),
    _function("workdays(a, b)", "moment moment", "number", "working days from a to b"),
    _function("days(a, b)", "moment moment", "number", "calendar days from a to b"),
    _function("hours(a, b)", "moment moment", "number", "hours from a to b"),
    _function("abs(x)", "number", "like", "without its sign"),
    _function("floor(x)", "number", "like", "the whole number at or below"),
    _function("ceil(x)", "number", "like", "the whole number at or above"),
    _function("round(x[, digits])", "number digits?", "like", "rounded half even"),
    _function("min(a, b, …)", "number numbers", "like", "the least of them"),
    _function("max(a, b, …)", "number numbers", "like", "the greatest of them"),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({function.id: function for function in _ALL})
"""Every function, by name. There are no others, and a plan can make none."""

"""What an expression may name at each place of a plan: the schema, built from the plan and the tables of facts.

>>> from campaignflow.plan.expressions import compile_expression
>>> from campaignflow.plan.model import Plan
>>> plan = Plan("spring-clean", phases=["advance"])
>>> compile_expression("findings.open == 0", schema_for(plan, Place.gate("advance"))).reads
frozenset({'findings.open'})
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from campaignflow.plan.expressions.schema import MeasuredId, Schema
from campaignflow.plan.expressions.types import ANY, DATE, NUMBER, TEXT, Type, item, one_of
from campaignflow.plan.fact_events import event_facts
from campaignflow.plan.fact_registers import registers_of
from campaignflow.plan.fact_tables import (
    BY_TIME,
    CAMPAIGN_STATES,
    ELSEWHERE,
    FACTS,
    FUNCTIONS,
    PERIOD_FACTS,
    SUBJECT_FACTS,
)
from campaignflow.plan.values import Amount, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.model import Indicator, Phase, Plan, Scorecard, Selection, Task

__all__ = ["Place", "PlanFacts", "register_of", "schema_for"]


@frozen
class Place:
    """Where in a plan an expression stands. Make one by the methods below.

    Attributes:
        kind: what stands there. id: of what. more: what in it. within: the place around a selection.
    """

    kind: str
    id: str = ""
    more: str = ""
    within: Place | None = None

    @classmethod
    def gate(cls, phase: str) -> Place:
        """The gate of a phase: id, or path `2026/stage-1`."""
        return cls("gate", phase)

    @classmethod
    def phase_when(cls, phase: str) -> Place:
        """`when` of a phase."""
        return cls("phase", phase)

    @classmethod
    def task_when(cls, task: str) -> Place:
        """`when` of a task, and what is computed in its `owners` and `window`; the id in the plan."""
        return cls("task", task)

    @classmethod
    def evidence(cls, task: str) -> Place:
        """`when` of a document that a task asks for."""
        return cls("evidence", task)

    @classmethod
    def guard(cls, register: str, trigger: str) -> Place:
        """`when` of a trigger."""
        return cls("guard", register, trigger)

    @classmethod
    def indicator(cls, indicator: str) -> Place:
        """`value`, `k` and `n` of an indicator."""
        return cls("indicator", indicator)

    @classmethod
    def target(cls, indicator: str) -> Place:
        """`target` and `grades` of an indicator."""
        return cls("target", indicator)

    @classmethod
    def score(cls, scorecard: str) -> Place:
        """Every expression in a scorecard's tree, and its vetoes."""
        return cls("score", scorecard)

    @classmethod
    def score_test(cls, scorecard: str) -> Place:
        """`bands` and `grades` of a scorecard, which are said of `value`."""
        return cls("score-test", scorecard)

    @classmethod
    def rule(cls, rule: str) -> Place:
        """`when` of a rule, the fields of its commands, its texts."""
        return cls("rule", rule)

    @classmethod
    def where(cls, register: str, within: Place | None = None, *, for_each: bool = True) -> Place:
        """`where` of a selection, whose bare names are the candidate's.

        Args:
            register: whose items are selected.
            within: what stands around the selection; without it whatever could stand there is taken for granted.
            for_each: whether it is a `for-each`, in whose own `where` the candidate is `each`; in any other selection
                `each` is the item that the nearest `for-each` is at.
        """
        return cls("where", register, "each" if for_each else "", within)

    @classmethod
    def expectation(cls) -> Place:
        """`expect` and `when` of a scenario's step."""
        return cls("expectation")


def schema_for(plan: Plan, place: Place) -> Schema:
    """What an expression may name at a place of a plan.

    Reads the whole plan; for many places make one `PlanFacts` and ask it.
    """
    return PlanFacts(plan).schema(place)


class PlanFacts:
    """The schemas of one plan: what all places share is made once.

    Attributes:
        plan: the plan.
        everywhere: the schema of a place that adds nothing.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._tasks = dict(_tasks_of_plan(plan))
        phases = _phase_names(plan)
        units = frozenset(plan.units)
        self.everywhere = Schema(
            "an expression",
            _typed_facts(plan, phases),
            FUNCTIONS,
            registers_of(plan, frozenset(self._tasks), phases),
            {name: _indicator(each) for name, each in plan.indicators.items()},
            {name: _scorecard(each) for name, each in plan.scorecards.items()},
            ids={"unit": units, "task": frozenset(self._tasks), "phase": phases, "date": frozenset(plan.dates)},
            resources={name: _stock(resource) for name, resource in plan.resources.items()},
            by_time=BY_TIME,
            elsewhere=ELSEWHERE,
        )

    def schema(self, place: Place) -> Schema:
        """What an expression may name at a place."""
        return _PLACES[place.kind](self, place)

    # -------------------------------------------------------------------------------------------------- kinds of place
    def _with(self, where: str, *more: Mapping[str, Type], **changes: Any) -> Schema:
        facts = dict(self.everywhere.facts)
        for facts_here in more:
            facts |= facts_here
        return evolve(self.everywhere, where=where, facts=facts, **changes)

    def _plain(self, place: Place) -> Schema:
        said = {"gate": "the gate of phase", "phase": "`when` of phase", "expectation": "an expectation"}
        return self._with(f"{said[place.kind]} {place.id}".rstrip())

    def _guard(self, place: Place) -> Schema:
        return self._with(f"`when` of {place.id}.{place.more}", {"item": item(place.id)})

    def _task(self, place: Place) -> Schema:
        facts: dict[str, Type] = {}
        for task in self._tasks.get(place.id, ()):
            each = _each(task.for_each)
            if each and "each" in facts:
                facts["item"] = facts["each"]
            facts |= each | _period(task.every)
        if place.kind == "evidence":
            return self._with(f"evidence of task {place.id}", facts, {"item": item("task")})
        return self._with(f"`when` of task {place.id}", facts)

    def _indicator(self, place: Place) -> Schema:
        indicator = self.plan.indicators.get(place.id)
        facts = _each(indicator.for_each) | _period(indicator.every) if indicator else {}
        subject = SUBJECT_FACTS if place.kind == "target" else {}
        what = "the target" if place.kind == "target" else "the value"
        return self._with(f"{what} of indicator {place.id}", facts, subject)

    def _score(self, place: Place) -> Schema:
        card = self.plan.scorecards.get(place.id)
        facts = _each(card.for_each) | _period(card.every) if card else {}
        subject = {"value": NUMBER} if place.kind == "score-test" else {}
        return self._with(f"scorecard {place.id}", facts, subject)

    def _rule(self, place: Place) -> Schema:
        rule = self.plan.rules.get(place.id)
        if rule is None:
            return self._with(f"rule {place.id}")
        events = [event for event in rule.event if isinstance(event, str)]
        found, is_open = event_facts(events, self.everywhere) if events else ({}, False)
        gathered = {"items": TEXT} if rule.digest else {}
        each = {} if place.more == "for-each" else _each(rule.for_each)
        heads = frozenset({"event"} if is_open else ())
        return self._with(f"rule {place.id}", found, each, _period(rule.every), gathered, open_heads=heads)

    def _where(self, place: Place) -> Schema:
        own = place.id if self.everywhere.register(place.id) else None
        candidate = {"each": item(place.id)} if place.more else {}
        if place.within is None:
            anything = {"item": ANY, "each": ANY, "event.of": ANY, "period.start": DATE, "period.end": DATE}
            return self._with("`where`", anything, candidate, open_heads=frozenset({"event"}), own=own)
        around = self.schema(place.within)
        outer = {"item": around.facts["each"]} if candidate and "each" in around.facts else {}
        facts = {**around.facts, **outer, **candidate}
        return evolve(around, where=f"`where` in {around.where}", facts=facts, own=own)


_PLACES: Mapping[str, Callable[[PlanFacts, Place], Schema]] = {
    "gate": PlanFacts._plain,
    "phase": PlanFacts._plain,
    "expectation": PlanFacts._plain,
    "guard": PlanFacts._guard,
    "task": PlanFacts._task,
    "evidence": PlanFacts._task,
    "indicator": PlanFacts._indicator,
    "target": PlanFacts._indicator,
    "score": PlanFacts._score,
    "score-test": PlanFacts._score,
    "rule": PlanFacts._rule,
    "where": PlanFacts._where,
}


# ------------------------------------------------------------------------------------------------------- what holds all
def _typed_facts(plan: Plan, phases: frozenset[str]) -> dict[str, Type]:
    facts = dict(FACTS)
    facts["phase"] = one_of("phase", *phases)
    facts["campaign.state"] = one_of("state of the campaign", *phases, *CAMPAIGN_STATES)
    for name, constant in plan.given.items():
        facts[f"given.{_name(name)}"] = _constant(constant.value)
    for name in plan.dates:
        facts |= {f"dates.{_name(name)}": DATE, f"dates.{_name(name)}.end": DATE}
    return facts


def _constant(value: object) -> Type:
    if isinstance(value, Amount):
        return Type("amount", unit=value.unit)
    return NUMBER if isinstance(value, Decimal) else TEXT if isinstance(value, str) else ANY


def _name(ident: str) -> str:
    return ident.replace("-", "_")


def _phase_names(plan: Plan) -> frozenset[str]:
    """Ids and paths of all phases; a plan without any has one, `advance`."""
    names: set[str] = set()

    def visit(phases: Iterable[Phase], above: str) -> None:
        for phase in phases:
            path = f"{above}{phase.id}"
            names.update((phase.id, path))
            visit(phase.phases.values(), f"{path}/")

    visit(plan.phases.values(), "")
    return frozenset(names) or frozenset({"advance"})


def _tasks_of_plan(plan: Plan) -> Iterator[tuple[str, tuple[Task, ...]]]:
    """Each task's id with the task and the groups around it, outermost first."""
    yield from _tasks(plan.tasks.values(), ())
    stack = list(plan.phases.values())
    while stack:
        phase = stack.pop()
        yield from _tasks(phase.tasks.values(), ())
        stack.extend(phase.phases.values())


def _tasks(tasks: Iterable[Task], around: tuple[Task, ...]) -> Iterator[tuple[str, tuple[Task, ...]]]:
    for task in tasks:
        chain = (*around, task)
        yield task.id, chain
        yield from _tasks(task.tasks.values(), chain)


def _stock(resource: Any) -> Type:
    return _constant(resource.amount) if resource.amount is not None else NUMBER


# ---------------------------------------------------------------------------------------------------------- for each
def register_of(selection: Selection) -> str | None:
    """Id of the register whose items a selection names; None where only the place around it tells."""
    if selection.ids or selection.under is not None:
        return "unit"
    register = selection.register
    return register if isinstance(register, str) and register != "each" else None


def _each_type(selection: Selection | Unresolved | None) -> Type | None:
    if selection is None:
        return None
    if isinstance(selection, Unresolved):
        return ANY
    register = register_of(selection)
    return item(register) if register else ANY


def _each(selection: Selection | Unresolved | None) -> dict[str, Type]:
    type_ = _each_type(selection)
    return {} if type_ is None else {"each": type_}


def _period(every: tuple[Any, ...]) -> dict[str, Type]:
    return dict(PERIOD_FACTS) if every else {}


def _indicator(indicator: Indicator) -> MeasuredId:
    whole = indicator.for_each is None or indicator.roll_up not in (None, "none")
    return MeasuredId(indicator.id, _each_type(indicator.for_each), whole, frozenset(indicator.grades))


def _scorecard(card: Scorecard) -> MeasuredId:
    return MeasuredId(card.id, _each_type(card.for_each), card.for_each is None, frozenset(card.grades))

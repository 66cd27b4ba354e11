"""The autopilot plays the units: it works, hands in, inspects, measures and moves the phases, by what the plan expects.

It leaves to the script what the script names. Whatever it does is an ordinary command, refused like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field

from campaignflow.core.authority import verifiers
from campaignflow.core.commands import Command
from campaignflow.core.compiled import Compiled, TaskInfo
from campaignflow.core.decide import Context
from campaignflow.core.draft import Draft
from campaignflow.core.events import Event
from campaignflow.core.facts import Facts
from campaignflow.core.follow import follow
from campaignflow.core.measured import selected
from campaignflow.core.move_phase import gate_reasons
from campaignflow.core.parties import owners_of, parties, unit_of, unit_part
from campaignflow.core.readiness import each_of
from campaignflow.core.state import ENDED, RUNNING, Item
from campaignflow.errors import Refused
from campaignflow.plan.distributions import Distribution, Fixed, Triangular
from campaignflow.plan.expressions import Ref
from campaignflow.plan.model import Do, Gate, Indicator, Inspect, OnFail, Resource, Selection
from campaignflow.plan.values import Amount, Duration
from campaignflow.simulation.draws import Draws, Purpose
from campaignflow.simulation.player import Pilot
from campaignflow.simulation.sampling import sample
from campaignflow.simulation.scenario import Scenario
from campaignflow.simulation.session import Session

__all__ = ["Autopilot"]

Planner = Callable[[int, Callable[[], None]], None]

_DAY = Duration(Decimal(1), "d")
_MARK = (Decimal("0.6"), Decimal("0.85"), Decimal(1))
"""A mark without a distribution: triangular between these shares of full marks; listed as an assumption."""


@define
class Autopilot(Pilot):
    """Plays the units that the scenario gives it.

    Attributes:
        draws: where chance comes from: addressed, so that nothing depends on the order of asking.
        units: ids of the units it plays; None plays all. taken: items and commands that the script names.
        assumed: what it had to assume, in words.
    """

    draws: Draws
    units: frozenset[str] | None = None
    taken: frozenset[tuple[str, str]] = frozenset()
    assumed: dict[str, None] = field(factory=dict)
    _seen: int = 0
    _free: dict[str, Decimal] = field(factory=dict)
    _queue: list[tuple[int, str]] = field(factory=list)
    _stuck: tuple[int, int] = (-1, -1)
    _over: bool = False
    _rounds: dict[str, int] = field(factory=dict)

    @classmethod
    def for_scenario(cls, scenario: Scenario, seed: int, replication: int) -> Pilot:
        """The pilot that a scenario asks for: everything, some units, or nobody."""
        if scenario.autopilot == "none":
            return Pilot()
        units = None if scenario.autopilot == "all" else frozenset(scenario.autopilot)
        named = {
            (do.command, str(do.item))
            for step in scenario.script
            if not step.refused
            for do in step.do
            if isinstance(do, Do)
        }
        return cls(Draws(seed, replication), units, frozenset(named))

    # -- the pilot's turn ----------------------------------------------------------------------------------------------
    def look(self, session: Session, plan: Planner) -> None:
        """React to what has happened since it looked last, then move the phases if they may."""
        version = -1
        while session.state.version != version:
            version = session.state.version
            for event in session.after(self._seen):
                self._seen = event.seq
                self._react(session, event, plan)
            self._grant(session, plan)
            if session.state.status not in ENDED:
                self._move(session)

    def resume(self, session: Session) -> None:
        """Take up a campaign in the middle: what is ready or in progress is worked on from now."""
        self._seen = session.state.version
        for item in session.state.items_of("task"):
            if item.state in {"ready", "in_progress", "returned"}:
                self._ready(session, item.id)

    def finished(self, session: Session) -> bool:
        """The campaign has ended, or nothing can happen any more."""
        return session.state.status in ENDED or self._over

    def _react(self, session: Session, event: Event, plan: Planner) -> None:
        if event.type == "task.ready":
            for task in event.data["items"]:
                self._ready(session, str(task))
        elif event.type == "task.submitted":
            plan(session.now, lambda: self._verify(session, event.item))
        elif event.type == "task.returned":
            self._rework(session, event.item, plan)
        elif event.type.startswith("finding."):
            self._finding(session, event.item, plan)

    def plays(self, actor: str, command: str, item: str) -> bool:
        """Whether it acts for this unit, and the script does not."""
        if (command, item) in self.taken or (command, item.partition("@")[0]) in self.taken:
            return False
        return self.units is None or unit_part(actor) in self.units

    def _do(self, session: Session, name: str, item: str, by: str, **fields: Any) -> bool:
        given = {key.replace("_", "-"): value for key, value in fields.items()}
        try:
            session.do(name, item, given, by or None)
        except Refused:
            return False
        return True

    # -- tasks ---------------------------------------------------------------------------------------------------------
    def _ready(self, session: Session, task: str) -> None:
        item = session.state.item("task", task)
        if item is not None and self.plays(_lead(session, item), "task.submit", task):
            self._queue.append((session.now, task))
            self._queue.sort()

    def _grant(self, session: Session, plan: Planner) -> None:
        """Give crews to who has waited longest (ties by id), all or nothing; what does not fit does not hold up others."""
        for entry in list(self._queue):
            item = session.state.item("task", entry[1])
            needed = _crews(session.compiled, item) if item else {}
            if item is None or item.state not in {"ready", "returned", "in_progress"}:
                self._queue.remove(entry)
            elif all(self._left(session, crew) >= number for crew, number in needed.items()):
                self._queue.remove(entry)
                for crew, number in needed.items():
                    self._free[crew] = self._left(session, crew) - number
                self._start(session, item, needed, plan)

    def _left(self, session: Session, crew: str) -> Decimal:
        if crew not in self._free:
            capacity = session.compiled.plan.resources[crew].capacity
            self._free[crew] = capacity if isinstance(capacity, Decimal) else Decimal(10**9)
        return self._free[crew]

    def _start(self, session: Session, item: Item, crews: Mapping[str, Decimal], plan: Planner) -> None:
        worked = sum(stay.state == "returned" for stay in item.stays)
        info = _info(session, item)
        end = self._later(session, session.now, self._duration(session, item, info))
        if worked:
            share = self._draw(_expect(info, "rework"), item.id, Purpose.REWORK, worked, default=Decimal("0.5"))
            end = session.now + int((end - session.now) * share)
        if item.state in {"ready", "returned"} and end > session.now:
            self._do(session, "task.start", item.id, _lead(session, item))
        plan(end, lambda: self._hand_in(session, item.id, crews))

    def _duration(self, session: Session, item: Item, info: TaskInfo | None) -> Duration:
        wanted = info.task.duration if info else None
        if wanted is None and info is not None and not info.recurrences:
            self.assumed[f"{info.id}: no duration is given, 1d is assumed"] = None
        elif wanted is None:
            return Duration(Decimal(0), "h")
        return self._draw(wanted, item.id, Purpose.DURATION, 0, default=_DAY)  # type: ignore[no-any-return]  # a duration's distribution

    def _draw(self, wanted: Any, item: str, purpose: Purpose, index: int, default: Any) -> Any:
        if not isinstance(wanted, Distribution):
            return default
        return sample(wanted, self.draws.uniform(item, purpose, index))

    def _later(self, session: Session, at: int, duration: Duration) -> int:
        return session.compiled.later(at, duration)

    def _hand_in(self, session: Session, task: str, crews: Mapping[str, Decimal]) -> None:
        for crew, number in crews.items():
            self._free[crew] += number
        item = session.state.item("task", task)
        if item is None or item.state not in {"ready", "in_progress", "returned"}:
            return
        info, lead = _info(session, item), _lead(session, item)
        if info is not None and isinstance(info.task.inspect, Inspect):
            self._inspect(session, item, info, lead)
        fields: dict[str, Any] = {}
        if info is not None and info.task.evidence:
            fields["evidence"] = {each: f"{each}.pdf" for each in info.task.evidence}
        if info is not None and info.task.checklist and info.task.inspect is None:
            fields["answers"] = dict.fromkeys(info.task.checklist, "yes")
        self._use_up(session, info)
        self._do(session, "task.submit", task, lead, **fields)

    def _use_up(self, session: Session, info: TaskInfo | None) -> None:
        """Supplies that a task uses are used up when it is handed in."""
        for name, amount in info.task.uses.items() if info else ():
            resource = session.compiled.plan.resources.get(name)
            if isinstance(amount, Amount) and resource is not None:
                actor = _party(session, resource.unit or "root")
                if self.plays(actor, "use", name):
                    self._do(session, "use", name, actor, amount=amount)

    def _inspect(self, session: Session, item: Item, info: TaskInfo, lead: str) -> None:
        inspect = info.task.inspect
        assert isinstance(inspect, Inspect)
        facts = Facts(session.compiled, session.state, session.now)
        refs = _subjects(facts.standing(each=each_of(item)), inspect)
        questions = list(info.task.checklist)
        found = int(
            self._draw(_expect(info, "findings"), item.id, Purpose.FINDINGS, 0, default=Decimal(0)).to_integral_value()
        )
        cells = [(str(ref), question) for ref in refs for question in questions]
        order = sorted(cells, key=lambda cell: self.draws.uniform(f"{item.id}|{cell[0]}|{cell[1]}", Purpose.ANSWER, 0))
        bad = set(order[: max(0, found)])
        for ref in refs:
            answers = {question: "no" if (str(ref), question) in bad else "yes" for question in questions}
            self._do(session, "inspect", item.id, lead, subject=str(ref), answers=answers)

    def _verify(self, session: Session, task: str) -> None:
        item = session.state.item("task", task)
        if item is None or item.state != "submitted":
            return
        actor = _verifier(session, item)
        if not self.plays(actor, "task.verify", task):
            return
        if self._passes(_expect(_info(session, item), "pass_"), item):
            self._do(session, "task.verify", task, actor)
        else:
            self._do(session, "task.return", task, actor, text="to be worked on again")

    def _passes(self, wanted: Any, item: Item) -> bool:
        """A plain number is the chance of yes; a distribution is drawn for the chance first."""
        index = sum(stay.state == "submitted" for stay in item.stays)
        u = self.draws.uniform(item.id, Purpose.PASS, index)
        if isinstance(wanted, Fixed) and isinstance(wanted.value, Decimal):
            return u < float(wanted.value)
        return not isinstance(wanted, Distribution) or bool(sample(wanted, u))

    def _rework(self, session: Session, task: str, plan: Planner) -> None:
        item = session.state.item("task", task)
        if item is not None and self.plays(_lead(session, item), "task.submit", task):
            self._queue.append((session.now, task))

    # -- findings ------------------------------------------------------------------------------------------------------
    def _finding(self, session: Session, finding: str, plan: Planner) -> None:
        item = session.state.item("finding", finding)
        if item is None or item.state not in {"open", "correcting", "corrected"}:
            return
        register = session.compiled.plan.registers.get("finding")
        stay = register.expect.get(item.state) if register is not None else None
        index = len(item.stays)
        default = Duration(Decimal(0), "h") if item.state == "corrected" else _DAY
        at = self._later(session, session.now, self._draw(stay, f"finding/{finding}", Purpose.STAY, index, default))
        state = item.state
        plan(at, lambda: self._move_finding(session, finding, state))

    def _move_finding(self, session: Session, finding: str, state: str) -> None:
        item = session.state.item("finding", finding)
        if item is None or item.state != state:
            return
        unit = unit_of(session.compiled, session.state, item)
        if state == "corrected":
            above = session.compiled.above.get(unit, ()) or (item.opener,)
            if self.plays(above[0], "finding.close", finding):
                self._do(session, "finding.close", finding, above[0])
            return
        trigger = "start" if state == "open" and _has(session, "correcting") else "correct"
        if self.plays(unit, f"finding.{trigger}", finding):
            self._do(session, f"finding.{trigger}", finding, unit)

    # -- phases --------------------------------------------------------------------------------------------------------
    def _move(self, session: Session) -> None:
        """Enter or settle as soon as it may; looked at once for each version and instant."""
        mark = (session.state.version, session.now)
        if mark == self._stuck:
            return
        self._stuck = mark
        state, compiled = session.state, session.compiled
        if state.status not in {"planned", RUNNING}:
            return
        target = compiled.next_leaf(state.phase)
        if state.phase and self._ripe(session) and self._settle(session):
            return
        if target is not None and self._may_enter(session, target):
            actor = _mover(session, target)
            if self.plays(actor, "enter", target):
                self._do(session, "enter", target, actor)

    def _may_enter(self, session: Session, target: str) -> bool:
        start, _ = session.compiled.phase_edges(target, session.state)
        if start is not None and session.now < start:
            return False
        phase = session.state.phase
        return not phase or session.state.passed or not gate_reasons(_facts(session), phase)

    def _ripe(self, session: Session) -> bool:
        """Whether the active phase is to be settled: it decides something, and its required work is done."""
        state, compiled = session.state, session.compiled
        info = compiled.phases[state.phase]
        gate = info.phase.gate
        last = compiled.next_leaf(state.phase) is None
        decides = isinstance(info.phase.on_fail, OnFail) or (isinstance(gate, Gate) and gate.by is not None) or last
        if not decides or (state.passed and not last):
            return False
        if state.count(f"task|{state.phase}|required_open"):
            return False
        return state.count("finding||open") == 0 or not isinstance(gate, Gate)

    def _settle(self, session: Session) -> bool:
        phase = session.state.phase
        info = session.compiled.phases[phase]
        actor = _mover(session, phase)
        if not self.plays(actor, "settle", phase):
            return False
        self._measure_all(session)
        gate = info.phase.gate
        if isinstance(gate, Gate) and gate.by is not None:
            decider = _party(session, gate.by)
            outcome = "back" if gate_reasons(_facts(session), phase) else "pass"
            answers = dict.fromkeys(gate.ask, "yes")
            return self._do(session, "decide", phase, decider, outcome=outcome, answers=answers)
        return self._do(session, "settle", phase, actor)

    def _measure_all(self, session: Session) -> None:
        """Measure what people measure, and mark what assessors mark, anew in each round."""
        for indicator in session.compiled.plan.indicators.values():
            if indicator.value is None and indicator.k is None and not self._measured(session, indicator):
                self._measure(session, indicator)
        for card in session.compiled.plan.scorecards.values():
            self._mark(session, card)

    def _measured(self, session: Session, indicator: Indicator) -> bool:
        """Measured in this round already, by us or by the script since the phase was entered."""
        if self._rounds.get(indicator.id) == session.state.round:
            return True
        entered = session.state.entered.get(session.state.phase, 0)
        ids = session.state.measured.get((indicator.id, "")) or ()
        latest = [session.state.item("measurement", one) for one in list(ids)[:1]]
        own = indicator.id in self._rounds
        return not own and any(item is not None and int(item.fields["at"]) >= entered for item in latest)

    def _measure(self, session: Session, indicator: Indicator) -> None:
        actor = _party(session, indicator.by or indicator.owner or "root")
        if not self.plays(actor, "measure", indicator.id):
            return
        if not isinstance(indicator.expect, Distribution):
            self.assumed[f"{indicator.id}: nothing says what would be measured, so nobody measures it"] = None
            return
        index = self._rounds[indicator.id] = session.state.round
        for of in _each(session, indicator):
            value = sample(indicator.expect, self.draws.uniform(f"{indicator.id}|{of}", Purpose.MEASURE, index))
            fields: dict[str, Any] = {"of": of} if of else {}
            if indicator.measure == "rate":
                k = int((Decimal(str(value)) * 500).to_integral_value())
                self.assumed[f"{indicator.id}: a survey of 500 is assumed"] = None
                fields |= {"k": min(max(k, 0), 500), "n": 500}
            else:
                fields["value"] = value
            self._do(session, "measure", indicator.id, actor, **fields)

    def _mark(self, session: Session, card: Any) -> None:
        for path, node in _marked(card, ""):
            for of in _each(session, card):
                self._mark_one(session, card, path, node, of)

    def _mark_one(self, session: Session, card: Any, path: str, node: Any, of: str) -> None:
        each = str(_facts(session).measures.each(card, of)) if of else ""
        actor = _party(session, node.by or card.by or "root", each)
        if not self.plays(actor, "mark", card.id):
            return
        full = Decimal(node.points) if isinstance(node.points, Decimal) else Decimal(100)
        self.assumed[f"{card.id}/{path}: marks between 60 % and all of {full} points are assumed"] = None
        low, likely, high = (share * full for share in _MARK)
        u = self.draws.uniform(f"{card.id}/{path}|{of}", Purpose.MARK, session.state.round)
        points = Decimal(str(sample(Triangular(low, likely, high), u))).quantize(Decimal("0.01"))
        fields: dict[str, Any] = {"of": of} if of else {}
        self._do(session, "mark", card.id, actor, node=path, points=points, **fields)


# ------------------------------------------------------------------------------------------------------------- who and what
def _facts(session: Session) -> Facts:
    return Facts(session.compiled, session.state, session.now)


def _info(session: Session, item: Item) -> TaskInfo | None:
    return session.compiled.tasks.get(str(item.fields["task"]))


def _lead(session: Session, item: Item) -> str:
    owners = owners_of(session.compiled, session.state, item)
    return owners[0] if owners else ""


def _expect(info: TaskInfo | None, name: str) -> Any:
    expect = info.task.expect if info else None
    return getattr(expect, name, None)


def _crews(compiled: Compiled, item: Item) -> dict[str, Decimal]:
    info = compiled.tasks.get(str(item.fields["task"]))
    uses = info.task.uses if info else {}
    resources: Mapping[str, Resource] = compiled.plan.resources
    return {
        name: Decimal(number)
        for name, number in uses.items()
        if isinstance(number, Decimal) and name in resources and resources[name].capacity is not None
    }


def _verifier(session: Session, item: Item) -> str:
    """Somebody who may verify it, and is not of the side that handed it in."""
    if session.compiled.open_authority:
        return ""
    draft = Draft(
        session.compiled, session.state, Command("task.verify", item.id), Context(session.now), "engine", session.now, follow
    )  # fmt: skip
    by = str(item.fields.get("submitted_by", ""))
    for party in verifiers(draft, item)[0]:
        if unit_part(party) != unit_part(by):
            return party
        for member in session.compiled.plan.units[unit_part(party)].members:
            if f"{unit_part(party)}/{member}" != by:
                return f"{unit_part(party)}/{member}"
    return by


def _mover(session: Session, path: str) -> str:
    return _party(session, session.compiled.phases[path].by or "root")


def _party(session: Session, party: Any, each: str = "") -> str:
    found = parties(session.compiled, session.state, party, each=each)
    return found[0] if found else ""


def _subjects(facts: Facts, inspect: Inspect) -> list[Ref]:
    if not isinstance(inspect.of, Selection):
        return []
    if inspect.of.register == "each":
        return [facts.at.each] if facts.at.each else []
    return selected(facts, inspect.of, for_each=False)


def _each(session: Session, element: Any) -> list[str]:
    if not isinstance(element.for_each, Selection):
        return [""]
    return [ref.id for ref in selected(_facts(session), element.for_each)]


def _marked(node: Any, path: str) -> list[tuple[str, Any]]:
    """The leaves that assessors mark, with their paths."""
    found = []
    for child in node.items.values():
        here = f"{path}/{child.id}" if path else child.id
        if child.items:
            found += _marked(child, here)
        elif child.indicator is None and child.value is None and not child.less:
            found.append((here, child))
    return found


def _has(session: Session, state: str) -> bool:
    return state in session.compiled.lifecycles["finding"].states

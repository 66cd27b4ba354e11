"""What the model of a plan shows: names that name nothing, circles, what is missing, what can never be.

`check` is called for every plan, from YAML or built in Python. What needs calendars, plugins or lifecycles is checked
in the core.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from campaignflow.plan.checks_fields import field_faults
from campaignflow.plan.checks_times import time_faults
from campaignflow.plan.cycles import TaskAt, need_cycles, report_cycles, tasks_of
from campaignflow.plan.kinds import Kind, ScalarKind, Section
from campaignflow.plan.kinds_made import ListOf, MapOf
from campaignflow.plan.model_gaps import gaps_of, times_in
from campaignflow.plan.model_kinds import Expression
from campaignflow.plan.model_people import Member, Unit
from campaignflow.plan.model_registers import BUILT_IN_REGISTERS, FIELD_TYPES, Register, State
from campaignflow.plan.model_rules import Do, Rule
from campaignflow.plan.model_walk import Origin, Spot, walk
from campaignflow.plan.model_work import Need, Phase
from campaignflow.plan.near import suggestion
from campaignflow.plan.problems import Problem
from campaignflow.plan.values import Text, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan

__all__ = ["check"]

PARTY_WORDS = ("owner", "parent", "root", "opener", "actor", "each")
_GIVEN = re.compile(r"\bgiven\.([a-z0-9_]+)")
_QUOTED = re.compile(r"'([a-z0-9-]+)'")
_HAPPENINGS = re.compile(r"start|accepted|year|(?P<phase>.+)\.(entered|left)|(?P<task>.+)\.verified|(?P<date>.+)\.end")


def check(plan: Plan, dropped: Collection[str] = frozenset()) -> list[Problem]:
    """All problems that the model shows: errors, warnings, and one gap for each value that is missing.

    Args:
        plan: the plan; its `origin` gives the places.
        dropped: ids of elements that could not be read; references to them are not reported again.
    """
    spots = list(walk(plan))
    origin = plan.origin
    plan.__dict__["origin"] = Origin(origin.root, origin.problems, spots)
    checker = _Checker(plan, spots, dropped)
    checker.run()
    found = checker.problems + _expressions(plan)
    plan.__dict__["origin"] = origin
    return found


def _expressions(plan: Plan) -> list[Problem]:
    from campaignflow.plan.check_expressions import check_expressions  # it needs the model, and this module its types

    return check_expressions(plan)


class _Checker:
    """One pass over the spots of a plan."""

    def __init__(self, plan: Plan, spots: list[Spot], dropped: Collection[str]) -> None:
        self.plan, self.spots, self.dropped = plan, spots, dropped
        self.origin: Origin = plan.origin
        self.problems: list[Problem] = []
        self.tasks: dict[str, TaskAt] = {}
        self.twice: list[tuple[str, str]] = []
        self.phases = list(self._phases(plan.phases, "phases"))
        self._gather_tasks()
        phases = [phase.id for phase, _ in self.phases]
        self.known: dict[str, Collection[str]] = {
            "unit": plan.units,
            "resource": plan.resources,
            "phase": {*phases, *(path.replace("phases.", "").replace(".", "/") for _, path in self.phases)}
            or {"advance"},
            "task": self.tasks,
            "indicator": {**plan.indicators, **plan.scorecards},
            "register": {*BUILT_IN_REGISTERS, *plan.registers, "each"},
            "type": {*FIELD_TYPES, *BUILT_IN_REGISTERS, *plan.registers},
            "date": plan.dates,
        }
        self.fields = {name for register in plan.registers.values() for name in register.fields}
        self.handlers: dict[str, Callable[[Spot, str, str], None]] = {
            "party": self._party,
            "member": self._member,
            "field": self._field,
            "state": self._state,
            "event": self._event,
        }

    def _phases(self, phases: Section[Phase], path: str) -> Iterator[tuple[Phase, str]]:
        for phase in phases.values():
            yield phase, f"{path}.{phase.id}"
            yield from self._phases(phase.phases, f"{path}.{phase.id}.phases")

    def _gather_tasks(self) -> None:
        sections = [(self.plan.tasks, "tasks", False)]
        owned: dict[str, bool] = {}
        for phase, path in self.phases:
            above = path.rpartition(".phases.")[0]
            owned[path] = bool(phase.owners) or owned.get(above, False)
            sections.append((phase.tasks, f"{path}.tasks", owned[path]))
        for tasks, path, has_owners in sections:
            for at in tasks_of(tasks, path, has_owners):
                if at.task.id in self.tasks:
                    self.twice.append((at.task.id, at.path))
                else:
                    self.tasks[at.task.id] = at

    def add(self, code: str, message: str, path: str, hint: str | None = None, severity: Any = "error") -> None:
        """Keep a problem at a path."""
        self.problems.append(self.origin.problem(code, message, path, hint, severity))

    def run(self) -> None:
        """All checks."""
        for name, path in self.twice:
            first = self.tasks[name].path
            self.add("CF109", f"task {name!r} stands here a second time; first at {first}", path, "one id, one task")
        for spot in self.spots:
            self._spot(spot)
        field_faults(self.plan, self.add)
        time_faults(self.plan, self.spots, self.add)
        self._circles()
        self._owners()
        self._sending_back()
        self._languages()
        self._unused()
        self._gaps()

    # ------------------------------------------------------------------------------------------------------ references
    def _spot(self, spot: Spot) -> None:
        line = spot.line
        if line is None:
            return
        refers = _refers(line.kind)
        if refers is not None:
            self._references(spot, refers)
        for time in times_in(spot.value):
            self._time(spot, time)
        if isinstance(spot.element, Rule) and line.name == "do":
            self._commands(spot)

    def _references(self, spot: Spot, refers: str) -> None:
        value = spot.value
        if isinstance(value, Section):
            for name in value:
                self._name(spot, refers, name, f"{spot.path}.{name}")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                name = item.task if isinstance(item, Need) else item
                if isinstance(name, str):
                    self._name(spot, refers, name, f"{spot.path}.{index}")
        elif isinstance(value, str):
            self._name(spot, refers, value, spot.path)

    def _name(self, spot: Spot, refers: str, name: str, path: str) -> None:
        handler = self.handlers.get(refers)
        if handler is not None:
            handler(spot, name, path)
        elif refers in ("task", "need"):
            self._look("task", name, path)
        elif refers in self.known:
            self._look(refers, name, path)

    def _look(self, what: str, name: str, path: str) -> None:
        known = self.known[what]
        bare = name.partition("@")[0]
        if bare in known or name in self.dropped or bare.rpartition("/")[2] in self.dropped:
            return
        hint = suggestion(name, sorted(known, key=str), "there is") or _none(what, known)
        self.add("CF201", f"there is no {what} {name!r}", path, hint)

    def _party(self, spot: Spot, name: str, path: str) -> None:
        head, _, role = name.partition("/")
        head = head.partition(".")[0]
        if head in PARTY_WORDS or (head == "none" and spot.line is not None and spot.line.name == "verify"):
            return
        unit = self.plan.units.get(head)
        if unit is not None:
            if role:
                self._role(unit, role, path)
            return
        if head in self.fields or head in ("unit", "subject", "of") or head in self.dropped:
            return
        hint = suggestion(head, [*self.plan.units, *PARTY_WORDS], "there is") or _none("unit", self.plan.units)
        self.add("CF201", f"there is no unit {head!r}", path, hint)

    def _role(self, unit: Unit, role: str, path: str) -> None:
        roles = {name for member in unit.members.values() for name in (member.id, member.role)}
        if role not in roles and role not in self.dropped:
            hint = suggestion(role, sorted(map(str, roles)), "there is") or f"give {unit.id} a member of this role"
            self.add("CF201", f"unit {unit.id!r} has no member or role {role!r}", path, hint)

    def _member(self, spot: Spot, name: str, path: str) -> None:
        unit_id = path.split(".")[1]
        unit = self.plan.units.get(unit_id)
        if isinstance(spot.element, Member) and unit is not None and name not in unit.members:
            self.add("CF201", f"unit {unit_id!r} has no member {name!r}", path, suggestion(name, unit.members))

    def _register_at(self, path: str) -> Register | None:
        parts = path.split(".")
        return self.plan.registers.get(parts[1]) if parts[0] == "registers" and len(parts) > 1 else None

    def _field(self, spot: Spot, name: str, path: str) -> None:
        register = self._register_at(path)
        if register is None or register.id in BUILT_IN_REGISTERS or name in register.fields or name == "id":
            return
        if name not in self.dropped:
            hint = suggestion(name, register.fields, "there is") or f"declare it under registers: {register.id}: fields"
            self.add("CF201", f"register {register.id!r} has no field {name!r}", path, hint)

    def _state(self, spot: Spot, name: str, path: str) -> None:
        """Only a place where a state is used, not one that makes it: a target without triggers needs no entry."""
        register = self._register_at(path)
        if register is None or register.id in BUILT_IN_REGISTERS or path.split(".")[2:3] == ["lifecycle"]:
            return
        states = set(register.lifecycle) or {"listed"}
        for state in register.lifecycle.values():
            states |= set(_targets(state))
        if name not in states and name not in self.dropped:
            self.add("CF201", f"register {register.id!r} has no state {name!r}", path, suggestion(name, sorted(states)))

    def _event(self, spot: Spot, name: str, path: str) -> None:
        event, _, item = name.partition(" ")
        register = event.partition(".")[0]
        known = {"task": "task", "measurement": "indicator", "score": "indicator", "phase": "phase"}.get(register)
        if known and item and "*" not in item:
            self._look(known, item, path)

    def _time(self, spot: Spot, time: Any) -> None:
        for name in sorted(time.needs() if callable(time.needs) else time.needs):
            match = _HAPPENINGS.fullmatch(name)
            if match is None or match["date"]:
                self._look("date", match["date"] if match else name, spot.path)
            elif match["phase"]:
                self._look("phase", match["phase"], spot.path)
            elif match["task"]:
                self._look("task", match["task"], spot.path)

    def _commands(self, spot: Spot) -> None:
        """Party words in a rule that is about no item have no meaning (CF207)."""
        rule = spot.element
        assert isinstance(rule, Rule)
        for command in spot.value:
            if (
                not isinstance(command, Do)
                or command.command not in ("cite", "notify")
                or not isinstance(command.item, str)
            ):
                continue
            head = command.item.partition("/")[0]
            if not rule.event and rule.for_each is None and head in ("owner", "parent", "opener", "each", "actor"):
                hint = "name a unit, or give the rule an event or a for-each"
                self.add("CF207", f"{head!r} means nothing here: the rule is about no item", spot.path, hint)
            elif head and not head.startswith("="):
                self._party(spot, command.item, spot.path)

    # --------------------------------------------------------------------------------------------------- the whole plan
    def _circles(self) -> None:
        for knot in report_cycles(self.plan.units):
            around = " → ".join([*knot, knot[0]])
            self.add(
                "CF203",
                f"units report in a circle: {around}",
                f"units.{knot[0]}.reports-to",
                "let one of them report to none",
            )
        for knot in need_cycles(self.tasks):
            first = self.tasks.get(knot[0])
            around = " needs ".join([*knot, knot[0]])
            self.add(
                "CF204", f"needs in a circle: {around}", f"{first.path}.needs" if first else "", "remove one of them"
            )

    def _owners(self) -> None:
        if not self.plan.units:
            return
        for at in self.tasks.values():
            around = (at.task, *at.groups)
            if at.task.tasks or at.phase_owners or at.task.gap is not None:
                continue
            if not any(task.owners or task.for_each is not None for task in around):
                self.add(
                    "CF205", f"task {at.task.id!r} has no owner", at.path, "owners: [UNIT], here, on its group or phase"
                )
            if at.task.in_person is True:
                self._in_person(at)

    def _in_person(self, at: TaskAt) -> None:
        owners = next((task.owners for task in (at.task, *reversed(at.groups)) if task.owners), ())
        for owner in owners:
            unit = self.plan.units.get(owner) if isinstance(owner, str) else None
            if unit is not None and not unit.members:
                self.add(
                    "CF210",
                    f"in person, but unit {unit.id!r} has no members",
                    f"{at.path}.in-person",
                    "name its members",
                )

    def _sending_back(self) -> None:
        order: dict[str, int] = {}
        for index, (phase, path) in enumerate(self.phases):
            order.setdefault(phase.id, index)
            order[path.replace("phases.", "").replace(".", "/")] = index
        for index, (phase, path) in enumerate(self.phases):
            back = getattr(phase.on_fail, "back_to", None)
            if isinstance(back, str) and order.get(back, -1) > index:
                hint = "name this phase or one before it; `then` may be a later one"
                self.add(
                    "CF503", f"on-fail goes forward, from {phase.id!r} to {back!r}", f"{path}.on-fail.back-to", hint
                )

    # ------------------------------------------------------------------------------------------------------- the texts
    def _languages(self) -> None:
        texts = [(spot.path, spot.value) for spot in self.spots if isinstance(spot.value, Text)]
        titles = [
            (path, text) for path, text in texts if path.rpartition(".")[2] == "title" and "" not in text.languages
        ]
        if not titles:
            return
        every = sorted({language for _, text in titles for language in text.languages})
        for path, text in titles:
            missing = [language for language in every if language not in text.languages]
            if missing:
                self.add("CF115", f"no title in {', '.join(missing)}, which other titles have", path, None, "warning")

    def _unused(self) -> None:
        texts = [spot.value for spot in self.spots if spot.line and isinstance(spot.line.kind, Expression)]
        written = " ".join(text for text in texts if isinstance(text, str))
        written += " ".join(
            str(spot.value) for spot in self.spots if spot.line and spot.line.name in ("do", "values", "bands")
        )
        needed = {name for spot in self.spots for time in times_in(spot.value) for name in _needs(time)}
        constants, quoted = set(_GIVEN.findall(written)), set(_QUOTED.findall(written))
        for name in self.plan.given:
            if name.replace("-", "_") not in constants:
                self.add("CF209", f"constant {name!r} is never used", f"given.{name}", None, "warning")
        for name in self.plan.dates:
            if name not in needed and f"{name}.end" not in needed and name not in quoted:
                self.add("CF209", f"date {name!r} is never used", f"dates.{name}", None, "warning")

    def _gaps(self) -> None:
        """One gap for each value that starting needs; `later` ones wait for their phase."""
        for gap in gaps_of(self.plan, self.spots):
            if gap.later is not None:
                self._look("phase", gap.later, gap.path)
                continue
            need = f", needed by {gap.needed_by}" if gap.needed_by else ""
            self.add("CF801", f"{gap.path} is not known yet: {gap.text}{need}", gap.path, None, "gap")


def _refers(kind: Kind) -> str | None:
    """The section whose names a kind's values are."""
    if isinstance(kind, ListOf):
        return _refers(kind.kind)
    return kind.refers if isinstance(kind, ScalarKind | MapOf) else None


def _targets(state: State) -> Iterator[str]:
    for moves in state.triggers.values():
        for move in moves:
            if not isinstance(move, Unresolved) and isinstance(move.to, str):
                yield move.to
    if isinstance(state.or_else, str):
        yield state.or_else


def _needs(time: Any) -> Collection[str]:
    found: Collection[str] = time.needs() if callable(time.needs) else time.needs
    return found


def _none(what: str, known: Collection[str]) -> str | None:
    return f"the plan has no {what}s" if not known else None

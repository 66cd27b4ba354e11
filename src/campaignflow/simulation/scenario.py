"""Scenarios: commands and expectations at virtual times, from a file or from Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from campaignflow.errors import PlanError
from campaignflow.plan.kinds import INVALID, Report
from campaignflow.plan.model import Do, Plan
from campaignflow.plan.model_rules import DO
from campaignflow.plan.near import nearest
from campaignflow.plan.nodes import Entries, Items, Node, Scalar
from campaignflow.plan.problems import Problem
from campaignflow.plan.reader import read_file
from campaignflow.plan.time import parse_moment
from campaignflow.plan.values import BadValue

__all__ = ["Scenario", "Step"]

_STEP_KEYS = ("at", "when", "by", "do", "refused", "expect", "note")
_KEYS = ("scenario", "plan", "fill", "seed", "start", "autopilot", "script", "title", "note")


@frozen
class Step:
    """One line of a script.

    Attributes:
        at: when, as written (`2026-04-01 09:00`), or an aware datetime; None where `when` says.
        when: acts at the first moment this expression holds.
        do: the commands, in order. by: who gives them. refused: refusal is what is expected.
        expect: an expression that must hold then.
        line: where it stands in its file; 0 in Python.
    """

    at: str | datetime | None = None
    when: str | None = None
    do: tuple[Do | Callable[[Any], None], ...] = ()
    by: str | None = None
    refused: bool = False
    expect: str | None = None
    line: int = 0


@frozen
class Scenario:
    """A scripted simulation of a plan. Immutable: `at` and `expect` give a new one.

    Attributes:
        plan: the plan. script: its steps. seed: of every draw. start: when the campaign starts; the first step's moment
            unless given. autopilot: `all`, `none`, or ids of the units it plays.
        name: the file it was read from.

    >>> import campaignflow as cf
    >>> plan = cf.Plan("clean", phases=[cf.Phase("mobilize", tasks=[cf.Task("kick-off")])])
    >>> story = cf.Scenario(plan).at("2026-04-01 09:00", "enter mobilize").at("2026-04-02 09:00", "task.done kick-off")
    >>> story.expect("2026-04-02 09:00", "tasks.verified == 1").script[-1].expect
    'tasks.verified == 1'
    """

    plan: Plan
    script: tuple[Step, ...] = ()
    seed: int = 0
    start: str | datetime | None = None
    autopilot: str | tuple[str, ...] = field(default="none")
    name: str = "<scenario>"

    def at(
        self,
        when: str | datetime,
        do: str | Do | Callable[[Any], None],
        *,
        by: str | None = None,
        refused: bool = False,
    ) -> Scenario:
        """The scenario with one more step.

        Args:
            when: the moment: text in the plan's time zone, or an aware datetime.
            do: a command (`"task.submit kick-off"`, `cf.do(…)`), or a function that is given the campaign's handle.
            by: who gives it. refused: refusal is what is expected.

        Raises:
            PlanError: the text is no command.
        """
        step = Step(at=when, do=(_command(do) if isinstance(do, str) else do,), by=by, refused=refused)
        return evolve(self, script=(*self.script, step))

    def expect(self, when: str | datetime, that: str) -> Scenario:
        """The scenario with one more expectation: an expression that must hold then."""
        return evolve(self, script=(*self.script, Step(at=when, expect=that)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scenario:
        """Read a scenario file; its plan and fill file are found beside it.

        Raises:
            PlanError: every problem of the scenario, or of its plan.
        """
        root, problems = read_file(path)
        report = Report()
        report.problems += problems
        if root is None or not isinstance(root, Entries):
            if not problems:
                report.add("CF107", "a scenario is a mapping with `scenario: 1`, `plan` and `script`", root)
            raise PlanError(report.problems)
        return _Reader(root, report, Path(path)).read()


def _command(text: str) -> Do:
    report = Report()
    found = DO.read(Scalar(text, False), report)
    if found is INVALID or report.problems:
        raise PlanError(report.problems)
    return found  # type: ignore[no-any-return]  # DO reads commands


class _Reader:
    """Reads one scenario file, collecting every problem."""

    def __init__(self, root: Entries, report: Report, path: Path) -> None:
        self.root, self.report, self.path = root, report, path

    def read(self) -> Scenario:
        self._check_keys(self.root, _KEYS)
        if self._text("scenario") != "1":
            self.report.add("CF110", "a scenario begins with `scenario: 1`", self.root.get("scenario") or self.root)
        script = self._script(self.root.get("script"))
        plan = self._plan()
        if plan is None or any(problem.severity == "error" for problem in self.report.problems):
            raise PlanError(sorted(self.report.problems, key=_by_place))
        return Scenario(plan, script, self._seed(), self._text("start"), self._autopilot(), str(self.path))

    def _check_keys(self, node: Entries, known: tuple[str, ...]) -> None:
        for name, _ in node.entries:
            if name.text not in known:
                found = nearest(name.text, known)
                hint = f"did you mean {found!r}?" if found else f"keys are {', '.join(known)}"
                self.report.add("CF106", f"unknown key {name.text!r}", name, hint)

    def _text(self, key: str) -> str | None:
        node = self.root.get(key)
        return node.text if isinstance(node, Scalar) else None

    def _seed(self) -> int:
        text = self._text("seed") or "0"
        return int(text) if text.isdecimal() else 0

    def _autopilot(self) -> str | tuple[str, ...]:
        node = self.root.get("autopilot")
        if isinstance(node, Items):
            return tuple(item.text for item in node.items if isinstance(item, Scalar))
        return self._text("autopilot") or "none"

    def _plan(self) -> Plan | None:
        name = self._text("plan")
        if name is None:
            self.report.add("CF108", "a scenario needs `plan`: the plan file", self.root)
            return None
        fill = self._text("fill")
        folder = self.path.parent
        try:
            return Plan.load(folder / name, fill=folder / fill if fill else None)
        except PlanError as error:
            self.report.problems += error.problems
            return None

    def _script(self, node: Node | None) -> tuple[Step, ...]:
        if not isinstance(node, Items):
            self.report.add("CF108", "a scenario needs `script`: a list of steps", node or self.root)
            return ()
        steps = [self._step(item) for item in node.items]
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node) -> Step | None:
        if not isinstance(node, Entries):
            self.report.add("CF107", "a step is a mapping: {at: MOMENT, by: ACTOR, do: COMMAND}", node)
            return None
        self._check_keys(node, _STEP_KEYS)
        at, when, by, expect = (self._of(node, key) for key in ("at", "when", "by", "expect"))
        if (at is None) == (when is None):
            self.report.add("CF108", "a step says `at` (a moment) or `when` (an expression), one of them", node)
        self._check_moment(node, at)
        do = self._commands(node.get("do"))
        if bool(do) == (expect is not None) and not self.report.problems:
            self.report.add("CF108", "a step has `do` or `expect`, one of them", node)
        return Step(at, when, do, by, self._of(node, "refused") in {"true", "yes"}, expect, node.line)

    def _of(self, node: Entries, key: str) -> str | None:
        found = node.get(key)
        return found.text if isinstance(found, Scalar) else None

    def _check_moment(self, node: Entries, at: str | None) -> None:
        if at is None:
            return
        try:
            parse_moment(at)
        except BadValue as error:
            self.report.add("CF301", error.message, node.get("at"), error.hint)

    def _commands(self, node: Node | None) -> tuple[Do, ...]:
        if node is None:
            return ()
        listed = node.items if isinstance(node, Items) else [node]
        found = [DO.read(each, self.report) for each in listed]
        return tuple(each for each in found if isinstance(each, Do))


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return ("", 0, 0) if place is None else (place.file, place.line, place.column)

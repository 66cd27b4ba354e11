"""Every expression of a plan, typed where it stands: problems CF401 to CF410 with line, column and hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from campaignflow.plan.expressions import ExpressionError, Fault, Schema, compile_expression, compile_test, compile_text
from campaignflow.plan.facts import Place, PlanFacts, register_of
from campaignflow.plan.model_kinds import Expression, Formula
from campaignflow.plan.model_people import Selection
from campaignflow.plan.model_rules import Do
from campaignflow.plan.model_walk import Spot, find, walk
from campaignflow.plan.nodes import Scalar
from campaignflow.plan.problems import Place as TextPlace
from campaignflow.plan.problems import Problem

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan

__all__ = ["TEXT_FIELDS", "check_expressions"]

TEXT_FIELDS = frozenset({"text", "subject", "reason"})
"""Fields of a rule's command in which `{…}` inserts a value."""

_MOST = 200
_EXPECTS = {"condition": "flag", "number": "number"}


def check_expressions(plan: Plan) -> list[Problem]:
    """What is wrong or odd with the expressions of a plan, in the order of the plan.

    Args:
        plan: the plan; `plan.origin` gives the places.

    Returns:
        Problems of severity `error` (CF401 to CF406, CF410, CF112, CF611) and `warning` (CF407, CF408), 200 at most.
    """
    checker = _Checker(plan)
    for spot in walk(plan):
        checker.spot(spot)
    return checker.problems


class _Checker:
    """One pass over the spots of a plan; the schema of each place is made once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.facts = PlanFacts(plan)
        self.problems: list[Problem] = []
        self._schemas: dict[Place, Schema] = {}

    def spot(self, spot: Spot) -> None:
        """Check what a key of the plan holds, if that is an expression."""
        line, value = spot.line, spot.value
        if line is None:
            return
        if isinstance(line.kind, Expression):
            self._expression(spot, line.kind.expects)
        elif line.name == "bands" and isinstance(value, Mapping):
            self._bands(spot)
        elif line.name == "do":
            self._commands(spot)
        elif isinstance(value, Formula | tuple):
            self._formulas(value, spot.path)

    # -------------------------------------------------------------------------------------------------- the spots
    def _expression(self, spot: Spot, expects: str) -> None:
        if not isinstance(spot.value, str):
            return
        place = self._place_of(spot)
        if place is None:
            return
        if expects == "test":
            bare = ".grades." in spot.path
            self.check(spot.path, spot.value, place, _test(bare))
        else:
            self.check(spot.path, spot.value, place, _plain(_EXPECTS[expects]))

    def _place_of(self, spot: Spot) -> Place | None:
        if isinstance(spot.element, Selection):
            return self._selection(spot.element, spot.path.rpartition(".")[0])
        return place_at(spot.path)

    def _selection(self, selection: Selection, path: str) -> Place | None:
        register = register_of(selection)
        if register is None or self.facts.everywhere.register(register) is None:
            return None  # no such register: reported where registers are looked for
        for_each = path.endswith(".for-each")
        around = around_for_each(path) if for_each else place_at(path)
        return Place.where(register, around or Place.expectation(), for_each=for_each)

    def _bands(self, spot: Spot) -> None:
        place = place_at(spot.path)
        if place is None:
            return
        for text in spot.value:
            if text != "else":
                self.check(f"{spot.path}.{text}", text, Place.score_test(place.id), _test(bare=False), in_key=True)

    def _formulas(self, value: object, path: str) -> None:
        place = place_at(path)
        for index, formula in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(formula, Formula) and place is not None:
                here = f"{path}.{index}" if isinstance(value, tuple) else path
                self.check(here, formula.text, place, _plain("any"), shift=1)

    # ------------------------------------------------------------------------------------------------- the commands
    def _commands(self, spot: Spot) -> None:
        place = place_at(spot.path)
        commands = spot.value if isinstance(spot.value, tuple) else ()
        for index, command in enumerate(commands):
            if isinstance(command, Do) and place is not None:
                self._command(command, spot.path if len(commands) == 1 else f"{spot.path}.{index}", place)

    def _command(self, command: Do, path: str, place: Place) -> None:
        item = command.item
        if isinstance(item, Selection) and isinstance(item.where, str):
            register = register_of(item)
            if register and self.facts.everywhere.register(register):
                where = Place.where(register, place, for_each=False)
                self.check(f"{path}.{command.command}.where", item.where, where, _plain("flag"))
        elif isinstance(item, str):
            self._value(item, f"{path}.{command.command}", place, is_text=False)
        for name, value in command.fields.items():
            self._value(value, f"{path}.{name}", place, is_text=name in TEXT_FIELDS)

    def _value(self, value: Any, path: str, place: Place, *, is_text: bool) -> None:
        if isinstance(value, Mapping):
            for name, each in value.items():
                self._value(each, f"{path}.{name}", place, is_text=is_text)
        elif isinstance(value, tuple):
            for index, each in enumerate(value):
                self._value(each, f"{path}.{index}", place, is_text=is_text)
        elif isinstance(value, str) and value.startswith("="):
            self.check(path, value[1:], place, _plain("any"), shift=1)
        elif isinstance(value, str) and is_text:
            self.check(path, value, place, _text)

    # ----------------------------------------------------------------------------------------------------- checking
    def check(
        self,
        path: str,
        text: str,
        place: Place,
        compile_: Callable[[str, Schema], Iterator[Fault]],
        *,
        shift: int = 0,
        in_key: bool = False,
    ) -> None:
        """Compile a text and keep its faults.

        Args:
            path, text, place: where it stands, what it is, what it may name.
            compile_: compiles it, and gives its warnings.
            shift: how many characters of the value stand before it.
            in_key: whether it is the path's last key, not the value behind it.
        """
        if len(self.problems) >= _MOST:
            return
        schema = self._schemas.get(place)
        if schema is None:
            schema = self._schemas[place] = self.facts.schema(place)
        try:
            faults = list(compile_(text, schema))
        except ExpressionError as error:
            faults = list(error.faults)
        for fault in faults[: _MOST - len(self.problems)]:  # more help nobody, and advice costs time
            self.problems.append(self._problem(fault, path, text, shift, in_key=in_key))

    def _problem(self, fault: Fault, path: str, text: str, shift: int, *, in_key: bool) -> Problem:
        origin = self.plan.origin
        node = find(origin.root, path)[1] if in_key else origin.places.node(path)
        if node is None:
            message = f"{fault.message} (character {fault.offset + 1} of {text!r})"
            return Problem(fault.code, fault.severity, message, None, fault.hint, None, path)
        place, excerpt = node.place(), node.excerpt()
        if place is not None and excerpt is not None and isinstance(node, Scalar):
            start = place.column - 1 + (not node.plain)
            if excerpt.startswith(node.text, start):  # on one line, and as it stands: no escapes, no block
                blanks = len(node.text) - len(node.text.lstrip())
                place = TextPlace(place.file, place.line, start + blanks + shift + fault.offset + 1)
        return Problem(fault.code, fault.severity, fault.message, place, fault.hint, excerpt, path)


# -------------------------------------------------------------------------------------------- how it is compiled
def _plain(expects: str) -> Callable[[str, Schema], Iterator[Fault]]:
    return lambda text, schema: iter(compile_expression(text, schema, expects).warnings)


def _test(bare: bool) -> Callable[[str, Schema], Iterator[Fault]]:
    return lambda text, schema: iter(compile_test(text, schema, bare_number=bare).warnings)


def _text(text: str, schema: Schema) -> Iterator[Fault]:
    compile_text(text, schema)
    return iter(())


# ------------------------------------------------------------------------------------------------- from path to place
def place_at(path: str) -> Place | None:
    """The place at a path of the plan; None where no expression stands.

    >>> place_at("phases.year.tasks.sweep.when").id
    'sweep'
    """
    section, *parts = path.split(".")
    found = _SECTIONS.get(section)
    return found(parts) if found is not None and parts else None


def _in_phase(parts: list[str]) -> Place | None:
    ids = [parts[0]]
    rest = parts[1:]
    while len(rest) > 1 and rest[0] == "phases":
        ids.append(rest[1])
        rest = rest[2:]
    if len(rest) > 1 and rest[0] == "tasks":
        return _in_task(rest[1:])
    path = "/".join(ids)
    return Place.gate(path) if rest and rest[0] == "gate" else Place.phase_when(path)


def _in_task(parts: list[str]) -> Place:
    task, *rest = parts
    while len(rest) > 1 and rest[0] == "tasks":
        task, rest = rest[1], rest[2:]
    return Place.evidence(task) if rest and rest[0] == "evidence" else Place.task_when(task)


def _in_register(parts: list[str]) -> Place | None:
    return Place.guard(parts[0], parts[3]) if len(parts) > 3 and parts[1] == "lifecycle" else None


def _in_indicator(parts: list[str]) -> Place:
    is_test = len(parts) > 1 and parts[1] in ("target", "grades")
    return Place.target(parts[0]) if is_test else Place.indicator(parts[0])


def _in_scorecard(parts: list[str]) -> Place:
    is_test = len(parts) > 1 and parts[1] == "grades"
    return Place.score_test(parts[0]) if is_test else Place.score(parts[0])


_SECTIONS: Mapping[str, Callable[[list[str]], Place | None]] = {
    "phases": _in_phase,
    "tasks": _in_task,
    "registers": _in_register,
    "indicators": _in_indicator,
    "scorecards": _in_scorecard,
    "rules": lambda parts: Place.rule(parts[0]),
    "resources": lambda parts: Place.expectation(),
}


def around_for_each(path: str) -> Place | None:
    """What a `for-each` at a path stands in: a rule's event, or the groups around a task; not what it makes itself."""
    owner = path.removesuffix(".for-each")
    section, _, rest = owner.partition(".")
    if section == "rules":
        return Place("rule", rest, "for-each")
    group = owner.rpartition(".tasks.")[0]
    return place_at(group) if "tasks" in group.split(".") else None

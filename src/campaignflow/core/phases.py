"""The campaign's own life: its phases, as one hierarchical `transitions` machine.

```
live ─┬─ planned                      suspended, accepted, not_accepted, aborted
      └─ phases ── the plan's tree
```
What every live state can do (be suspended, be aborted) is said once, on `live`; what every phase can do, once, on
`phases`. Whether a phase is *next*, its window open and its predecessor's gate met is not asked here: these are the
decision's own refusals (`OutOfOrder`, `GateNotMet`), and the machine moves to the leaf that the decision chose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, TypeAlias

from transitions import MachineError
from transitions.extensions.nesting import HierarchicalMachine, NestedState

from campaignflow.core.machines import Cursor, IsChosen
from campaignflow.plan.values import BadValue

__all__ = ["ABORTED", "ACCEPTED", "NOT_ACCEPTED", "PLANNED", "SUSPENDED", "PhaseMachine", "PhaseTree"]

PLANNED = "planned"
SUSPENDED = "suspended"
ACCEPTED = "accepted"
NOT_ACCEPTED = "not_accepted"
ABORTED = "aborted"

PhaseTree: TypeAlias = "Sequence[tuple[str, PhaseTree]]"
"""Phases in order, each an id with its own phases."""

_SEPARATOR = "/"
_LIVE, _PHASES = "live", "live/phases"
_OUTSIDE = (SUSPENDED, ACCEPTED, NOT_ACCEPTED, ABORTED)
_WORDS = {
    "enter": "only a campaign that is planned or in a phase can enter one",
    "send_back": "only a campaign in a phase can be sent back",
    "end": "only a campaign in a phase can end",
    "suspend": "only a live campaign can be suspended",
    "resume": "only a suspended campaign can be resumed",
    "abort": "only a campaign that has not ended can be aborted",
}


class _State(NestedState):
    """A phase's state: ids contain the library's own separator, and the library's notes while entering are not kept,
    because they would be shared by all threads."""

    separator = _SEPARATOR

    def scoped_enter(self, event_data: Any, scope: Any = None) -> None:
        """Nothing is called on entering."""

    def scoped_exit(self, event_data: Any, scope: Any = None) -> None:
        """Nothing is called on leaving."""


class _Machine(HierarchicalMachine):
    state_cls = _State

    def with_own_scope(self) -> _Machine:
        """A copy that shares states and transitions, but not the place where the library notes what it looks at."""
        own = copy(self)
        own._stack, own.prefix_path, own.scoped = [], [], own
        return own


class PhaseMachine:
    """Where a campaign may go: `planned`, a leaf phase's path (`2026/stage-1`), `suspended`, or an end.

    Triggers: `enter` and `send_back` (to a leaf), `end` (to `accepted` or `not_accepted`), `suspend`, `resume` (to
    where it was, which the caller knows), `abort`. Safe to share between threads; build it once for a plan.

    >>> campaign = PhaseMachine([("mobilize", []), ("2026", [("stage-1", []), ("stage-2", [])])])
    >>> campaign.leaves
    ('mobilize', '2026/stage-1', '2026/stage-2')
    >>> campaign.move("mobilize", "enter", "2026/stage-1")
    '2026/stage-1'
    >>> campaign.move("accepted", "enter", "mobilize") is None
    True
    """

    __slots__ = ("_inner", "_machine", "_outer", "leaves")

    def __init__(self, tree: PhaseTree) -> None:
        paths = tuple(_paths(tree, "", _PHASES))
        self.leaves: tuple[str, ...] = tuple(path for path, _ in paths)
        self._inner = dict(paths)
        if clash := sorted({PLANNED, *_OUTSIDE} & self._inner.keys()):
            # A path that reads like a state of the campaign would make `campaign.state` ambiguous.
            raise BadValue(
                f"{', '.join(clash)} is a state of the campaign and cannot be a phase's id",
                "give the phase another id",
                code="CF512",
            )
        self._inner |= {PLANNED: f"{_LIVE}/{PLANNED}"} | {name: name for name in _OUTSIDE}
        self._outer = {inner: path for path, inner in self._inner.items()}
        self._machine = _machine(tree, [self._inner[path] for path in self.leaves])

    def move(self, state: str, trigger: str, target: str) -> str | None:
        """The campaign's state after a trigger, or None where there is no such move.

        Args:
            state: `planned`, a leaf's path, or a state outside the phases.
            trigger: see the class. target: the state that the caller has chosen.
        """
        source, chosen = self._inner.get(state), self._inner.get(target)
        if source is None or chosen is None or trigger not in self._machine.events:
            return None
        cursor = Cursor(source, chosen)
        try:
            moved = self._machine.with_own_scope().trigger_event(cursor, trigger)
        except MachineError:
            return None
        return self._outer[cursor.state] if moved else None

    def moves(self, state: str) -> tuple[tuple[str, str], ...]:
        """Every (trigger, target) that is possible in a state, read off the rules and not off the machine."""
        live = (("suspend", SUSPENDED), ("abort", ABORTED))
        enter = tuple(("enter", leaf) for leaf in self.leaves)
        if state == PLANNED:
            return (*enter, *live)
        if state in self.leaves:
            back = tuple(("send_back", leaf) for leaf in self.leaves)
            return (*enter, *back, ("end", ACCEPTED), ("end", NOT_ACCEPTED), *live)
        if state == SUSPENDED:
            return (*(("resume", where) for where in (PLANNED, *self.leaves)), ("abort", ABORTED))
        return ()

    def illegal(self, state: str, trigger: str) -> str | None:
        """Why a trigger is impossible in a state, in words; None if it is possible."""
        possible = tuple(dict.fromkeys(name for name, _ in self.moves(state)))
        if trigger in possible:
            return None
        where = f"it is {state}" if state not in self.leaves else f"it is in phase {state}"
        rule = _WORDS.get(trigger, f"there is no '{trigger}' for a campaign")
        here = f"possible: {', '.join(possible)}" if possible else "it has ended"
        return f"{rule}; {where} ({here})"


def _paths(tree: PhaseTree, path: str, inner: str) -> Iterable[tuple[str, str]]:
    """Each leaf's path as people read it, and as the machine knows it."""
    for name, children in tree:
        here, there = f"{path}{name}", f"{inner}/{_segment(name)}"
        if children:
            yield from _paths(children, f"{here}{_SEPARATOR}", there)
        else:
            yield here, there


def _segment(name: str) -> str:
    """A phase's id as one segment: an included one (`part/advance`) must not read as two."""
    return ":" + name.replace("%", "%25").replace(_SEPARATOR, "%2F")


def _states(tree: PhaseTree) -> list[dict[str, Any]]:
    return [{"name": _segment(name), "children": _states(children)} for name, children in tree]


def _machine(tree: PhaseTree, leaves: Sequence[str]) -> _Machine:
    planned = f"{_LIVE}/{PLANNED}"
    machine = _Machine(
        model=None,
        states=[{"name": _LIVE, "children": [PLANNED, {"name": "phases", "children": _states(tree)}]}, *_OUTSIDE],
        initial=None,
        auto_transitions=False,
        send_event=True,
    )

    def add(trigger: str, sources: list[str], target: str) -> None:
        machine.add_transition(trigger, sources, target, conditions=IsChosen(target))

    for leaf in leaves:
        add("enter", [planned, _PHASES], leaf)
        add("send_back", [_PHASES], leaf)
    for target in (planned, *leaves):
        add("resume", [SUSPENDED], target)
    for target in (ACCEPTED, NOT_ACCEPTED):
        add("end", [_PHASES], target)
    add("suspend", [_LIVE], SUSPENDED)
    add("abort", [_LIVE, SUSPENDED], ABORTED)
    return machine

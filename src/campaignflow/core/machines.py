"""Lifecycles as `transitions` machines: one for each lifecycle, shared by all its items.

The machine holds no item. A move puts the item's state on a small cursor, pulls the trigger, reads the cursor and
throws it away, so that a hundred thousand items need one machine and a failure leaves nothing half changed. Guards are
not asked here: the core has evaluated all of them before and chosen the target; the machine's only condition reads
that choice.

No text of a plan reaches `transitions` as a callback or condition (it imports and calls dotted names), and every name
of a state or trigger goes in with a mark in front, so that none can be taken for one of its wildcards or attributes.
"""

from __future__ import annotations

from typing import Any

from transitions import Machine, MachineError

from campaignflow.core.lifecycle import Lifecycle

__all__ = ["Cursor", "IsChosen", "Mover"]

_MARK = ":"


class Cursor:
    """Where one item (or the campaign) is, for the length of one move; `chosen` is where the core wants it."""

    __slots__ = ("chosen", "state")

    def __init__(self, state: str, chosen: str) -> None:
        self.state = state
        self.chosen = chosen


class IsChosen:
    """The condition of every transition: is its target the one that the core chose?"""

    __slots__ = ("target",)

    def __init__(self, target: str) -> None:
        self.target = target

    def __call__(self, event: Any) -> bool:
        return bool(event.model.chosen == self.target)


class Mover:
    """Moves items of one register along its lifecycle. Safe to share between threads; build it once for a plan."""

    __slots__ = ("_events", "_states", "lifecycle")

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        machine = _machine(lifecycle)
        self._states = frozenset(machine.states)
        self._events = {name.removeprefix(_MARK): event for name, event in machine.events.items()}

    def move(self, state: str, trigger: str, target: str) -> str | None:
        """The state after a trigger, or None where the lifecycle knows no such move.

        Args:
            state: where the item is. trigger: which trigger is pulled (`or-else` for a time limit).
            target: which of the trigger's targets the caller has chosen, its guards having been asked.

        Returns:
            `target`; None if the move is illegal, in which case `lifecycle.illegal(state, trigger)` has the words.

        >>> from campaignflow.core.builtin import BUILTIN
        >>> mover = Mover(BUILTIN["finding"])
        >>> mover.move("open", "correct", "corrected"), mover.move("closed", "correct", "corrected")
        ('corrected', None)
        """
        event, source = self._events.get(trigger), _MARK + state
        if event is None or source not in self._states:
            return None
        cursor = Cursor(source, _MARK + target)
        try:
            moved = event.trigger(cursor)
        except MachineError:
            return None
        return cursor.state.removeprefix(_MARK) if moved else None


def _machine(lifecycle: Lifecycle) -> Any:
    machine = Machine(
        model=None,
        states=[_MARK + name for name in lifecycle.states],
        initial=None,
        auto_transitions=False,
        send_event=True,
    )
    for state in lifecycle.states:
        for name, target in dict.fromkeys((move.name, move.target) for move in lifecycle.moves(state)):
            target = _MARK + target
            machine.add_transition(_MARK + name, _MARK + state, target, conditions=IsChosen(target))
    return machine

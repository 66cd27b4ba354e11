"""Lifecycles as values: states, the triggers that lead from one to another, time limits, ends.

Everything that concerns a lifecycle is read off this one value: the machines (`machines.py`), legality and its words,
`why_not`, diagrams, documentation, the simulator. What evaluates a guard or asks who may act stands elsewhere: here a
guard is a text, and a party is a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from campaignflow.core.freeze import FrozenDict
from campaignflow.plan.values import Duration, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan import model_registers as model
    from campaignflow.plan.model_people import Party

__all__ = [
    "ENGINE",
    "LISTED",
    "OR_ELSE",
    "LifeClock",
    "LifeState",
    "Lifecycle",
    "Trigger",
    "build",
    "lifecycle_of",
    "listed",
]

ENGINE = "engine"
"""The `by` of a trigger that no person pulls: the engine makes it when its time has come."""

LISTED = "listed"
"""The one state of items whose register declares no lifecycle."""

OR_ELSE = "or-else"
"""The trigger the engine pulls when a time limit has passed; the word is reserved, so no plan's trigger bears it."""


@frozen
class Trigger:
    """One way out of a state.

    Attributes:
        name: what the command is called: `REGISTER.NAME`.
        source, target: the states it leads from and to.
        by: the party that may pull it, as the plan writes it; None for the default of its register; `engine` where
            only the engine does.
        when: the guard, the text of an expression; None where nothing guards it; `Unresolved` where it is still to be
            ratified, and unknown until then.
        needs: fields that must be given with it or be there already.
        in_person: no deputy and no delegate may pull it.
    """

    name: str
    source: str
    target: str
    by: Party | Unresolved | None = None
    when: str | Unresolved | None = None
    needs: tuple[str, ...] = ()
    in_person: bool = False


@frozen
class LifeClock:
    """A count of time in some states, kept while the item rests in others.

    Attributes:
        name: its id. runs_in: the states it runs in. within: its limit. or_else: where the item goes when it passes.
    """

    name: str
    runs_in: tuple[str, ...]
    within: Duration | None = None
    or_else: str | None = None


@frozen
class LifeState:
    """One state, with the ways out of it.

    Attributes:
        name: its id.
        triggers: name → candidates in the plan's order; the first whose `when` holds is taken.
        within: how long an item may stay; counted anew on each entry.
        or_else: where the engine moves an item that has stayed longer.
        end: an item in it counts as ended. A state nobody leaves is one; others are marked, and can be re-opened.
    """

    name: str
    triggers: Mapping[str, tuple[Trigger, ...]] = FrozenDict()
    within: Duration | None = None
    or_else: str | None = None
    end: bool = False


@frozen(slots=False)
class Lifecycle:
    """The states of one register's items and the moves between them. Make one with `build`.

    Attributes:
        register: whose items it is the life of.
        states: name → state, in the order they were written; states that are only targets come last.
        initial: where items start. starts_in: the states an item may be entered in directly.
        clocks: counts of time over several states.

    >>> door = build("door", {"open": {"shut": "closed"}, "closed": {"open": "open"}})
    >>> door.illegal("open", "shut") is None
    True
    >>> print(door.illegal("open", "open"))
    a door that is open has no 'open': possible from here is shut
    """

    register: str
    states: Mapping[str, LifeState]
    initial: str
    starts_in: tuple[str, ...]
    clocks: tuple[LifeClock, ...] = field(default=())

    @cached_property
    def ends(self) -> frozenset[str]:
        """The states in which an item counts as ended."""
        return frozenset(name for name, state in self.states.items() if state.end)

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """All names of triggers, in order of first mention, without the engine's `or-else`."""
        return tuple(dict.fromkeys(name for state in self.states.values() for name in state.triggers))

    @cached_property
    def stateless(self) -> bool:
        """Whether items have only one state and never leave it."""
        return len(self.states) == 1 and not self.moves(self.initial)

    @cached_property
    def _moves(self) -> Mapping[str, tuple[Trigger, ...]]:
        return {name: (*_pulled(state), *self._time_limits(state)) for name, state in self.states.items()}

    def _time_limits(self, state: LifeState) -> Iterable[Trigger]:
        targets = [state.or_else, *(clock.or_else for clock in self.clocks if state.name in clock.runs_in)]
        return (Trigger(OR_ELSE, state.name, target, by=ENGINE) for target in dict.fromkeys(targets) if target)

    def moves(self, state: str) -> tuple[Trigger, ...]:
        """Every way out of a state, in the plan's order, the engine's `or-else` last; nothing for an unknown state."""
        return self._moves.get(state, ())

    def candidates(self, state: str, trigger: str) -> tuple[Trigger, ...]:
        """The moves that a trigger may make from a state; the first whose guard holds is the one to take."""
        return tuple(move for move in self.moves(state) if move.name == trigger)

    def illegal(self, state: str, trigger: str, *, by_engine: bool = False) -> str | None:
        """Why a trigger cannot be pulled in a state, in words that list what is possible; None if it can.

        Args:
            by_engine: the engine asks; otherwise triggers that only the engine pulls are refused.
        """
        found = self.candidates(state, trigger)
        if found and (by_engine or any(move.by != ENGINE for move in found)):
            return None
        item = f"a {self.register} that is {state}"
        if found:
            return f"{item} gets its '{trigger}' from the engine when its time has come, never by command"
        return f"{item} has no '{trigger}': {self._possible(state)}{self._suggestion(trigger)}"

    def _possible(self, state: str) -> str:
        if state not in self.states:
            return f"there is no state '{state}'; there is {', '.join(self.states)}"
        names = dict.fromkeys(move.name for move in self.moves(state) if move.by != ENGINE)
        if names:
            return f"possible from here {'is' if len(names) == 1 else 'are'} {', '.join(names)}"
        return "only the engine leads out of it" if self.moves(state) else "nothing leads out of it"

    def _suggestion(self, trigger: str) -> str:
        if trigger in self.triggers:
            return ""
        near = get_close_matches(trigger, self.triggers, n=1)
        return f" (did you mean '{near[0]}'?)" if near else ""

    def reachable(self) -> frozenset[str]:
        """The states an item can come into, guards set aside."""
        seen = set(self.starts_in)
        queue = list(self.starts_in)
        while queue:
            targets = {move.target for move in self.moves(queue.pop())} - seen
            seen |= targets
            queue.extend(targets)
        return frozenset(seen)

    def diagram(self) -> str:
        """The lifecycle as the text of a Mermaid state diagram; time limits are drawn as `or-else`."""
        number = {name: f"s{place}" for place, name in enumerate(self.states)}
        lines = ["stateDiagram-v2"]
        lines += [f'    state "{_label(name)}" as {number[name]}' for name in self.states]
        lines += [f"    [*] --> {number[name]}" for name in self.starts_in]
        for state in self.states:
            lines += [
                f"    {number[state]} --> {number[move.target]}: {_label(_caption(move))}" for move in self.moves(state)
            ]
        lines += [f"    {number[name]} --> [*]" for name in self.states if name in self.ends]
        return "\n".join(lines) + "\n"


def build(
    register: str,
    states: Mapping[str, Mapping[str, str | Trigger | tuple[str | Trigger, ...]] | LifeState],
    *,
    starts_in: Iterable[str] = (),
    clocks: Iterable[LifeClock] = (),
    ends: Iterable[str] = (),
) -> Lifecycle:
    """A lifecycle from state → (trigger → target or targets), completed by what follows from it.

    States that are only targets are added; a state nobody leaves becomes an end; without `starts_in` items start in
    the first state. A ready-made `LifeState` may stand in place of a mapping, and a `Trigger` in place of a target.

    >>> build("case", {"new": {"take": "held"}, "held": {"drop": ("new", "lost")}}).ends
    frozenset({'lost'})
    """
    written = {name: body if isinstance(body, LifeState) else _state(name, body) for name, body in states.items()}
    all_clocks = tuple(clocks)
    for target in list(_targets(written.values(), all_clocks)):
        written.setdefault(target, LifeState(target))
    left = {name for clock in all_clocks if clock.or_else for name in clock.runs_in}
    marked = frozenset(ends)
    completed = {
        name: LifeState(name, state.triggers, state.within, state.or_else, _is_end(state, marked, left))
        for name, state in written.items()
    }
    first = next(iter(completed))
    return Lifecycle(register, FrozenDict(completed), first, tuple(starts_in) or (first,), all_clocks)


def listed(register: str) -> Lifecycle:
    """The lifecycle of a register that declares none: one state that nothing leaves.

    It is no end, although nobody leaves it: a shop or a unit that merely exists has not ended.
    """
    life = build(register, {LISTED: {}})
    return evolve(life, states=FrozenDict({LISTED: evolve(life.states[LISTED], end=False)}))


def lifecycle_of(register: model.Register) -> Lifecycle:
    """The lifecycle that a plan declares for a register; `listed` where it declares none.

    The built-in ones stand in `builtin.BUILTIN`; a plan that declares one for such a register replaces it whole.
    A move whose target is still unknown (a gap) cannot be made, so it is left out.
    """
    if not register.lifecycle:
        return listed(register.id)
    return build(
        register.id,
        {name: _declared(state) for name, state in register.lifecycle.items()},
        starts_in=[state for state in register.starts_in if isinstance(state, str)],
        clocks=[_clock(clock) for clock in register.clocks.values()],
    )


def _declared(state: model.State) -> LifeState:
    triggers = {name: tuple(_moves(name, state.id, each)) for name, each in state.triggers.items()}
    return LifeState(
        state.id,
        FrozenDict({name: moves for name, moves in triggers.items() if moves}),
        _known_duration(state.within),
        _known_text(state.or_else),
        state.end is True,
    )


def _moves(name: str, source: str, candidates: Iterable[model.Trigger]) -> Iterable[Trigger]:
    for each in candidates:
        if isinstance(each.to, str):
            needs = tuple(need for need in each.needs if isinstance(need, str))
            yield Trigger(name, source, each.to, each.by, each.when, needs, each.in_person is True)


def _clock(clock: model.Clock) -> LifeClock:
    runs_in = tuple(state for state in clock.runs_in if isinstance(state, str))
    return LifeClock(clock.id, runs_in, _known_duration(clock.within), _known_text(clock.or_else))


def _known_duration(value: Duration | Unresolved | None) -> Duration | None:
    return value if isinstance(value, Duration) else None


def _known_text(value: str | Unresolved | None) -> str | None:
    return value if isinstance(value, str) else None


def _state(name: str, body: Mapping[str, str | Trigger | tuple[str | Trigger, ...]]) -> LifeState:
    return LifeState(name, FrozenDict({trigger: _triggers(trigger, name, to) for trigger, to in body.items()}))


def _triggers(name: str, source: str, to: str | Trigger | tuple[str | Trigger, ...]) -> tuple[Trigger, ...]:
    targets = to if isinstance(to, tuple) else (to,)
    return tuple(each if isinstance(each, Trigger) else Trigger(name, source, each) for each in targets)


def _pulled(state: LifeState) -> Iterable[Trigger]:
    return (move for candidates in state.triggers.values() for move in candidates)


def _targets(states: Iterable[LifeState], clocks: Iterable[LifeClock]) -> Iterable[str]:
    for state in list(states):
        yield from (move.target for move in _pulled(state))
        if state.or_else:
            yield state.or_else
    yield from (clock.or_else for clock in clocks if clock.or_else)


def _is_end(state: LifeState, marked: frozenset[str], left_by_clock: set[str]) -> bool:
    leaves = bool(state.triggers) or state.or_else is not None or state.name in left_by_clock
    return state.end or state.name in marked or not leaves


def _caption(move: Trigger) -> str:
    return f"{move.name} [{move.when}]" if move.when else move.name


def _label(text: str) -> str:
    """Text that Mermaid takes as text: its own marks are written as entity codes."""
    return "".join(f"#{ord(letter)};" if letter in '"#;:\\<>{}' else letter for letter in text)

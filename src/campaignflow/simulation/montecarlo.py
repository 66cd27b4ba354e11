"""Monte Carlo on the reference path: every replication is a whole campaign, decided by the code that runs real ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from decimal import Decimal
from functools import partial

from attrs import evolve

from campaignflow.core.compiled import Compiled, compile_plan
from campaignflow.core.readiness import needs_of
from campaignflow.core.state import State
from campaignflow.engine import Campaign
from campaignflow.errors import SimulationError
from campaignflow.plan.model import Plan, Simulation
from campaignflow.plan.time import Moment
from campaignflow.plan.timemath import to_us
from campaignflow.plan.values import Duration
from campaignflow.simulation.assume import assumed_plan
from campaignflow.simulation.autopilot import Autopilot
from campaignflow.simulation.draws import Draws
from campaignflow.simulation.player import Pilot, Player, start_of
from campaignflow.simulation.results import Replication, Results, gather
from campaignflow.simulation.scenario import Scenario
from campaignflow.simulation.session import MemorySession

__all__ = ["forecast", "simulate"]

REASON = "every replication is played by the engine's own decisions"
HORIZON = Duration(Decimal(730), "cd")
"""How long a simulation without a horizon goes on."""


def simulate(
    what: Plan | Scenario,
    replications: int = 1000,
    seed: int = 7,
    *,
    executor: Executor | None = None,
    chunks: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Results:
    """Play a plan many times, the autopilot drawing from what the plan expects.

    The same seed gives the same results however the replications are split: draws are addressed, not consumed.

    Args:
        what: a plan (all units are played), or a scenario (its autopilot, its script).
        replications: how many timelines. seed: of all draws, 0 to 2**64 - 1.
        executor: spreads the replications, any `concurrent.futures.Executor`. chunks: into how many parts.
        progress: is told how many are done.

    Raises:
        SimulationError: fewer than one replication, or a number of the plan that nothing supplies.
        PlanError, Refused: the plan cannot be run.
    """
    if replications < 1:
        raise SimulationError(f"replications is {replications}: at least one is needed")
    scenario = what if isinstance(what, Scenario) else Scenario(what, autopilot="all")
    plan, assumed = assumed_plan(scenario.plan)
    scenario = evolve(scenario, plan=plan)
    begun = time.perf_counter()
    runs, notes = _all(scenario, seed, replications, executor, chunks, progress)
    compiled = _compiled(plan)
    return gather(
        runs, compiled.zone, list(compiled.tasks), seconds=time.perf_counter() - begun, seed=seed,
        assumed=[*assumed, *notes], why=REASON,
    )  # fmt: skip


def _all(
    scenario: Scenario,
    seed: int,
    replications: int,
    executor: Executor | None,
    chunks: int,
    progress: Callable[[int], None] | None,
) -> tuple[list[Replication], list[str]]:
    if executor is None:
        return _chunk(scenario, seed, range(replications), progress)
    size = -(-replications // max(1, chunks))
    parts = [range(low, min(low + size, replications)) for low in range(0, replications, size)]
    runs: list[Replication] = []
    notes: dict[str, None] = {}
    for done, more in executor.map(partial(_chunk, scenario, seed), parts):
        runs += done
        notes |= dict.fromkeys(more)
        if progress is not None:
            progress(len(runs))
    return runs, sorted(notes)


def _chunk(
    scenario: Scenario, seed: int, numbers: Iterable[int], progress: Callable[[int], None] | None = None
) -> tuple[list[Replication], list[str]]:
    compiled = _compiled(scenario.plan)
    notes: dict[str, None] = {}
    runs: list[Replication] = []
    for number in numbers:
        pilot = Autopilot.for_scenario(scenario, seed, number)
        start = start_of(scenario, compiled.static_context(0))
        session = MemorySession(scenario.plan, start, compiled)
        runs.append(_run(session, scenario, pilot, number))
        notes |= getattr(pilot, "assumed", {})
        if progress is not None:
            progress(len(runs))
    return runs, sorted(notes)


_LATEST: dict[str, Compiled] = {}
"""The plan that this process has compiled last: a worker is given many chunks of one plan."""


def _compiled(plan: Plan) -> Compiled:
    found = _LATEST.get(plan.hash)
    if found is None:
        _LATEST.clear()
        found = _LATEST[plan.hash] = compile_plan(plan)
    return found


def _run(session: MemorySession, scenario: Scenario, pilot: Pilot, number: int) -> Replication:
    player = Player(session, scenario.script, pilot, horizon=_horizon(session.compiled, session.state, session.now))
    player.play()
    return summary(session, number, refused=bool(player.refused))


def _horizon(compiled: Compiled, state: State, now: int) -> int:
    simulation = compiled.plan.simulation
    horizon = simulation.horizon if isinstance(simulation, Simulation) else None
    if isinstance(horizon, Moment):
        found = horizon.resolve(compiled.static_context(state.started))
        if isinstance(found, datetime):
            return to_us(found)
    return compiled.later(state.started or now, horizon if isinstance(horizon, Duration) else HORIZON)


def summary(session: MemorySession, number: int, *, refused: bool = False) -> Replication:
    """What one finished replication says."""
    compiled, state = session.compiled, session.state
    starts: dict[str, int] = {}
    finishes: dict[str, int] = {}
    for item in state.items_of("task"):
        plan_id = str(item.fields["task"])
        for stay in item.stays:
            if stay.state in {"ready", "in_progress"}:
                starts[plan_id] = min(starts.get(plan_id, stay.since), stay.since)
        if item.state == "verified":
            finishes[plan_id] = max(finishes.get(plan_id, item.since), item.since)
    _, end = compiled.phase_edges(compiled.accepting, state)
    accepted = state.accepted
    on_time = accepted is not None and (end is None or accepted <= end)
    return Replication(
        number, accepted, on_time, state.state, starts, finishes, critical_path(compiled, state, finishes), state.round,
        refused, _scores(compiled, session),
    )  # fmt: skip


def _scores(compiled: Compiled, session: MemorySession) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for card in compiled.plan.scorecards:
        ids = session.state.scored.get((card, ""))
        item = session.state.item("score", next(iter(ids))) if ids else None
        if item is not None and "value" in item.fields:
            found[card] = Decimal(item.fields["value"])
    return found


def critical_path(compiled: Compiled, state: State, finishes: dict[str, int]) -> tuple[str, ...]:
    """The tasks that decided when the campaign was accepted, the last first: back along what each waited for."""
    limit = state.accepted if state.accepted is not None else 2**62
    path: list[str] = []
    current = _latest([t for t in finishes if finishes[t] <= limit], finishes)
    while current is not None and current not in path:
        path.append(current)
        info = compiled.tasks[current]
        needs = [
            m for need in needs_of(info) for m in (compiled.groups.get(need.task) or (need.task,)) if m in finishes
        ]
        before = [task for task in needs if finishes[task] <= finishes[current]]
        if not before:
            entered = state.entered.get(info.phase, 0)
            before = [t for t in finishes if compiled.tasks[t].phase != info.phase and finishes[t] <= entered]
            before = [t for t in before if _waited(compiled, state, info.phase, finishes[t])]
        current = _latest(before, finishes)
    return tuple(path)


def _latest(tasks: Sequence[str], finishes: dict[str, int]) -> str | None:
    return max(tasks, key=lambda task: (finishes[task], task), default=None)


def _waited(compiled: Compiled, state: State, phase: str, finish: int) -> bool:
    """Whether a phase was entered because that task was finished, and not because its window opened."""
    start, _ = compiled.phase_edges(phase, state) if phase else (None, None)
    return start is None or finish >= start


def forecast(campaign: Campaign, replications: int = 1000, seed: int = 7) -> Results:
    """Monte Carlo from a running campaign's present state: what is done is done, the rest is drawn.

    Args:
        campaign: the handle of a campaign that has not ended. replications, seed: as for `simulate`.

    Raises:
        SimulationError: the campaign has ended.
    """
    loaded = campaign.loaded
    compiled, state = loaded.compiled, loaded.state
    if state.status in {"accepted", "not_accepted", "aborted"}:
        raise SimulationError(f"campaign {campaign.id!r} has ended ({state.state}): there is nothing left to forecast")
    begun = time.perf_counter()
    now = to_us(campaign.now)
    runs, notes = [], dict[str, None]()
    for number in range(replications):
        session = MemorySession.continuing(compiled, state, now)
        pilot = Autopilot(Draws(seed, number))
        pilot.resume(session)
        Player(session, (), pilot, horizon=_horizon(compiled, state, now)).play()
        runs.append(summary(session, number))
        notes |= pilot.assumed
    return gather(
        runs, compiled.zone, list(compiled.tasks), seconds=time.perf_counter() - begun, seed=seed,
        assumed=sorted(notes), why="from the campaign's present state",
    )  # fmt: skip

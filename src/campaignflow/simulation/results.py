"""What many replications say: the chance of being on time with its interval, dates by percentile, what makes it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from campaignflow.core.measures import wilson
from campaignflow.plan.timemath import from_us

__all__ = ["Proportion", "Replication", "Results", "TaskResult", "percentile"]


@frozen
class Proportion:
    """A share of replications with its 95 % Wilson interval.

    Attributes:
        p, low, high: the share and the ends of its interval. k, n: how many of how many.
    """

    p: Decimal
    low: Decimal
    high: Decimal
    k: int
    n: int

    @classmethod
    def of(cls, k: int, n: int) -> Proportion:
        """k of n; of none, nothing is known: 0 with the interval from 0 to 1."""
        if n == 0:
            return cls(Decimal(0), Decimal(0), Decimal(1), 0, 0)
        low, high = wilson(k, n)
        return cls(Decimal(k) / n, low, high, k, n)


@frozen
class Replication:
    """One simulated timeline, in short.

    Attributes:
        number: which. finish: when it was accepted, microseconds; None where it was not within the horizon.
        on_time: accepted by the end of the accepting phase's window. state: where it stood at the end.
        starts, finishes: task of the plan → first start and last verification, microseconds.
        critical: the tasks that decided when it was finished. rounds: how often the work began.
        refused: a scripted command was refused. scores: scorecard → value when it was taken last.
    """

    number: int
    finish: int | None
    on_time: bool
    state: str
    starts: Mapping[str, int]
    finishes: Mapping[str, int]
    critical: tuple[str, ...]
    rounds: int
    refused: bool = False
    scores: Mapping[str, Decimal] = field(factory=dict)


@frozen
class TaskResult:
    """One task over all replications.

    Attributes:
        criticality: share of replications in which it lay on the path that decided the finish.
        start_p50, finish_p50: medians; None where it never started or finished.
    """

    criticality: float
    start_p50: datetime | None
    finish_p50: datetime | None


@frozen
class Results:
    """The outcome of a Monte Carlo run.

    Attributes:
        replications: how many. path: `reference` or `kernel`; why: reason for it. seconds: how long it took.
        on_time: of those not refused, the share accepted in time. finish: percentiles of acceptance, 50, 80 and 95;
            None where fewer than that share were accepted at all.
        tasks: per task of the plan. states: how they ended. assumed: what had to be assumed. script_refused: how many.
        rounds: mean number of rounds. scores: scorecard → (5th, 50th, 95th percentile).
        seed: of all draws.
    """

    replications: int
    path: str
    why: str
    seconds: float
    on_time: Proportion
    finish: Mapping[str, datetime | None]
    tasks: Mapping[str, TaskResult]
    states: Mapping[str, int]
    assumed: tuple[str, ...]
    script_refused: int
    rounds: float
    scores: Mapping[str, tuple[Decimal, Decimal, Decimal]]
    seed: int

    def most_critical(self, number: int = 5) -> list[tuple[str, TaskResult]]:
        """The tasks that most often decided the finish, the most critical first."""
        ordered = sorted(self.tasks.items(), key=lambda entry: (-entry[1].criticality, entry[0]))
        return [entry for entry in ordered if entry[1].criticality > 0][:number]


def percentile(values: Sequence[int], share: float) -> int | None:
    """The smallest value that at least this share of them does not exceed; None of nothing.

    >>> percentile([30, 10, 20], 0.5)
    20
    """
    if not values:
        return None
    ordered = sorted(values)
    place = max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)
    return ordered[min(place, len(ordered) - 1)]


def gather(
    runs: Sequence[Replication], zone: ZoneInfo, tasks: Sequence[str], *, seconds: float, seed: int,
    assumed: Sequence[str], why: str,
) -> Results:  # fmt: skip
    """The results of these replications."""
    counted = [run for run in runs if not run.refused]
    never = 2**62
    finishes = [run.finish if run.finish is not None else never for run in counted]

    def date(values: Sequence[int], share: float) -> datetime | None:
        found = percentile(values, share)
        return None if found is None or found == never else from_us(found, zone)

    return Results(
        replications=len(runs),
        path="reference",
        why=why,
        seconds=seconds,
        on_time=Proportion.of(sum(run.on_time for run in counted), len(counted)),
        finish={name: date(finishes, share) for name, share in (("p50", 0.5), ("p80", 0.8), ("p95", 0.95))},
        tasks={task: _task(task, counted, date) for task in tasks},
        states=_states(runs),
        assumed=tuple(assumed),
        script_refused=len(runs) - len(counted),
        rounds=sum(run.rounds for run in counted) / len(counted) if counted else 0.0,
        scores=_scores(counted),
        seed=seed,
    )


def _task(task: str, runs: Sequence[Replication], date: object) -> TaskResult:
    critical = sum(task in run.critical for run in runs)
    starts = [run.starts[task] for run in runs if task in run.starts]
    ends = [run.finishes[task] for run in runs if task in run.finishes]
    return TaskResult(critical / len(runs) if runs else 0.0, date(starts, 0.5), date(ends, 0.5))  # type: ignore[operator]  # the function above


def _states(runs: Sequence[Replication]) -> dict[str, int]:
    states: dict[str, int] = {}
    for run in runs:
        states[run.state] = states.get(run.state, 0) + 1
    return dict(sorted(states.items()))


def _scores(runs: Sequence[Replication]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    found: dict[str, list[Decimal]] = {}
    for run in runs:
        for card, value in run.scores.items():
            found.setdefault(card, []).append(value)
    return {card: _three(sorted(values)) for card, values in sorted(found.items())}


def _three(values: list[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    def at(share: float) -> Decimal:
        return values[min(len(values) - 1, max(0, -(-int(share * 1000) * len(values) // 1000) - 1))]

    return at(0.05), at(0.5), at(0.95)

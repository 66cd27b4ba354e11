"""What a durable command costs, beside a bare commit of the same bytes to the same disk, in the same run.

    python benchmarks/commands.py [--rounds 12] [--dir DIR] [--json] [--sizes 100 10000 100000]

Rounds of the contestants take turns, so that a busy machine or a slow disk troubles all of them alike. The commands
are `task.start` and `task.submit` (which also verifies, since nobody else has to) on the tasks of a plan without units.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw

from campaignflow import Engine, Phase, Plan, Task
from campaignflow.engine import Campaign

BATCH = 100
"""Commands in one commit, where they share one."""
PER_ROUND = 200
"""Commands of each contestant in one round."""
SAME = 25
"""Tasks that are worked on in each campaign where its size is what is compared; two commands each, in each round."""

Times = list[tuple[int, int]]
"""Wall time and CPU time of each measured step, nanoseconds."""
Step = Callable[[], object]


# ------------------------------------------------------------------------------------------------------------ measuring
def measured(step: Step, times: Times) -> None:
    """Take one step and write down what it cost."""
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    step()
    times.append((time.perf_counter_ns() - wall, time.process_time_ns() - cpu))


def figures(times: Times, commands: int = 1) -> dict[str, float]:
    """Median and 95th percentile of the wall time, and the median and mean CPU time, in µs a command."""
    wall = sorted(each / 1000 / commands for each, _ in times)
    cpu = [each / 1000 / commands for _, each in times]
    return {
        "median": statistics.median(wall),
        "p95": wall[int(len(wall) * 0.95)],
        "cpu": statistics.median(cpu),
        "cpu_mean": statistics.fmean(cpu),
    }


# ------------------------------------------------------------------------------------------------------------- campaigns
def plan_of(size: int) -> Plan:
    """A plan of this many tasks in one phase, that nobody verifies and that may begin at once."""
    tasks = [Task(f"t{number}", verify="none") for number in range(size)]
    return Plan(f"size-{size}", phases=[Phase("advance", tasks=tasks)])


def started(engine: Engine, size: int, name: str) -> Campaign:
    """A campaign of that size whose tasks are ready."""
    campaign = engine.start(plan_of(size), name)
    campaign.enter("advance")
    return campaign


def commands_of(campaign: Campaign, first: int, tasks: int) -> Iterator[Step]:
    """Two commands for each of these tasks: it is begun, it is done."""
    for number in range(first, first + tasks):
        task = f"t{number}"
        yield lambda task=task: campaign.do("task.start", task)
        yield lambda task=task: campaign.do("task.submit", task)


# ------------------------------------------------------------------------------------------------------- bare commits
class Bare:
    """A SQLite file written without this library: the same rows in the same table, one FULL commit for each command."""

    def __init__(self, path: Path, log: list[list[tuple[bytes, bytes]]]) -> None:
        self._log, self._seq, self._turn = log, 0, 0
        self._connection = apsw.Connection(str(path))
        self._run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON")
        self._run("CREATE TABLE log (position INTEGER PRIMARY KEY, campaign, seq, leaf, hash, UNIQUE (campaign, seq))")
        self._run("CREATE TABLE campaign (number INTEGER PRIMARY KEY, version, frontier)")
        self._run("INSERT INTO campaign VALUES (1, 0, zeroblob(300))")

    def _run(self, sql: str, values: tuple[object, ...] = ()) -> None:
        self._connection.execute(sql, values).fetchall()

    def commit(self) -> None:
        """One commit: the events of one command, and the campaign's head."""
        self._run("BEGIN IMMEDIATE")
        for leaf, mark in self._log[self._turn % len(self._log)]:
            self._seq += 1
            self._run("INSERT INTO log (campaign, seq, leaf, hash) VALUES (1, ?, ?, ?)", (self._seq, leaf, mark))
        self._run("UPDATE campaign SET version = ?, frontier = zeroblob(300) WHERE number = 1", (self._seq,))
        self._run("COMMIT")
        self._turn += 1

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def rows_by_command(engine: Engine, campaign: Campaign) -> list[list[tuple[bytes, bytes]]]:
    """The bytes that the engine has written for each command on a task."""
    number = campaign.loaded.head.number
    hashes = engine.store.hashes(number, 0)
    found: list[list[tuple[bytes, bytes]]] = []
    for place, (row, event) in enumerate(zip(engine.store.log(number), campaign.events(), strict=True)):
        if event.command:
            found.append([])
        found[-1].append((row.leaf, hashes[place * 32 : place * 32 + 32]))
    return [rows for rows in found if b'"type":"task.' in rows[0][0]]


# ----------------------------------------------------------------------------------------------------------- comparisons
def side_by_side(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Bare commits, one command a commit, and batches, taking turns."""
    bare_times: Times = []
    single: Times = []
    batches: Times = []
    with Engine(f"sqlite:///{folder / 'engine.db'}") as engine:
        warm = started(engine, PER_ROUND, "warm")
        for step in commands_of(warm, 0, PER_ROUND):
            step()
        bare = Bare(folder / "bare.db", rows_by_command(engine, warm))
        for _ in range(1200):  # past the first checkpoints: from here on its WAL grows no more
            bare.commit()
        for turn in range(rounds):
            alone, together = (started(engine, PER_ROUND, f"{kind}-{turn}") for kind in ("alone", "together"))
            for step in commands_of(alone, 0, PER_ROUND // 2):
                measured(step, single)
            for _ in range(PER_ROUND):
                measured(bare.commit, bare_times)
            for first in range(0, PER_ROUND // 2, BATCH // 2):
                steps = commands_of(together, first, BATCH // 2)
                measured(partial(in_batch, engine, steps), batches)
        bare.close()
    return {
        "bare FULL commit": figures(bare_times),
        "one command a commit": figures(single),
        f"batch of {BATCH}": figures(batches, BATCH),
    }


def in_batch(engine: Engine, steps: Iterator[Step]) -> None:
    """All these commands in one commit."""
    with engine.batch():
        for step in steps:
            step()


def by_size(folder: Path, sizes: list[int], rounds: int) -> dict[int, dict[str, float]]:
    """One command in campaigns of these sizes, taking turns."""
    times: dict[int, Times] = {size: [] for size in sizes}
    with Engine(f"sqlite:///{folder / 'sizes.db'}") as engine:
        campaigns = {size: started(engine, size, f"size-{size}") for size in sizes}
        turns = min(rounds, min(sizes) // SAME)
        for turn in range(turns):
            for size in sizes:
                for step in commands_of(campaigns[size], turn * SAME, SAME):
                    measured(step, times[size])
    return {size: figures(times[size]) for size in sizes}


# --------------------------------------------------------------------------------------------------------------- the end
def show(contest: dict[str, dict[str, float]], growth: dict[int, dict[str, float]]) -> None:
    """Print what was measured, each beside what it is compared with."""
    bare = contest["bare FULL commit"]
    print(f"{'µs a command':28}{'median':>9}{'p95':>9}{'CPU':>9}{'×bare':>8}{'×CPU':>8}")
    for name, each in contest.items():
        ratios = each["median"] / bare["median"], each["cpu"] / bare["cpu"]
        print(f"{name:28}{each['median']:9.0f}{each['p95']:9.0f}{each['cpu']:9.0f}{ratios[0]:8.2f}{ratios[1]:8.2f}")
    first = next(iter(growth.values()))
    print(f"\n{'one command, by items':28}{'median':>9}{'p95':>9}{'CPU':>9}{'growth':>8}")
    for size, each in growth.items():
        row = f"{size:28,}{each['median']:9.0f}{each['p95']:9.0f}{each['cpu']:9.0f}"
        print(f"{row}{each['cpu'] / first['cpu']:8.2f}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often the contestants take turns")
    parser.add_argument("--dir", help="a folder on the disk to be measured; a temporary one unless given")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000], help="items of the campaigns")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.dir)))
        contest = side_by_side(folder, options.rounds)
        gc.collect()
        growth = by_size(folder, options.sizes, options.rounds)
    if options.json:
        print(json.dumps({"contest": contest, "growth": growth}))
    else:
        show(contest, growth)


if __name__ == "__main__":
    main()

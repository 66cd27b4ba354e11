"""What a durable command costs, beside a bare commit of the same bytes on the same disk in the same run.

Usage: python benchmarks/commands.py [--folder DIR] [--commands N] [--sizes 100,10000,100000]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw

import campaignflow as cf

PHASE = "advance"


def plan_of(size: int) -> cf.Plan:
    """A plan of so many tasks, without units: one actor may do everything."""
    return cf.Plan(f"size-{size}", phases=[cf.Phase(PHASE, tasks=[cf.Task(f"t{number}") for number in range(size)])])


class Timing:
    """Wall and CPU time of repeated calls."""

    def __init__(self, name: str, act: Callable[[int], object], count: int, each: int = 1) -> None:
        self.name, self.each, walls = name, each, list[float]()
        cpu = time.process_time()
        for number in range(count):
            begun = time.perf_counter()
            act(number)
            walls.append(time.perf_counter() - begun)
        self.cpu = (time.process_time() - cpu) / (count * each)
        self.median = statistics.median(walls) / each
        self.p95 = sorted(walls)[int(0.95 * (len(walls) - 1))] / each

    @property
    def rate(self) -> float:
        """Commands per second, by the median."""
        return 1 / self.median

    def show(self, beside: float | None = None) -> None:
        """Print one row; `beside` is the rate it is compared with."""
        ratio = "" if beside is None else f"  {self.rate / beside:6.2f} × bare"
        print(
            f"{self.name:<44} {self.rate:>9,.0f}/s  median {self.median * 1e6:>7.0f} µs  p95 {self.p95 * 1e6:>7.0f} µs"
            f"  CPU {self.cpu * 1e6:>6.0f} µs{ratio}"
        )


def bare(folder: Path, leaf: bytes, count: int) -> Timing:
    """Commits of one row of the same bytes, WAL and synchronous=FULL, nothing else."""
    database = apsw.Connection(str(folder / "bare.db"))
    database.execute("PRAGMA journal_mode=WAL").fetchall()
    database.execute("PRAGMA synchronous=FULL").fetchall()
    database.execute("CREATE TABLE log (position INTEGER PRIMARY KEY, leaf BLOB NOT NULL)").fetchall()

    def commit(_number: int) -> None:
        database.execute("BEGIN IMMEDIATE").fetchall()
        database.execute("INSERT INTO log (leaf) VALUES (?)", (leaf,)).fetchall()
        database.execute("COMMIT").fetchall()

    # The engine's store allocates its WAL when it opens; a WAL that has to grow would make the bare commit look slow.
    for number in range(count):
        commit(number)
    database.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    found = Timing("bare SQLite commit (FULL, WAL allocated)", commit, count)
    database.close()
    return found


def started(folder: Path, size: int, name: str) -> tuple[cf.Engine, cf.Campaign]:
    """A campaign of so many tasks, in its phase."""
    engine = cf.Engine(f"sqlite:///{folder / name}.db")
    campaign = engine.start(plan_of(size))
    campaign.enter(PHASE)
    return engine, campaign


def commands(folder: Path, size: int, count: int) -> Timing:
    """One command a commit."""
    engine, campaign = started(folder, size, f"engine-{size}")
    with engine:
        for number in range(20):
            campaign.do("task.start", f"t{number}")
        names = [f"t{20 + number % (size - 20)}" for number in range(count)]
        return Timing(f"engine, one command a commit, {size:,} items", lambda n: act(campaign, names[n], n), count)


def act(campaign: cf.Campaign, task: str, number: int) -> None:
    """A command that is always legal: a progress report."""
    campaign.do("task.report", task, progress=f"{number % 100}%")


def batches(folder: Path, count: int) -> Timing:
    """A hundred commands a commit."""
    engine, campaign = started(folder, 100, "batch")

    def batch(number: int) -> None:
        with engine.batch():
            for place in range(100):
                act(campaign, f"t{place}", number + place)

    with engine:
        batch(0)
        return Timing("engine, 100 commands a commit", batch, max(5, count // 100), each=100)


def main() -> None:
    """Run all, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=None, help="a folder on the disk to measure")
    parser.add_argument("--commands", type=int, default=2000)
    parser.add_argument("--sizes", default="100,10000,100000")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        engine, campaign = started(folder, 100, "sample")
        leaf = next(iter(engine.store.log(campaign.loaded.head.number))).leaf
        engine.close()
        floor = bare(folder, leaf, options.commands)
        floor.show()
        batches(folder, options.commands).show(floor.rate)
        rows = [commands(folder, int(size), options.commands) for size in options.sizes.split(",")]
        for row in rows:
            row.show(floor.rate)
        growth = rows[-1].median / rows[0].median
        print(f"a command among the most items costs {growth:.2f} times what it costs among the fewest")
        print(f"a bare commit takes {floor.median * 1e6:.0f} µs here (median)")


if __name__ == "__main__":
    main()

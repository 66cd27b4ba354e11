"""Threads and processes on one store: one outcome for one id, no lost update, nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from campaignflow.engine import Engine, VirtualClock
from campaignflow.plan.model import Plan


def in_children(*works: Callable[[], object]) -> None:
    """Run each in a forked child at the same time; all must come through."""
    children = []
    for work in works:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * len(children)


def test_two_engines_see_each_others_commits(file_url: str, open_engine: Callable[..., Engine], plan: Plan) -> None:
    one, other = open_engine(file_url), open_engine(file_url)
    here, there = one.start(plan), other.campaign("spring-clean")
    here.mobilize()
    there.task("kick-off").submit()
    here.task("kick-off").verify()
    assert there.task("kick-off").state == "verified"
    assert there.loaded.state == here.loaded.state
    assert there.loaded.tree == here.loaded.tree


def test_threads_that_race_lose_no_update(file_url: str, open_engine: Callable[..., Engine], plan: Plan) -> None:
    engine = open_engine(file_url)
    campaign = engine.start(plan)
    campaign.mobilize()
    before, failures = campaign.version, list[BaseException]()

    def work(name: str) -> None:
        try:
            for number in range(25):
                campaign.task("kick-off").report(progress=f"{number}%", next=name, command_id=f"{name}-{number}")
                campaign.task("leaflets").report(progress=f"{number}%", command_id=f"shared-{number}")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert campaign.version == before + 3 * 25 + 25


def test_processes_with_the_same_ids_have_one_outcome_each(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(file_url)
    campaign = engine.start(plan)
    campaign.mobilize()
    before = campaign.version

    def work() -> None:
        outcomes = [campaign.task("kick-off").report(progress=f"{n}%", command_id=f"r-{n}") for n in range(30)]
        assert all(len(outcome.events) == 1 for outcome in outcomes)

    in_children(work, work, work)
    assert campaign.version == before + 30
    assert [event.seq for event in campaign.events()] == list(range(1, before + 31))


def test_a_timer_fires_once_in_two_processes(
    file_url: str, open_engine: Callable[..., Engine], clock: VirtualClock, plan: Plan
) -> None:
    engine = open_engine(file_url)
    campaign = engine.start(plan)
    campaign.mobilize()
    clock.advance("2026-04-09T00:00:00+08:00")
    in_children(engine.tick, engine.tick, lambda: campaign.task("leaflets").done(command_id="x"))
    overdue = [event for event in campaign.events() if event.type == "task.overdue"]
    assert [event.item for event in overdue] == ["kick-off"]


def test_what_was_acknowledged_survives_kill_9(file_url: str, open_engine: Callable[..., Engine], plan: Plan) -> None:
    engine = open_engine(file_url)
    engine.start(plan).mobilize()
    engine.close()
    for _ in range(4):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            campaign = open_engine(file_url).campaign("spring-clean")
            while True:
                outcome = campaign.task("kick-off").report(progress="1%")
                os.write(writer, outcome.version.to_bytes(8, "big"))
        os.close(writer)
        acknowledged = [os.read(reader, 8) for _ in range(11)]
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while more := os.read(reader, 8):
            acknowledged.append(more)
        os.close(reader)
        survivor = open_engine(file_url)
        found = survivor.campaign("spring-clean")
        assert found.version - int.from_bytes(acknowledged[-1], "big") in (0, 1)
        assert found.task("kick-off").state == "ready"
        survivor.close()


def test_a_child_forked_while_a_thread_holds_the_engine_goes_its_own_way(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(file_url)
    campaign = engine.start(plan)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with engine.batch():
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    in_children(lambda: campaign.state)
    release.set()
    thread.join()
    assert campaign.mobilize().version == campaign.version

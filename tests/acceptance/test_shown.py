"""What the first issue says must be shown, through the public interface alone."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import campaignflow as cf

EXAMPLES = Path(__file__).parents[2] / "examples"
CITY = EXAMPLES / "civilised-city" / "1-city.yaml"
FILL = EXAMPLES / "civilised-city" / "1-city.fill.yaml"
SCENARIO = EXAMPLES / "civilised-city" / "1-city.scenario.yaml"


def run(*words: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    command = [sys.executable, "-c", "from campaignflow.cli import main; main()", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=120, check=False
    )


def test_the_smallest_campaign_runs_as_written() -> None:
    plan = cf.Plan("spring-clean", phases=[
        cf.Phase("mobilize", tasks=[cf.Task("kick-off")]),
        cf.Phase("advance",  tasks=[cf.Task("sweep", needs=["kick-off"])], gate="findings.open == 0"),
        cf.Phase("evaluate", gate="value('cleanliness') >= 85", on_fail=cf.back_to("advance")),
    ], indicators=[cf.Indicator("cleanliness")])  # fmt: skip
    campaign = cf.Engine().start(plan)
    campaign.enter("mobilize")
    campaign.task("kick-off").done()
    campaign.enter("advance")
    assert campaign.state == "advance"
    assert [task.id for task in campaign.tasks(state="ready")] == ["sweep"]


SMALL = """
campaignflow: 1
plan: small
timezone: Asia/Shanghai
units:
  leading-group: {members: {head: Li Wei, deputy: Wang Fang}}
  city-office: {reports-to: leading-group}
phases:
  mobilize:
    window: 2026-04-01/2026-04-07
    tasks: {kick-off: {owners: [city-office], evidence: [minutes]}}
    gate: "tasks.required_open == 0"
  advance: {window: 2026-04-08/2026-06-15, gate: "met('awareness')"}
indicators:
  awareness: {measure: rate, owner: city-office, target: ">= 80%"}
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[cf.Engine, cf.Campaign, cf.VirtualClock]]:
    (tmp_path / "plan.yaml").write_text(SMALL, "utf-8")
    clock = cf.VirtualClock("2026-04-01T09:00:00+08:00")
    with cf.Engine(f"sqlite:///{tmp_path}/drive.db", clock=clock) as engine:
        plan = cf.Plan.load(tmp_path / "plan.yaml")
        yield engine, engine.start(plan, id="city-2026", by="leading-group"), clock


def test_the_engine_example(small: Any, tmp_path: Path) -> None:
    engine, campaign, clock = small
    (tmp_path / "minutes.pdf").write_bytes(b"minutes")
    campaign.enter("mobilize", by="leading-group")
    campaign.task("kick-off").submit(by="city-office", evidence=[cf.File(tmp_path / "minutes.pdf")])
    campaign.task("kick-off").verify(by="leading-group")
    assert "window" in {each.guard for each in campaign.why_not("advance", by="leading-group")}
    clock.advance("2026-04-08T09:00:00+08:00")
    assert campaign.why_not("advance", by="leading-group") == ()
    campaign.enter("advance", by="leading-group")
    campaign.measure("awareness", k=412, n=500, by="city-office")
    campaign.settle(by="leading-group")
    assert campaign.state == "accepted"
    assert engine.document(campaign.items("document")[0].fields["sha256"]) == b"minutes"
    assert campaign.verify().ok


REFUSALS: list[tuple[str, Callable[[Any], Any], type[cf.CampaignflowError], str]] = [
    (
        "verified by the unit that did it",
        lambda c: c.task("kick-off").verify(by="city-office"),
        cf.NotAllowed,
        "a unit above the owner's verifies",
    ),
    ("gate not met", lambda c: c.settle(by="city-office"), cf.NotAllowed, "only who moves phase mobilize"),
    ("phase skipped", lambda c: c.enter("advance", by="leading-group"), cf.OutOfOrder, "opens on 2026-04-08"),
    ("no actor", lambda c: c.enter("advance"), cf.ActorRequired, "give by="),
    ("unknown command", lambda c: c.do("task.submitt", "kick-off", by="city-office"), cf.BadCommand, "task.submit"),
    (
        "a binary float",
        lambda c: c.measure("awareness", value=0.1, by="city-office"),
        cf.BadCommand,
        "binary float",
    ),
    (
        "command id reused",
        lambda c: c.task("kick-off").return_(by="leading-group", command_id="once"),
        cf.CommandIdReused,
        "used before",
    ),
]


@pytest.mark.parametrize(("what", "act", "kind", "words"), REFUSALS, ids=[each[0] for each in REFUSALS])
def test_a_refusal_leaves_every_table_as_it_was(
    small: Any, what: str, act: Callable[[Any], Any], kind: type[cf.CampaignflowError], words: str
) -> None:
    engine, campaign, _ = small
    campaign.enter("mobilize", by="leading-group", command_id="once")
    campaign.task("kick-off").submit(by="city-office", evidence=["minutes.pdf"])
    before, state = list(engine.store.dump()), campaign.loaded.state
    with pytest.raises(kind, match=words):
        act(campaign)
    assert list(engine.store.dump()) == before
    assert campaign.loaded.state is state


def test_why_not_speaks_in_words(small: Any) -> None:
    _, campaign, clock = small
    campaign.enter("mobilize", by="leading-group")
    clock.advance("2026-04-08T09:00:00+08:00")
    (objection,) = campaign.why_not("advance", by="leading-group")
    assert objection.guard == "gate"
    assert "tasks.required_open is 1" in objection.text


def test_a_misspelt_fact_is_found_when_the_plan_is_read() -> None:
    with pytest.raises(cf.PlanError) as caught:
        cf.Plan.from_text(SMALL.replace("tasks.required_open", "tasks.requird_open"))
    (problem,) = caught.value.problems
    assert problem.code == "CF402"
    assert problem.place.line == 12
    assert "required_open" in problem.hint


def test_importing_costs_at_most_twice_its_four_packages() -> None:
    ours, theirs = "import campaignflow", "import transitions, pluggy, attrs, structlog"
    script = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"

    def once(what: str) -> float:
        done = subprocess.run([sys.executable, "-c", script.format(what)], capture_output=True, text=True, check=True)
        return float(done.stdout)

    once(ours), once(theirs)
    pairs = [(once(ours), once(theirs)) for _ in range(7)]
    assert statistics.median(a / b for a, b in pairs) <= 2


def test_check_lists_every_gap_with_its_place_and_start_refuses_in_words(tmp_path: Path) -> None:
    done = run("check", CITY, "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["files"]
    gaps = {problem["path"] for problem in found["problems"] if problem["severity"] == "gap"}
    assert {"year", "given.pass-mark", "units.leading-group.members.head", "scorecards.city-standard.items"} <= gaps
    assert all(problem["line"] and problem["column"] for problem in found["problems"])
    assert {each["path"] for each in found["unresolved"]} == gaps
    refused = run("start", CITY, "--id", "city", cwd=tmp_path)
    assert refused.returncode == 1
    assert "given.pass-mark is not known yet" in refused.stderr
    started = run("start", CITY, "--fill", FILL, "--id", "city", "--json", cwd=tmp_path)
    assert json.loads(started.stdout) == {"campaign": "city", "state": "planned", "version": 1}


def test_the_same_seed_gives_the_same_bytes_under_two_hash_seeds(tmp_path: Path) -> None:
    logs, results = [], []
    for seed in ("1", "2"):
        store = tmp_path / f"{seed}.db"
        assert run("play", SCENARIO, "--keep", store, "--json", PYTHONHASHSEED=seed).returncode == 0
        logs.append(run("audit", "export", "civilised-city-100-days", "--store", f"sqlite:///{store}").stdout)
        done = run(
            "simulate", CITY, "--fill", FILL, "-n", "6", "--seed", "3", "--jobs", "1", "--json", PYTHONHASHSEED=seed
        )
        results.append({key: value for key, value in json.loads(done.stdout).items() if key != "seconds"})
    assert logs[0] == logs[1] != ""
    assert results[0] == results[1]

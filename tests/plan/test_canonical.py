"""The canonical form: a plan's hash, and the way back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignflow.plan.model as cf
from campaignflow.plan.values import Unresolved

DATA = Path(__file__).parent / "data"
SMALLEST, LADDER, TREE = ((DATA / f"{name}.yaml").read_text("utf-8") for name in ("smallest", "ladder", "tree"))
TEXTS = {"smallest": SMALLEST, "ladder": LADDER, "tree": TREE}


@pytest.mark.parametrize("name", TEXTS)
def test_reading_it_back_gives_an_equal_plan(name: str) -> None:
    plan = cf.Plan.from_text(TEXTS[name])
    again = cf.Plan.from_canonical(plan.canonical())
    assert again == plan
    assert again.canonical() == plan.canonical()
    assert again.hash == plan.hash
    assert len(plan.hash) == 64


def test_python_and_yaml_give_the_same_hash() -> None:
    built = cf.Plan(
        "spring-clean",
        phases=[
            cf.Phase("mobilize", tasks=[cf.Task("kick-off")]),
            cf.Phase("advance", tasks=[cf.Task("sweep", needs=["kick-off"])], gate="findings.open == 0"),
            cf.Phase("evaluate", gate="value('cleanliness') >= 85", on_fail=cf.back_to("advance")),
        ],
        indicators=[cf.Indicator("cleanliness")],
    )
    read = cf.Plan.from_text(SMALLEST)
    assert built == read
    assert built.hash == read.hash


def hash_of(text: str) -> str:
    return cf.Plan.from_text("campaignflow: 1\nplan: p\n" + text).hash


def test_writing_a_default_places_and_comments_change_nothing() -> None:
    bare = hash_of("tasks: {t: {}}")
    assert hash_of("# a comment\ntasks:\n  t: {weight: 1.0, in-person: false}\nschedule: forward\n") == bare
    assert hash_of("tasks: [t]") == bare
    assert hash_of("tasks: {t: {title: T}}") != bare
    assert hash_of("tasks: {t: {source: '1'}}") != bare
    assert hash_of("tasks: {t: {required: false}}") != bare


def test_order_counts_where_it_means_something() -> None:
    assert hash_of("phases: [a, b]") != hash_of("phases: [b, a]")
    one = "rules: {r: {event: task.overdue, do: {cite: root, kind: praise, public: true}}}"
    other = "rules: {r: {event: task.overdue, do: {public: true, cite: root, kind: praise}}}"
    assert hash_of(one) == hash_of(other)


def test_gaps_come_back() -> None:
    plan = cf.Plan(
        "p",
        year=Unresolved(),
        units={"a": {"members": {"head": None}}},
        tasks={"t": None, "u": {"owners": [Unresolved()], "weight": Unresolved(None, "advance")}},
        phases=["advance"],
        given={"fee": "20xx年", "more": Unresolved("xxx")},
        scorecards={"s": {"items": None}},
    )
    again = cf.Plan.from_canonical(plan.canonical())
    assert again == plan
    assert [gap.path for gap in again.unresolved] == [gap.path for gap in plan.unresolved]
    assert again.hash == plan.hash


def test_the_hash_is_the_same_in_every_process() -> None:
    code = "import sys, campaignflow.plan.model as cf; print(cf.Plan.load(sys.argv[1]).hash)"
    found = {
        subprocess.run(
            [sys.executable, "-c", code, DATA / "ladder.yaml"],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {cf.Plan.from_text(LADDER).hash + "\n"}


IDS = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
WINDOWS = ["2026-04-01/2026-04-07", "4月1日—4月7日", "by 20 April", "9月底", "accepted/+3d"]
RECURRENCES = ["week on fri", ["month on 22", "day"], {"every": "workday", "holidays": "skip"}]
LASTING = ["2d", {"low": "1d", "likely": "2d", "high": "5d"}, {"one-of": {"2d": 0.5, "10d": 0.5}}]
TASKS = st.builds(
    dict,
    weight=st.decimals(0, 1000, places=2),
    title=st.none() | st.text("ab 任务", min_size=1, max_size=8) | st.just({"en": "Task", "zh": "任务"}),
    window=st.none() | st.sampled_from(WINDOWS),
    every=st.none() | st.sampled_from(RECURRENCES),
    duration=st.none() | st.sampled_from(LASTING),
    key=st.none() | st.booleans(),
    evidence=st.lists(IDS, max_size=2, unique=True),
    within=st.none() | st.just("3d") | st.just(Unresolved()),
)


@given(st.dictionaries(IDS, st.dictionaries(IDS, TASKS, max_size=3), max_size=3), st.integers(1950, 2100))
def test_any_plan_comes_back(phases: dict[str, dict[str, dict[str, object]]], year: int) -> None:
    built = [
        cf.Phase(name, tasks=[cf.Task(f"{name}-{task}", **keys) for task, keys in tasks.items()])
        for name, tasks in phases.items()
    ]
    plan = cf.Plan("p", year=year, phases=built)
    again = cf.Plan.from_canonical(plan.canonical())
    assert again == plan
    assert again.hash == plan.hash
    assert attrs.evolve(plan).hash == plan.hash

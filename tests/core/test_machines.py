"""Machine and value agree, names of a plan are only names, and nothing is shared that threads could spoil."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.core.builtin import BUILTIN, RESUMABLE
from campaignflow.core.lifecycle import OR_ELSE, LifeClock, Lifecycle, LifeState, Trigger, build
from campaignflow.core.machines import Mover
from campaignflow.core.phases import PhaseMachine, PhaseTree

NASTY = [
    "os.system", "before", "after", "prepare", "model", "state", "states", "trigger", "events", "initial", "to_open",
    "on_enter_open", "is_open", "may_open", "add_model", "__class__", "*", "=", "self", ":", "a/b", "a_b", "a-b", "",
    "chosen", "开放",
]  # fmt: skip


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Any lifecycle over a few states and triggers, with names a machine could stumble over."""
    names = draw(st.lists(st.sampled_from(NASTY), min_size=1, max_size=6, unique=True))
    triggers = draw(st.lists(st.sampled_from(NASTY), min_size=1, max_size=5, unique=True))
    anywhere = st.sampled_from(names)
    states = {}
    for name in names:
        leaving = draw(
            st.dictionaries(st.sampled_from(triggers), st.lists(anywhere, min_size=1, max_size=3), max_size=4)
        )
        states[name] = LifeState(
            name,
            {trigger: tuple(Trigger(trigger, name, target) for target in to) for trigger, to in leaving.items()},
            or_else=draw(st.none() | anywhere),
        )
    clocks = draw(
        st.lists(st.builds(LifeClock, st.just("c"), st.lists(anywhere).map(tuple), st.none(), anywhere), max_size=1)
    )
    return build("thing", states, clocks=clocks)


@given(lifecycles())
def test_machine_and_value_agree_on_every_state_trigger_and_target(life: Lifecycle) -> None:
    mover = Mover(life)
    for state in (*life.states, "nowhere"):
        for trigger in (*life.triggers, OR_ELSE, "unheard-of"):
            targets = {move.target for move in life.candidates(state, trigger)}
            assert bool(targets) == (life.illegal(state, trigger, by_engine=True) is None)
            for target in (*life.states, "nowhere"):
                assert mover.move(state, trigger, target) == (target if target in targets else None)


def test_names_of_a_plan_are_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(os, "system", called.append)
    ring = {name: dict.fromkeys(NASTY, after) for name, after in zip(NASTY, NASTY[1:] + NASTY[:1], strict=True)}
    mover = Mover(build("thing", ring))
    for name, after in pairwise(NASTY):
        assert mover.move(name, "os.system", after) == after
        assert mover.move(name, "to_open", after) == after
    assert called == []


def test_the_caller_chooses_among_candidates() -> None:
    mover = Mover(BUILTIN["task"])
    assert [mover.move("blocked", "unblock", was) for was in RESUMABLE] == list(RESUMABLE)
    assert mover.move("blocked", "unblock", "verified") is None


@pytest.mark.parametrize("register", BUILTIN)
def test_the_whole_table_of_each_built_in_lifecycle(register: str) -> None:
    life = BUILTIN[register]
    mover = Mover(life)
    made = {
        (state, trigger, target)
        for state in life.states
        for trigger in life.triggers
        for target in life.states
        if mover.move(state, trigger, target) is not None
    }
    assert made == {(move.source, move.name, move.target) for state in life.states for move in life.moves(state)}


def test_threads_share_one_machine() -> None:
    mover = Mover(build("thing", {"a": {"go": "b", "stay": "a"}, "b": {"go": "a"}}))
    phases = PhaseMachine(TREE)
    first, second = phases.leaves[:2]

    def work(_: int) -> bool:
        return all(
            mover.move("a", "go", "b") == "b"
            and mover.move("b", "stay", "b") is None
            and phases.move(first, "enter", second) == second
            and phases.move(second, "suspend", "suspended") == "suspended"
            and phases.move("planned", "end", "accepted") is None
            for _ in range(200)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


# --------------------------------------------------------------------------------------------------------------- phases
TREE: PhaseTree = [
    ("mobilize", []),
    ("2026", [("stage-1", []), ("stage-2", [("deep", [])])]),
    ("a_b", []),
    ("part/live", []),
    ("model", [("planned", [])]),
]
IDS = st.sampled_from(
    ["live", "phases", "a", "a_b", "a-b", "%2F", "*", "=", "before", "model", "os.system", "x/y", ":x"]
)
FORESTS = st.recursive(
    st.just([]),
    lambda inner: st.lists(st.tuples(IDS, inner), max_size=4, unique_by=lambda pair: pair[0]),
    max_leaves=8,
)


def test_leaves_are_the_paths_in_order() -> None:
    leaves = ("mobilize", "2026/stage-1", "2026/stage-2/deep", "a_b", "part/live", "model/planned")
    assert PhaseMachine(TREE).leaves == leaves


@given(FORESTS)
def test_phase_machine_and_its_rules_agree(tree: PhaseTree) -> None:
    machine = PhaseMachine(tree)
    states = ("planned", *machine.leaves, "suspended", "accepted", "not_accepted", "aborted", "nowhere")
    for state in states:
        possible = set(machine.moves(state))
        for trigger in ("enter", "send_back", "end", "suspend", "resume", "abort", "to_live", "before"):
            legal = any(name == trigger for name, _ in possible)
            assert (machine.illegal(state, trigger) is None) == legal
            for target in states:
                expected = target if (trigger, target) in possible else None
                assert machine.move(state, trigger, target) == expected


def test_a_suspended_campaign_resumes_where_the_caller_says_it_was() -> None:
    machine = PhaseMachine(TREE)
    assert machine.move("2026/stage-1", "suspend", "suspended") == "suspended"
    assert machine.move("suspended", "resume", "2026/stage-1") == "2026/stage-1"
    assert machine.move("suspended", "abort", "aborted") == "aborted"


def test_a_phase_can_be_entered_again_and_sent_back_to_itself() -> None:
    machine = PhaseMachine(TREE)
    assert machine.move("2026/stage-1", "send_back", "2026/stage-1") == "2026/stage-1"
    assert machine.move("2026/stage-2/deep", "send_back", "2026/stage-1") == "2026/stage-1"


def test_words_of_refusal() -> None:
    machine = PhaseMachine(TREE)
    assert machine.illegal("accepted", "enter") == (
        "only a campaign that is planned or in a phase can enter one; it is accepted (it has ended)"
    )
    assert "it is in phase a_b (possible: enter, send_back, end, suspend, abort)" in str(
        machine.illegal("a_b", "resume")
    )
    assert "there is no 'fly'" in str(machine.illegal("planned", "fly"))


def test_a_phase_that_reads_like_a_state_of_the_campaign_is_refused() -> None:
    with pytest.raises(ValueError, match="accepted is a state of the campaign"):
        PhaseMachine([("accepted", [])])

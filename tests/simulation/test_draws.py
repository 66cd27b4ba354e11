"""Addressed draws: the published vectors, and what addressing promises."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from campaignflow.errors import SimulationError
from campaignflow.simulation.draws import Draws, Purpose, address, philox

# Random123, kat_vectors: counter, key, output of philox4x32 with 10 rounds.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
KNOWN_ADDRESSES = [13020603013274838756, 16353357371478926953, 5678766898242597378, 6506766596758414390]
KNOWN_DRAW = float.fromhex("0x1.89f7583326b89p-1")


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS)
def test_published_vectors(counter: str, key: str, output: str) -> None:
    a, b, c, d = words(counter)
    k, m = words(key)
    assert philox((a, b, c, d), (k, m)) == words(output)


@given(
    seed=st.integers(0, 2**64 - 1),
    replication=st.integers(0, 2**32 - 1),
    item=st.text(),
    index=st.integers(0, 2**24 - 1),
)
def test_a_draw_is_a_function_of_its_address(seed: int, replication: int, item: str, index: int) -> None:
    item = item.encode(errors="replace").decode()
    first = Draws(seed, replication).uniform(item, Purpose.DURATION, index)
    Draws(seed, replication).uniform(item, Purpose.PASS, index)
    assert first == Draws(seed, replication).uniform(item, Purpose.DURATION, index)
    assert 0 < first < 1
    assert first * 2**54 == int(first * 2**54)


def test_every_part_of_the_address_counts() -> None:
    addresses = list(product((0, 1, 2**32), (0, 1), ("a", "b"), (Purpose.DURATION, Purpose.PASS), (0, 1)))
    numbers = {Draws(seed, run).uniform(item, purpose, index) for seed, run, item, purpose, index in addresses}
    assert len(numbers) == len(addresses)


def test_the_address_of_a_name_never_changes() -> None:
    assert [address(name) for name in ("", "kick-off", "round@2026-04-10", "动员大会")] == KNOWN_ADDRESSES
    assert Draws(7, 3).uniform("kick-off", Purpose.DURATION, 1) == KNOWN_DRAW


def test_another_process_with_another_hash_seed_draws_the_same() -> None:
    code = (
        "from campaignflow.simulation.draws import *; print(Draws(7, 3).uniform('kick-off', Purpose.DURATION, 1).hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {KNOWN_DRAW.hex()}


@pytest.mark.parametrize("axis", ["replication", "item", "index"])
def test_draws_are_uniform_along_every_axis(axis: str) -> None:
    numbers = [
        Draws(2026, number if axis == "replication" else 0).uniform(
            f"task-{number}" if axis == "item" else "task", Purpose.DURATION, number if axis == "index" else 0
        )
        for number in range(5_000)
    ]
    assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    assert abs(stats.pearsonr(numbers[:-1], numbers[1:]).statistic) < 0.06


@pytest.mark.parametrize(
    ("seed", "replication", "index", "word"),
    [(-1, 0, 0, "seed"), (2**64, 0, 0, "seed"), (0, 2**32, 0, "replication"), (0, 0, 2**24, "index")],
)
def test_what_does_not_fit_into_the_address_is_refused(seed: int, replication: int, index: int, word: str) -> None:
    with pytest.raises(SimulationError, match=word):
        Draws(seed, replication).uniform("task", Purpose.DURATION, index)

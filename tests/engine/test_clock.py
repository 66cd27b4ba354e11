"""Clocks."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from campaignflow.engine import SystemClock, VirtualClock
from campaignflow.errors import SimulationError

START = "2026-04-01T09:00:00+08:00"


def test_the_system_clock_stands_still_while_the_computers_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before = clock.now()
    assert before > 1_700_000_000_000_000
    earlier = time.time_ns() - 3_600_000_000_000
    monkeypatch.setattr("campaignflow.engine.clock.time.time_ns", lambda: earlier)
    assert clock.now() == before
    assert 3_590_000_000 < clock.skew < 3_610_000_000
    assert not clock.virtual


def test_a_virtual_clock_stands_until_it_is_moved() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == 1_775_005_200_000_000
    clock.advance(timedelta(hours=1))
    assert clock.at.isoformat() == "2026-04-01T10:00:00+08:00"
    clock.advance("2026-04-02T00:00:00+00:00")
    assert clock.at == datetime.fromisoformat("2026-04-02T08:00:00+08:00")
    assert clock.virtual


@pytest.mark.parametrize("to", [timedelta(microseconds=-1), "2026-04-01T08:59:59+08:00"])
def test_time_runs_forwards_only(to: timedelta | str) -> None:
    clock = VirtualClock(START)
    with pytest.raises(SimulationError, match="forwards only"):
        clock.advance(to)
    assert clock.at.isoformat() == START


def test_an_instant_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="offset"):
        VirtualClock("2026-04-01T09:00:00")

"""One finished campaign, played once: plan 1 of the examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import campaignflow as cf

SCENARIO = Path(__file__).parents[2] / "examples" / "civilised-city" / "1-city.scenario.yaml"


@pytest.fixture(scope="session")
def finished() -> Iterator[cf.Campaign]:
    played = cf.play(cf.Scenario.load(SCENARIO))
    with played.engine:
        yield played.campaign


@pytest.fixture(scope="session")
def outlook(finished: cf.Campaign) -> cf.Results:
    return cf.simulate(finished.plan, 4, 7)

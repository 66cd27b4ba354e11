"""Simulation: the same plan on a virtual clock, once by a script or a thousand times by chance."""

from __future__ import annotations

from campaignflow.simulation.montecarlo import forecast, simulate
from campaignflow.simulation.play import Played, play
from campaignflow.simulation.player import Expectation
from campaignflow.simulation.results import Proportion, Results, TaskResult
from campaignflow.simulation.scenario import Scenario, Step

__all__ = [
    "Expectation",
    "Played",
    "Proportion",
    "Results",
    "Scenario",
    "Step",
    "TaskResult",
    "forecast",
    "play",
    "simulate",
]

"""The forecast that a report shows: from the present state of a running campaign, of the plan for one that has ended."""

from __future__ import annotations

from campaignflow.core.state import ENDED
from campaignflow.engine import Campaign
from campaignflow.errors import SimulationError
from campaignflow.simulation import Results, forecast, simulate

__all__ = ["outlook"]


def outlook(campaign: Campaign, replications: int) -> Results | None:
    """A Monte Carlo run for the report; None where none was asked for or the plan cannot be simulated."""
    if replications < 1:
        return None
    try:
        if campaign.loaded.state.status in ENDED:
            return simulate(campaign.plan, replications)
        return forecast(campaign, replications)
    except SimulationError:
        return None

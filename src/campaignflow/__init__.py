"""One plan, three uses: run a campaign for real, simulate it, and prove afterwards what happened.

>>> import campaignflow as cf
>>> plan = cf.Plan("spring-clean", phases=[
...     cf.Phase("mobilize", tasks=[cf.Task("kick-off")]),
...     cf.Phase("advance", tasks=[cf.Task("sweep", needs=["kick-off"])], gate="findings.open == 0"),
... ])
>>> campaign = cf.Engine().start(plan)
>>> campaign.enter("mobilize").version
3
>>> campaign.task("kick-off").done().events[-1].type
'task.verified'

Everything public is here; the modules behind it may change. Simulation, reports and the command line load when they are
first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from campaignflow._version import __version__
from campaignflow.errors import (
    ActorRequired,
    AuditError,
    BadCommand,
    CampaignExists,
    CampaignflowError,
    CampaignNotFound,
    CommandIdReused,
    ConflictError,
    GateNotMet,
    GuardRefused,
    IllegalMove,
    MissingExtra,
    NotAllowed,
    OutOfOrder,
    PlanError,
    PluginError,
    Refused,
    SimulationError,
    StoreError,
    VersionConflict,
)

if TYPE_CHECKING:
    from campaignflow.core.messages import AuditRecord, Move, Notification, Objection, ScoreItem, ScoringMethod
    from campaignflow.core.view import CampaignView
    from campaignflow.engine import Campaign, Engine, File, Outcome, SystemClock, VirtualClock
    from campaignflow.hooks.config import Secret
    from campaignflow.hooks.defaults import Console, JsonLines, Mailbox
    from campaignflow.hooks.installed import installed
    from campaignflow.hooks.settings import Settings
    from campaignflow.hooks.specs import hookimpl
    from campaignflow.hooks.values import DeliveryResult
    from campaignflow.plan.model import (
        Gate,
        Indicator,
        Phase,
        Plan,
        Register,
        Resource,
        Rule,
        Scorecard,
        Task,
        Unit,
        back_to,
        do,
    )
    from campaignflow.plan.problems import Problem
    from campaignflow.simulation import Scenario, forecast, play, simulate

_HOME = {
    **dict.fromkeys(["Plan", "Phase", "Task", "Gate", "Unit", "Resource", "Register", "Indicator"], "plan.model"),
    **dict.fromkeys(["Scorecard", "Rule", "back_to", "do"], "plan.model"),
    "Problem": "plan.problems",
    **dict.fromkeys(["Engine", "Campaign", "Outcome", "File", "SystemClock", "VirtualClock"], "engine"),
    **dict.fromkeys(
        ["AuditRecord", "Move", "Notification", "Objection", "ScoreItem", "ScoringMethod"], "core.messages"
    ),
    "CampaignView": "core.view",
    **dict.fromkeys(["Console", "JsonLines", "Mailbox"], "hooks.defaults"),
    "DeliveryResult": "hooks.values",
    "hookimpl": "hooks.specs",
    "installed": "hooks.installed",
    "Secret": "hooks.config",
    "Settings": "hooks.settings",
    **dict.fromkeys(["Scenario", "play", "simulate", "forecast"], "simulation"),
}
"""Public name → the module it lives in; each loads when it is first asked for."""

__all__ = [
    "ActorRequired",
    "AuditError",
    "AuditRecord",
    "BadCommand",
    "Campaign",
    "CampaignExists",
    "CampaignNotFound",
    "CampaignView",
    "CampaignflowError",
    "CommandIdReused",
    "ConflictError",
    "Console",
    "DeliveryResult",
    "Engine",
    "File",
    "Gate",
    "GateNotMet",
    "GuardRefused",
    "IllegalMove",
    "Indicator",
    "JsonLines",
    "Mailbox",
    "MissingExtra",
    "Move",
    "NotAllowed",
    "Notification",
    "Objection",
    "OutOfOrder",
    "Outcome",
    "Phase",
    "Plan",
    "PlanError",
    "PluginError",
    "Problem",
    "Refused",
    "Register",
    "Resource",
    "Rule",
    "Scenario",
    "ScoreItem",
    "Scorecard",
    "ScoringMethod",
    "Secret",
    "Settings",
    "SimulationError",
    "StoreError",
    "SystemClock",
    "Task",
    "Unit",
    "VersionConflict",
    "VirtualClock",
    "__version__",
    "back_to",
    "do",
    "forecast",
    "hookimpl",
    "installed",
    "play",
    "simulate",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'campaignflow' has no attribute {name!r}")
    found = getattr(import_module(f"campaignflow.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)

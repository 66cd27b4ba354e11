"""The shell: one engine runs campaigns in a store, under a clock, with plugins."""

from __future__ import annotations

from campaignflow.engine.campaign import Campaign, Outcome
from campaignflow.engine.clock import Clock, SystemClock, VirtualClock
from campaignflow.engine.dossier import File
from campaignflow.engine.engine import Engine, TickResult
from campaignflow.engine.ids import new_command_id
from campaignflow.engine.items import FindingHandle, ItemHandle, TaskHandle
from campaignflow.engine.outbox import DeadLetter, Retry
from campaignflow.engine.queries import Change

__all__ = [
    "Campaign",
    "Change",
    "Clock",
    "DeadLetter",
    "Engine",
    "File",
    "FindingHandle",
    "ItemHandle",
    "Outcome",
    "Retry",
    "SystemClock",
    "TaskHandle",
    "TickResult",
    "VirtualClock",
    "new_command_id",
]

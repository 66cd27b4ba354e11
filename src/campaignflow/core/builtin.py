"""The lifecycles that come built in, written down as values.

What follows from a move (a finding for each "no", an overdue event, a notification) is no part of them: that is the
business of commands and rules. Who may make a move, unless a value names the engine, is the business of authority.
"""

from __future__ import annotations

from collections.abc import Mapping

from campaignflow.core.freeze import FrozenDict
from campaignflow.core.lifecycle import ENGINE, Lifecycle, Trigger, build, listed

__all__ = ["BUILTIN", "RESUMABLE", "TASK_ENDS"]

TASK_ENDS: Mapping[str, str] = FrozenDict({"waive": "waived", "cancel": "cancelled", "carry": "carried"})
"""How a task ends other than by being verified: trigger → state. Legal from every state that is no end."""

RESUMABLE: tuple[str, ...] = ("planned", "ready", "in_progress", "returned")
"""The states in which a task can be blocked, and to one of which `unblock` brings it back.

The lifecycle lists all of them as targets of `unblock`; which one it is, the caller chooses: the state that the item
was in before it was blocked, which its history holds.
"""


def _task() -> Lifecycle:
    block = {"block": "blocked"}
    return build(
        "task",
        {
            "planned": {"ready": _by_engine("ready", "planned", "ready"), **block, **TASK_ENDS},
            "ready": {"start": "in_progress", "submit": "submitted", **block, **TASK_ENDS},
            "in_progress": {"submit": "submitted", **block, **TASK_ENDS},
            "submitted": {"verify": "verified", "return": "returned", **TASK_ENDS},
            "returned": {"start": "in_progress", **block, **TASK_ENDS},
            "blocked": {"unblock": RESUMABLE, **TASK_ENDS},
            # A send-back whose `on-fail` lists the task takes it up again; `ready` then follows as the first time.
            "verified": {"redo": _by_engine("redo", "verified", "planned")},
        },
        ends=["verified"],
    )


def _by_engine(name: str, source: str, target: str) -> Trigger:
    return Trigger(name, source, target, by=ENGINE)


BUILTIN: Mapping[str, Lifecycle] = FrozenDict(
    {
        "task": _task(),
        "finding": build(
            "finding",
            {
                "open": {"start": "correcting", "correct": "corrected"},
                "correcting": {"correct": "corrected"},
                "corrected": {"close": "closed", "reopen": "open"},
            },
        ),
        "citation": build(
            "citation",
            {
                "issued": {"reply": "replied", "withdraw": "withdrawn"},
                "replied": {"close": "closed", "withdraw": "withdrawn"},
            },
        ),
        "inspection": build("inspection", {"passed": {}, "failed": {}}, starts_in=["passed", "failed"]),
        "measurement": build("measurement", {"taken": {"dispute": "disputed"}, "disputed": {"uphold": "upheld"}}),
        "score": build("score", {"taken": {}}),
        "document": build("document", {"filed": {}}),
        "unit": listed("unit"),
    }
)
"""Register → lifecycle, for the registers that come built in. A plan may replace one under `registers:`."""

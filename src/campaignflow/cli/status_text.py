"""The status of a campaign for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from campaignflow.cli.output import console, say
from campaignflow.core.view import CampaignView
from campaignflow.hooks.defaults import one_line

__all__ = ["show_status"]


def show_status(view: CampaignView, status: Mapping[str, Any]) -> None:
    """Print where a campaign stands: phase, tasks, findings, scores, what is overdue."""
    title = str(view.plan.title) if view.plan.title is not None else view.plan.id
    say(f"{view.id}: {title}", "bold")
    say(f"state {status['state']}, round {status['round']}, {view.version} events, {view.now:%Y-%m-%d %H:%M %Z}")
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for column in ("", "total", "open", "overdue"):
        table.add_column(column, justify="left" if not column else "right")
    for name in ("tasks", "findings"):
        counts = status[name]
        table.add_row(name, *(str(counts.get(key, 0)) for key in ("total", "open", "overdue")))
    console.print(table)
    for card, score in status["scores"].items():
        value = "pending" if score["value"] is None else str(score["value"])
        say(f"score {card}: {value}" + (f" ({score['grade']})" if score["grade"] else ""))
    for entry in status["overdue"]:
        say(f"overdue: {one_line(_shown(entry))}", "red")


def _shown(entry: Any) -> str:
    if isinstance(entry, Mapping):
        return " ".join(str(value) for value in entry.values())
    return str(entry)

"""The live timeline of a played scenario: what happens, as it happens on the virtual clock."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from campaignflow.core.events import Event
from campaignflow.hooks.defaults import one_line
from campaignflow.plan.model import Plan
from campaignflow.simulation.session import Session

__all__ = ["Timeline"]

_STYLES = {
    "campaign": "bold green",
    "phase": "bold cyan",
    "finding": "yellow",
    "citation": "magenta",
    "score": "bold",
    "measurement": "blue",
}
_QUIET = frozenset({"rule.waiting", "rule.acted", "task.planned", "score.due", "phase.opens", "phase.closes"})


class Timeline:
    """Prints each event once, with its local time, in one line."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._console, self._seen, self._day = console, 0, ""
        self._plan = plan

    def __call__(self, session: Session) -> None:
        """Print what is new."""
        for event in session.after(self._seen):
            self._seen = event.seq
            if event.type not in _QUIET:
                self._line(session, event)

    def _line(self, session: Session, event: Event) -> None:
        when = session.compiled.when(event.at)
        day = f"{when:%d %b}"
        shown = day if day != self._day else " " * len(day)
        self._day = day
        style = _STYLES.get(event.type.partition(".")[0], "")
        style = "red" if event.type.endswith((".overdue", ".failed", ".sent_back", ".refused", ".returned")) else style
        line = Text(f"{shown}  {when:%H:%M}  ")
        line.append(f"{event.type:<22}", style=style)
        line.append(f" {one_line(self._what(session, event))}")
        line.append(f"  {one_line(event.by)}", style="dim")
        self._console.print(line)

    def _what(self, session: Session, event: Event) -> str:
        data, fields = event.data, event.data.get("fields", {})
        if event.type == "task.ready":
            return ", ".join(map(str, data["items"][:4])) + (" …" if len(data["items"]) > 4 else "")
        if event.type.startswith("finding."):
            item = session.state.item("finding", event.item)
            about = f"{item.fields.get('unit', '')}: {item.fields.get('problem', '')}" if item else ""
            return f"{event.item} {about}"
        if event.type == "citation.issued":
            return f"{fields['kind']} {fields['number']} to {fields['unit']}"
        if event.type == "score.taken":
            value = fields.get("value", "pending")
            return f"{fields['scorecard']} {fields.get('of', '')} {value} {fields.get('grade', '')}"
        if event.type == "measurement.taken":
            reading = f"{fields['k']} of {fields['n']}" if "n" in fields else fields.get("value", "")
            return f"{fields['indicator']} {fields.get('of', '')} {reading}"
        if event.type == "notification.queued":
            return "to " + ", ".join(map(str, data["recipients"][:4]))
        if event.type == "phase.sent_back":
            return f"{event.item} back to {data['to']}, round {data['round']}"
        if event.type == "phase.failed":
            return f"{event.item}: {'; '.join(map(str, data['reasons']))}"
        return event.item

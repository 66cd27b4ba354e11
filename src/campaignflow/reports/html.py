"""The report of a campaign: one HTML page that needs nothing else, for the screen, the phone and paper.

The page holds no script and asks for nothing from outside; its content security policy forbids both, whatever a title
or a text of the campaign says. It depends on the campaign alone: the same campaign at the same instant gives the same
page, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import frozen

from campaignflow.audit.merkle import Frontier
from campaignflow.core.events import Event
from campaignflow.core.state import ENDED
from campaignflow.core.view import CampaignView
from campaignflow.errors import MissingExtra
from campaignflow.plan.values import Text
from campaignflow.reports import figures, sections
from campaignflow.reports.gantt import chart_of
from campaignflow.reports.history import visits_of
from campaignflow.reports.names import Names, number
from campaignflow.reports.tables import scored_for, status_of

if TYPE_CHECKING:
    from jinja2 import Template

    from campaignflow.engine import Campaign
    from campaignflow.simulation.results import Results

__all__ = ["render_report"]


def render_report(
    campaign_or_view: Campaign | CampaignView,
    *,
    events: Iterable[Event] | None = None,
    forecast: Results | None = None,
    language: str = "en",
) -> str:
    """The report of a campaign as the text of an HTML page.

    Args:
        campaign_or_view: a campaign of an engine, or a view of one.
        events: its events; a campaign's own are read where none are given. A view without events has no list of
            notifications, and of each phase only the last visit.
        forecast: what a simulation says; shown if given.
        language: of titles and of the report's own words (`en`, `zh`); titles in other languages fall back.

    Raises:
        MissingExtra: Jinja2 is not installed.
    """
    template = _template()
    view, listed, proof = _read(campaign_or_view, events)
    names = Names(view, language)
    return template.render(_page(names, listed, proof, forecast))


@lru_cache(maxsize=1)
def _template() -> Template:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtra("report", "the HTML report") from None
    environment = Environment(
        loader=PackageLoader("campaignflow.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return environment.get_template("report.html.j2")


@frozen
class _Proof:
    size: int
    root: str


def _read(
    source: Campaign | CampaignView, events: Iterable[Event] | None
) -> tuple[CampaignView, tuple[Event, ...] | None, _Proof | None]:
    if isinstance(source, CampaignView):
        return source, None if events is None else tuple(events), None
    frontier = Frontier.from_bytes(source.loaded.head.frontier)
    listed = tuple(source.events() if events is None else events)
    return source.view, listed, _Proof(frontier.size, frontier.root.hex())


def _page(
    names: Names, events: tuple[Event, ...] | None, proof: _Proof | None, forecast: Results | None
) -> dict[str, Any]:
    """Everything that the template lays out."""
    visits, known = visits_of(names.view, events), events or ()
    return {
        "lang": names.language,
        "w": names.words,
        "title": names.title(names.view.plan),
        "subtitles": _subtitles(names),
        "state": names.state(names.view.state),
        "tone": {"accepted": "good", "not_accepted": "bad", "aborted": "bad"}.get(names.view.held.status, "warn"),
        "facts": list(_facts(names)),
        "proof": list(_proofs(names, proof)),
        "tiles": list(_tiles(names)),
        "chart": chart_of(names, visits),
        "attention": sections.overdue(names),
        "phases": sections.phases(names, visits),
        "tasks": list(sections.tasks(names)),
        "findings": sections.findings(names, known),
        "citations": sections.citations(names),
        "indicators": figures.indicators(names),
        "scores": list(figures.score_sheets(names)),
        "registers": list(sections.registers(names)),
        "resources": sections.resources(names),
        "dossier": sections.dossier(names),
        "notifications": sections.notifications(names, known),
        "forecast": None if forecast is None else figures.outlook(names, forecast),
    }


def _subtitles(names: Names) -> list[tuple[str, str]]:
    """The plan's title in its other languages."""
    title = names.view.plan.title
    if not isinstance(title, Text):
        return []
    shown = title.get(names.language)
    return [(each, title.get(each)) for each in title.languages if title.get(each) != shown]


def _facts(names: Names) -> Iterable[tuple[str, str]]:
    view, words = names.view, names.words
    yield words["campaign"], view.id
    yield words["round"], str(view.round)
    if view.held.started:
        yield words["started"], names.instant(view.held.started)
    if view.held.accepted is not None:
        yield words["accepted"], names.instant(view.held.accepted)
    note = f" ({words['virtual']})" if view.held.virtual else ""
    yield words["as_of"], f"{names.moment(view.now)}{note}"
    yield words["zone"], str(view.plan.timezone)
    yield words["calendar"], view.compiled.calendar.name


def _proofs(names: Names, proof: _Proof | None) -> Iterable[tuple[str, str]]:
    words = names.words
    yield words["plan"], names.view.plan.id
    yield words["plan_hash"], names.view.held.plan_hash
    yield words["events"], str(names.view.version if proof is None else proof.size)
    if proof is not None:
        yield words["root"], proof.root


def _tiles(names: Names) -> Iterable[dict[str, str]]:
    view, words, status = names.view, names.words, status_of(names.view)
    tasks, found = status["tasks"], status["findings"]
    total, done = tasks["total"], tasks["total"] - tasks["open"]
    late = _overdue_note(names, tasks["overdue"])
    yield _tile(words["tasks"], f"{done}/{total}", late, "bad" if tasks["overdue"] else "")
    note = _overdue_note(names, found["overdue"]) or (words["late_n"].format(n=found["late"]) if found["late"] else "")
    yield _tile(words["findings"], str(found["total"]), " · ".join(filter(None, [_open(names, found["open"]), note])))
    met, targets = figures.targets(names)
    if targets:
        yield _tile(
            words["indicators"], str(met), words["targets_met"].format(n=targets), "" if met == targets else "bad"
        )
    yield from _score_tiles(names)
    citations = len(view.items("citation"))
    yield _tile(words["citations"], str(citations), "")
    documents = view.items("document")
    held = sum("sha256" in item.fields for item in documents)
    yield _tile(words["documents"], str(len(documents)), words["with_content"].format(n=held))
    if view.held.started:
        until = view.instant if view.held.status not in ENDED else _last_instant(view)
        yield _tile(words["elapsed"], str(-(-(until - view.held.started) // 86_400_000_000)), "")


def _score_tiles(names: Names) -> Iterable[dict[str, str]]:
    for key, found in scored_for(names.view):
        card = names.view.plan.scorecards.get(key)
        if card is not None:
            value = number(found.value, 2) if isinstance(found.value, Decimal) else "–"
            yield _tile(names.title(card), value, f"{names.words['grade']} {found.grade}" if found.grade else "")


def _last_instant(view: CampaignView) -> int:
    ends = list(view.held.left.values()) + ([view.held.accepted] if view.held.accepted is not None else [])
    return max(ends, default=view.instant)


def _tile(label: str, value: str, note: str, tone: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "tone": tone}


def _overdue_note(names: Names, count: int) -> str:
    return names.words["overdue_n"].format(n=count) if count else ""


def _open(names: Names, count: int) -> str:
    return names.words["open_n"].format(n=count)

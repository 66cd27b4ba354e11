"""Indicators, scores with their working, and the forecast, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from campaignflow.core.measures import Measured
from campaignflow.core.state import Item
from campaignflow.core.working import Step, Working
from campaignflow.plan.expressions import Unknown
from campaignflow.plan.model import Indicator, Scorecard, ScoreNode, Selection
from campaignflow.reports.cells import Cell, Table, cell, limited
from campaignflow.reports.names import Names, number, share

if TYPE_CHECKING:
    from campaignflow.simulation.results import Results, TaskResult

__all__ = ["Outlook", "ScoreSheet", "indicators", "outlook", "score_sheets", "targets"]


# ---------------------------------------------------------------------------------------------------------- indicators
def indicators(names: Names) -> Table:
    """Every indicator as it stands: value, interval, target."""
    entries = [(each, of) for each in names.view.plan.indicators.values() for of in _of(names, each)]
    head = ("indicator", "value", "interval", "target", "outcome", "measured")
    return limited(names, names.words["indicators"], head, entries, lambda entry: _indicator_row(names, *entry))


def targets(names: Names) -> tuple[int, int]:
    """How many indicators with a target meet it, and how many have one."""
    verdicts = [_met(names, each, "") for each in names.view.plan.indicators.values() if each.target is not None]
    return sum(verdict is True for verdict in verdicts), len(verdicts)


def _of(names: Names, element: Indicator | Scorecard) -> list[str]:
    if not isinstance(element.for_each, Selection):
        return [""]
    each = [ref.id for ref in names.view.facts.measures.selected(element.for_each)]
    return ["", *each] if isinstance(element, Indicator) else each


def _met(names: Names, indicator: Indicator, of: str) -> bool | Unknown:
    return Unknown.of("target") if indicator.target is None else names.view.met(indicator.id, of)


def _indicator_row(names: Names, indicator: Indicator, of: str) -> Iterator[Cell]:
    found = names.view.facts.measures.measured(indicator.id, of)
    known = found if isinstance(found, Measured) else None
    title = names.title(indicator)
    yield cell(f"{title} · {names.party(of)}" if of else title, "long", note="" if of else indicator.id)
    yield (
        cell(_value(known), "num", note=_counted(names, known))
        if known
        else cell(names.words["unknown"], "num", "quiet")
    )
    yield cell(_interval(names, known), "num")
    yield cell(_target(names, indicator), "mono")
    verdict = _met(names, indicator, of)
    if indicator.target is None:
        yield cell("")
    elif isinstance(verdict, Unknown):
        yield cell(names.words["unknown"], tone="quiet")
    else:
        yield cell(names.words["met" if verdict else "unmet"], tone="good" if verdict else "bad")
    yield cell(
        names.instant(known.at) if known and known.at is not None else names.words["computed"] if known else "", "date"
    )


def _target(names: Names, indicator: Indicator) -> str:
    target = names.view.held.filled.get(f"indicators.{indicator.id}.target", indicator.target)
    return target if isinstance(target, str) else ""


def _value(found: Measured) -> str:
    return share(found.value) if found.is_rate else number(found.value)


def _counted(names: Names, found: Measured | None) -> str:
    if found is None or found.k is None or found.n is None:
        return ""
    return names.words["of_n"].format(k=number(found.k), n=number(found.n))


def _interval(names: Names, found: Measured | None) -> str:
    if found is None or found.lower is None or found.upper is None:
        return ""
    return names.words["from_to"].format(a=share(found.lower), b=share(found.upper))


# -------------------------------------------------------------------------------------------------------------- scores
@frozen
class ScoreSheet:
    """One score with its working.

    Attributes:
        title: what was scored. value, grade, rank, when: the result; `value` empty while it waits. tone: of the value.
        pending: what it waits for. table: the working, a row for each item.
    """

    title: str
    value: str
    grade: str
    rank: str
    when: str
    tone: str
    pending: str
    table: Table


def score_sheets(names: Names) -> Iterator[ScoreSheet]:
    """Every score that was taken, in order of time within its scorecard; what was not taken yet as it stands."""
    taken = names.view.items("score")
    for card in names.view.plan.scorecards.values():
        mine = [item for item in taken if item.fields.get("scorecard") == card.id]
        latest = {str(item.fields.get("of", "")): item.id for item in mine}
        yield from (_taken(names, card, item, latest[str(item.fields.get("of", ""))] == item.id) for item in mine)
        had = {each.partition("/")[2] for each in latest}
        yield from (_provisional(names, card, of) for of in _of(names, card) if of not in had)


def _taken(names: Names, card: Scorecard, item: Item, last: bool) -> ScoreSheet:
    fields, words = item.fields, names.words
    of = str(fields.get("of") or "")
    rank = words["rank"].format(rank=fields["rank"], ranked=fields.get("ranked", "")) if fields.get("rank") else ""
    period = str(fields.get("period") or "")
    title = " · ".join(filter(None, [names.title(card), names.reference(of) if of else "", period]))
    return ScoreSheet(
        title,
        number(Decimal(fields["value"])) if fields.get("value") is not None else "",
        str(fields.get("grade") or ""),
        rank,
        names.instant(item.created) + ("" if last else f" · {words['earlier']}"),
        "" if last else "quiet",
        "",
        _working_table(names, card, Working.from_data(fields["working"]), title),
    )


def _provisional(names: Names, card: Scorecard, of: str) -> ScoreSheet:
    found = names.view.score(card.id, of)
    title = f"{names.title(card)} · {names.party(of)}" if of else names.title(card)
    pending = f"{names.words['waits']} {', '.join(found.pending[:6])}" if found.pending else ""
    value = "" if found.value is None else number(found.value)
    when = names.words["not_taken"]
    return ScoreSheet(
        title, value, found.grade or "", "", when, "quiet", pending, _working_table(names, card, found.working, title)
    )


def _working_table(names: Names, card: Scorecard, working: Working, title: str) -> Table:
    rows = [(node, depth, model) for node, depth, model in _nodes(working, card, 0)]
    head = ("item", "base", "steps", "score", "weight", "contribution", "why")
    return limited(names, title, head, rows, lambda row: _node_row(names, *row))


def _nodes(working: Working, model: Any, depth: int) -> Iterator[tuple[Working, int, Any]]:
    yield working, depth, model
    for part in working.parts:
        known = getattr(model, "items", None)
        inner: ScoreNode | None = known.get(part.item.rpartition("/")[2]) if known is not None else None
        yield from _nodes(part, inner, depth + 1)


def _node_row(names: Names, node: Working, depth: int, model: Any) -> Iterator[Cell]:
    last = node.item.rpartition("/")[2]
    yield cell(names.title(model, last) if model is not None else last, "long", depth=depth)
    yield cell("" if node.base is None else number(node.base), "num")
    yield cell("\n".join(_step(step) for step in node.steps), "long")
    state = node.status if node.value is None else ""
    yield cell(names.state(state) if state else number(node.value or Decimal(0)), "num", "warn" if state else "strong")
    yield cell(number(node.weight), "num")
    yield cell("" if node.contribution is None else number(node.contribution), "num")
    yield cell(node.reason, "long", "quiet")


def _step(step: Step) -> str:
    sign = "+" if step.amount >= 0 else ""
    return f"{sign}{number(step.amount)} {step.kind}{' ' + step.id if step.id else ''}: {step.reason}"


# ------------------------------------------------------------------------------------------------------------ forecast
@frozen
class Outlook:
    """A forecast in words.

    Attributes:
        chance, interval, runs: of being on time. dates: (share of timelines, date). critical: the tasks, with bars.
        scores: what scores come to. assumed: what had to be assumed.
    """

    chance: str
    interval: str
    runs: str
    dates: tuple[tuple[str, str], ...]
    critical: tuple[tuple[str, str, str, str, str], ...]
    scores: Table
    assumed: tuple[str, ...]


def outlook(names: Names, results: Results, most: int = 8) -> Outlook:
    """What a Monte Carlo run says about this campaign or plan."""
    words, on_time = names.words, results.on_time
    dates = [(words[each], names.day(results.finish.get(each)) or words["never"]) for each in ("p50", "p80", "p95")]
    return Outlook(
        share(on_time.p, 0),
        words["on_time_of"].format(k=on_time.k, n=on_time.n, low=share(on_time.low, 0), high=share(on_time.high, 0)),
        words["runs"].format(
            n=results.replications, seed=results.seed, rounds=number(Decimal(str(round(results.rounds, 2))), 2)
        ),
        tuple(dates),
        tuple(_critical(names, task, result) for task, result in results.most_critical(most)),
        _score_ranges(names, results),
        results.assumed,
    )


def _critical(names: Names, task: str, result: TaskResult) -> tuple[str, str, str, str, str]:
    info = names.view.compiled.tasks.get(task)
    title = names.title(info.task) if info else task
    part = Decimal(str(result.criticality))
    return title, share(part, 0), f"{float(part) * 100:.1f}%", names.day(result.start_p50), names.day(result.finish_p50)


def _score_ranges(names: Names, results: Results) -> Table:
    def row(entry: tuple[str, tuple[Decimal, Decimal, Decimal]]) -> Iterator[Cell]:
        yield cell(names.title(names.view.plan.scorecards.get(entry[0]), entry[0]), "long")
        yield from (cell(number(each, 2), "num") for each in entry[1])

    return limited(
        names, names.words["score_range"], ("score", "low", "median", "high"), list(results.scores.items()), row
    )

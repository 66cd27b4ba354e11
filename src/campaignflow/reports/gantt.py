"""The timeline of a campaign as numbers for a drawing: planned windows against what happened, per phase and task.

Places along the time axis are percentages of the drawing's width, so that the page can be of any width.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from attrs import evolve, frozen

from campaignflow.core.compiled import PhaseInfo, TaskInfo
from campaignflow.core.counts import DONE
from campaignflow.core.state import Item
from campaignflow.plan.timemath import day_start, to_us
from campaignflow.reports.history import Visit
from campaignflow.reports.names import Names
from campaignflow.reports.words import MONTHS

__all__ = ["Bar", "Chart", "Mark", "Row", "chart_of"]

ROW = 24
AXIS = 46
DAY = 86_400_000_000
SEPARATE = 12
"""A task for each of more than so many units or items shares one row."""

_TONES = {
    "ready": "waiting",
    "in_progress": "working",
    "submitted": "checking",
    "returned": "halted",
    "blocked": "halted",
}


@frozen
class Bar:
    """A stretch of time. `start`, `end` in microseconds; `left`, `width` as drawn. hint: what it is, in words."""

    start: int
    end: int
    tone: str
    hint: str
    left: str = ""
    width: str = ""


@frozen
class Mark:
    """An instant: `at` in microseconds, `left` as drawn."""

    at: int
    tone: str
    hint: str
    left: str = ""
    level: int = 0


@frozen
class Row:
    """One line of the drawing: a phase, or a task of it."""

    label: str
    phase: bool
    planned: tuple[Bar, ...]
    actual: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    top: int = 0


@frozen
class Chart:
    """The drawing.

    Attributes:
        rows: from the top. ticks: the months, or weeks of a short campaign. lines: what runs through all rows.
        height: in pixels; each row is `ROW` high below an axis of `AXIS`.
    """

    rows: tuple[Row, ...]
    ticks: tuple[Mark, ...]
    lines: tuple[Mark, ...]
    height: int
    row: int = ROW
    axis: int = AXIS


def chart_of(names: Names, visits: Sequence[Visit]) -> Chart | None:
    """The timeline of a campaign; None while there is nothing that has a date."""
    rows = list(_rows(names, visits))
    lines = list(_lines(names, visits))
    instants = [at for row in rows for bar in (*row.planned, *row.actual) for at in (bar.start, bar.end)]
    instants += [mark.at for row in rows for mark in row.marks] + [line.at for line in lines]
    if not instants:
        return None
    scale = _Scale.around(min(instants), max(instants))
    placed = tuple(_placed(row, scale, AXIS + n * ROW) for n, row in enumerate(rows))
    ticks = tuple(evolve(tick, left=scale.left(tick.at)) for tick in _ticks(names, scale))
    return Chart(
        placed, ticks, _spread([evolve(x, left=scale.left(x.at)) for x in lines], scale), AXIS + len(rows) * ROW
    )


# ---------------------------------------------------------------------------------------------------------------- rows
def _rows(names: Names, visits: Sequence[Visit]) -> Iterator[Row]:
    compiled = names.view.compiled
    for info in compiled.phases.values():
        yield _phase_row(names, info, visits)
        if info.leaf:
            yield from _task_rows(names, info.path)
    if any(not task.phase for task in compiled.tasks.values()):
        yield from _task_rows(names, "")


def _phase_row(names: Names, info: PhaseInfo, visits: Sequence[Visit]) -> Row:
    title, view = names.phase(info.path), names.view
    mine = [each for each in visits if each.phase == info.path or each.phase.startswith(f"{info.path}/")]
    bars = []
    for visit in mine:
        end = visit.left if visit.left is not None else max(view.instant, visit.entered)
        when = f"{names.instant(visit.entered)} – {names.instant(visit.left) or '…'}"
        round_ = names.words["round_n"].format(n=visit.round)
        bars.append(
            Bar(visit.entered, end, "phase again" if visit.round > 1 else "phase", f"{title}, {round_}: {when}")
        )
    marks = [
        Mark(at, "fail", f"{title}: {names.words['fail']}, {names.instant(at)}") for v in mine for at, _ in v.failures
    ]
    return Row(title, True, _window(names, info.window, title), tuple(bars), tuple(marks))


def _window(names: Names, window: object, title: str) -> tuple[Bar, ...]:
    start, end = names.view.compiled.edges(window, names.view.held) if window is not None else (None, None)
    if start is None or end is None or end <= start:
        return ()
    shown = names.span(names.view.when(start), names.view.when(end))
    return (Bar(start, end, "planned", f"{title}, {names.words['window']}: {shown}"),)


def _task_rows(names: Names, phase: str) -> Iterator[Row]:
    held: dict[str, list[Item]] = {}
    for item in names.view.tasks():
        held.setdefault(str(item.fields["task"]), []).append(item)
    for info in names.view.compiled.tasks.values():
        if info.phase == phase:
            yield from _rows_of(names, info, held.get(info.id, []))


def _rows_of(names: Names, info: TaskInfo, items: list[Item]) -> Iterator[Row]:
    title = names.title(info.task)
    if info.recurrences:
        marks = tuple(mark for item in items for mark in _ended(names, item))
        yield Row(title, False, tuple(bar for item in items for bar in _occurrence(names, item)), (), marks)
    elif info.for_each is not None and 0 < len(items) <= SEPARATE:
        for item in items:
            yield _item_row(names, info, f"{names.which(item)} · {title}", [item])
    else:
        yield _item_row(names, info, title, items)


def _item_row(names: Names, info: TaskInfo, title: str, items: list[Item]) -> Row:
    bars = tuple(bar for item in items for bar in _stretches(names, item))
    marks = [mark for item in items for mark in _ended(names, item)]
    marks += [
        Mark(at, "due", f"{title}: {names.words['deadline'].format(when=names.deadline(at))}") for at in _dues(items)
    ]
    return Row(title, False, _window(names, info.window, title), bars, tuple(marks))


def _dues(items: Iterable[Item]) -> list[int]:
    return sorted({item.due for item in items if item.due is not None})


def _stretches(names: Names, item: Item) -> Iterator[Bar]:
    end = names.view.instant
    for stay in item.stays:
        tone = _TONES.get(stay.state)
        if tone is not None and end > stay.since:
            shown = f"{names.task(item)}, {names.state(stay.state)}: {names.instant(stay.since)} – {names.instant(end)}"
            yield Bar(stay.since, end, tone, shown)
        end = stay.since


def _ended(names: Names, item: Item) -> Iterator[Mark]:
    for stay in item.stays:
        if stay.state in DONE:
            hint = f"{names.task(item)}: {names.state(stay.state)}, {names.instant(stay.since)}"
            yield Mark(stay.since, "done" if stay.state == "verified" else "dropped", hint)


def _occurrence(names: Names, item: Item) -> Iterator[Bar]:
    start, end = item.fields.get("start"), item.fields.get("end")
    if isinstance(start, int) and isinstance(end, int) and end > start:
        yield Bar(start, end, "planned", f"{names.task(item)}: {names.words['window']}")


# --------------------------------------------------------------------------------------------------------------- lines
def _lines(names: Names, visits: Sequence[Visit]) -> Iterator[Mark]:
    view, words = names.view, names.words
    for visit, following in itertools.pairwise(visits):
        if visit.back_to:
            yield Mark(following.entered, "back", f"{words['round_n'].format(n=following.round)}")
    if view.held.accepted is not None:
        yield Mark(view.held.accepted, "accepted", words["acceptance_line"])
    elif view.held.started:
        yield Mark(view.instant, "now", words["today"])


def _spread(lines: list[Mark], scale: _Scale) -> tuple[Mark, ...]:
    """Captions that would lie on each other stand one below the other."""
    placed: list[Mark] = []
    for line in sorted(lines, key=lambda each: each.at):
        close = bool(placed) and line.at - placed[-1].at < scale.length // 7
        placed.append(evolve(line, level=(placed[-1].level + 1) % 2 if close else 0))
    return tuple(placed)


# --------------------------------------------------------------------------------------------------------------- scale
@frozen
class _Scale:
    start: int
    length: int

    @classmethod
    def around(cls, first: int, last: int) -> _Scale:
        margin = max(DAY, (last - first) // 50)
        return cls(first - margin, last - first + 2 * margin)

    def left(self, at: int) -> str:
        return f"{100 * (at - self.start) / self.length:.3f}%"

    def width(self, start: int, end: int) -> str:
        return f"{max(0.12, 100 * (end - start) / self.length):.3f}%"


def _placed(row: Row, scale: _Scale, top: int) -> Row:
    def bars(listed: tuple[Bar, ...]) -> tuple[Bar, ...]:
        return tuple(evolve(x, left=scale.left(x.start), width=scale.width(x.start, x.end)) for x in listed)

    marks = tuple(evolve(mark, left=scale.left(mark.at)) for mark in row.marks)
    return evolve(row, planned=bars(row.planned), actual=bars(row.actual), marks=marks, top=top)


def _ticks(names: Names, scale: _Scale) -> Iterator[Mark]:
    first = names.view.compiled.when(scale.start)
    last = names.view.compiled.when(scale.start + scale.length)
    days = scale.length // DAY
    step = next((months for most, months in ((550, 1), (1800, 3), (6000, 12)) if days <= most), 60)
    if days <= 45:
        yield from _weeks(names, first, last)
        return
    year, month = first.year, first.month
    while (at := day_start(date(year, month, 1), names.view.compiled.zone)) <= last:
        if at >= first and (month - 1) % min(step, 12) == 0 and (step <= 12 or year % 5 == 0):
            yield Mark(to_us(at), "tick", _month(names, at, step))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _month(names: Names, at: datetime, step: int) -> str:
    if step >= 12:
        return str(at.year)
    if names.chinese:
        return f"{at.year}年{at.month}月" if at.month == 1 else f"{at.month}月"
    return f"{MONTHS[at.month - 1]} {at.year}" if at.month == 1 else MONTHS[at.month - 1]


def _weeks(names: Names, first: datetime, last: datetime) -> Iterator[Mark]:
    day = first.date() + timedelta(days=-first.weekday() % 7)
    while (at := day_start(day, names.view.compiled.zone)) <= last:
        if at >= first:
            yield Mark(to_us(at), "tick", f"{day:%m-%d}" if names.chinese else f"{day.day} {MONTHS[day.month - 1]}")
        day += timedelta(days=7)

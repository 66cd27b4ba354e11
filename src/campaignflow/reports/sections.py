"""The tables of a report: phases, tasks, findings, citations, the plan's registers, resources, dossier, notifications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from campaignflow.core.events import Event
from campaignflow.core.freeze import decimal_text
from campaignflow.core.state import Item
from campaignflow.reports.cells import Cell, Table, cell, limited
from campaignflow.reports.history import Visit
from campaignflow.reports.names import Names, number

__all__ = [
    "citations",
    "dossier",
    "findings",
    "notifications",
    "overdue",
    "phases",
    "registers",
    "resources",
    "tasks",
]

BUILT_IN = frozenset({"task", "finding", "citation", "inspection", "measurement", "score", "document", "unit"})
"""Registers with a section of their own, or whose items other sections sum up."""

_QUIET_FIELDS = frozenset({"inspection", "subject", "task", "unit", "evidence"})


# -------------------------------------------------------------------------------------------------------------- phases
def phases(names: Names, visits: Sequence[Visit]) -> Table:
    """Every visit of every phase, then the phases nobody has entered yet."""
    seen = {visit.phase for visit in visits}
    waiting = [Visit(path, 0, 0) for path in names.view.compiled.leaves if path not in seen]
    head = ("phase", "round", "planned", "entered", "left", "late", "outcome")
    return limited(names, names.words["phases"], head, [*visits, *waiting], lambda visit: _visit_row(names, visit))


_DAY = 86_400_000_000


def _visit_row(names: Names, visit: Visit) -> Iterator[Cell]:
    info = names.view.compiled.phases.get(visit.phase)
    window = info.window if info else None
    start, end = names.view.window(window) if window is not None else (None, None)
    yield cell(names.phase(visit.phase), form="long")
    yield cell(str(visit.round or ""), "num")
    yield cell(names.span(start, end), "date")
    yield cell(
        names.instant(visit.entered) if visit.round else names.words["not_yet"], "date", "" if visit.round else "quiet"
    )
    yield cell(names.instant(visit.left), "date")
    until = visit.left if visit.left is not None else names.view.instant
    limit = None if end is None else int(end.timestamp()) * 1_000_000
    # A phase is left when the next one is entered, on the morning after its last day: that is no delay.
    late = visit.round > 0 and limit is not None and until - limit >= _DAY
    yield cell(names.days(until - limit) if late and limit is not None else "", "num", "bad" if late else "")
    yield _outcome(names, visit)


def _outcome(names: Names, visit: Visit) -> Cell:
    words = names.words
    note = "\n".join(f"{names.instant(at)}: {why}" for at, why in visit.failures)
    if visit.back_to:
        back = words["sent_back"].format(to=names.phase(visit.back_to))
        return cell(f"{words['failed']}, {back}", "wide", "bad", note)
    if visit.passed:
        return cell(words["passed"], "wide", "good", note)
    if visit.round and visit.left is None:
        return cell(words["active"], "wide", "warn", note)
    return cell(words["failed"] if visit.failures else "", "long", "bad" if visit.failures else "", note)


# --------------------------------------------------------------------------------------------------------------- tasks
def tasks(names: Names) -> Iterator[Table]:
    """The tasks of each phase, in the plan's order; recurring ones with all their occurrences."""
    order = {task: place for place, task in enumerate(names.view.compiled.tasks)}
    groups: dict[str, list[Item]] = {path: [] for path in (*names.view.compiled.leaves, "")}
    for item in names.view.tasks():
        info = names.view.compiled.tasks.get(str(item.fields["task"]))
        groups.setdefault(info.phase if info else "", []).append(item)
    head = ("task", "owner", "state", "due", "handed_in", "verified", "late")
    for path, items in groups.items():
        if items:
            items.sort(key=lambda item: order.get(str(item.fields["task"]), len(order)))
            title = names.phase(path) if path else names.words["whole"]
            yield limited(names, title, head, items, lambda item: _task_row(names, item))


def _task_row(names: Names, item: Item) -> Iterator[Cell]:
    handed, done = _last(item, "submitted"), item.since if item.state == "verified" else None
    yield cell(names.task(item), "long", note=_task_notes(names, item))
    yield cell(names.parties(names.view.owners(item)), "long")
    yield _state(names, item)
    yield cell(names.deadline(item.due), "date")
    yield cell(names.instant(handed), "date")
    yield cell(names.instant(done), "date")
    yield _lateness(names, item, handed if handed is not None else done)


def _task_notes(names: Names, item: Item) -> str:
    info, words = names.view.compiled.tasks.get(str(item.fields["task"])), names.words
    notes = [item.id]
    if info is not None:
        notes += [words["key"]] if info.key else []
        notes += [] if info.required else [words["optional"]]
    for state, via, word in (
        ("returned", "", "returned_n"),
        ("planned", "redo", "redone_n"),
        ("blocked", "", "blocked_n"),
    ):
        times = sum(stay.state == state and (not via or stay.via == via) for stay in item.stays)
        notes += [words[word].format(n=times)] if times else []
    return " · ".join(notes)


def _lateness(names: Names, item: Item, met: int | None) -> Cell:
    overdue = names.view.fact(item, "overdue") is True
    until = names.view.instant if overdue else met
    if item.due is not None and until is not None and until > item.due:
        tag = names.words["overdue"] if overdue else ""
        return cell(names.days(until - item.due), "num", "bad", tag)
    return cell(names.words["late_tag"] if item.late else "", "num", "warn" if item.late else "")


def _state(names: Names, item: Item) -> Cell:
    tones = {"verified": "good", "closed": "good", "returned": "bad", "blocked": "bad", "honoured": "good"}
    return cell(names.state(item.state), tone=tones.get(item.state, ""))


def _last(item: Item, state: str) -> int | None:
    return next((stay.since for stay in item.stays if stay.state == state), None)


# ------------------------------------------------------------------------------------------------- findings, citations
def overdue(names: Names) -> Table:
    """What is overdue by the clock of the view, the longest first."""

    def row(item: Item) -> Iterator[Cell]:
        task = item.register == "task"
        yield cell(
            names.task(item) if task else f"{names.register('finding')} {item.id}: {_problem(names, item)}", "long"
        )
        yield cell(names.parties(names.view.owners(item) if task else (item.fields.get("unit", ""),)), "long")
        yield cell(names.deadline(item.due), "date")
        yield cell(names.days(names.view.instant - (item.due or 0)), "num", "bad")

    items = names.view.overdue()
    return limited(names, names.words["attention"], ("item", "owner", "due", "late"), items, row)


def findings(names: Names, events: Iterable[Event]) -> Table:
    """Every finding with its course; one that was late shows the time limit that it missed."""
    missed = {event.item: event.data.get("due") for event in events if event.type == "finding.overdue"}

    def row(item: Item) -> Iterator[Cell]:
        ended = names.view.fact(item, "ended") is True
        yield cell(item.id, "num")
        yield cell(names.party(str(item.fields.get("unit", ""))), "long")
        yield cell(_problem(names, item), "long", note=_about(names, item))
        yield cell(names.instant(item.created), "date", note=names.party(item.opener))
        due = missed.get(item.id) if item.late else item.due
        yield cell(names.deadline(due if due is not None else item.due), "date")
        yield cell(names.instant(_last(item, "corrected")), "date")
        yield cell(names.instant(item.since) if ended else "", "date")
        yield _finding_state(names, item)
        yield cell(f"{item.nth}" if item.nth > 1 else "", "num", "warn" if item.nth > 1 else "")

    head = ("number", "unit", "problem", "opened", "due", "corrected", "closed", "state", "nth")
    return limited(names, names.words["findings"], head, names.view.items("finding"), row, inspections(names))


def inspections(names: Names) -> str:
    """How many inspections there were, in a sentence; empty when there was none."""
    items = names.view.items("inspection")
    failed = sum(item.state == "failed" for item in items)
    return names.words["inspections"].format(n=len(items), passed=len(items) - failed, failed=failed) if items else ""


def _finding_state(names: Names, item: Item) -> Cell:
    if names.view.fact(item, "overdue") is True:
        return cell(names.state(item.state), tone="bad", note=names.words["overdue"])
    base = _state(names, item)
    return cell(base.text, tone=base.tone, note=names.words["late_tag"] if item.late else "")


def _problem(names: Names, item: Item) -> str:
    """The problem in words: a checklist's item by its title."""
    problem = str(item.fields.get("problem", ""))
    task = names.view.task(str(item.fields.get("task", "")))
    info = names.view.compiled.tasks.get(str(task.fields["task"])) if task is not None else None
    line = info.task.checklist.get(problem) if info is not None else None
    return names.title(line, problem) if line is not None else problem


def _about(names: Names, item: Item) -> str:
    task = names.view.task(str(item.fields.get("task", "")))
    subject = str(item.fields.get("subject", ""))
    own = subject if subject != f"unit/{item.fields.get('unit', '')}" else ""
    return " · ".join(filter(None, [names.task(task) if task else "", names.reference(own) if own else ""]))


def citations(names: Names) -> Table:
    """Praise, criticism, accountability: to whom, what for, and the reply."""

    def row(item: Item) -> Iterator[Cell]:
        fields, kind = item.fields, str(item.fields.get("kind", ""))
        yield cell(str(fields.get("number", item.id)), "date")
        yield cell(names.state(kind), tone="good" if kind == "praise" else "bad")
        yield cell(names.party(str(fields.get("unit", ""))), "long")
        yield cell(names.text(fields.get("text")), "wide", note=names.party(item.opener))
        yield cell(names.instant(item.created), "date")
        due = fields.get("reply_due")
        note = f"{names.words['reply_due']}: {names.deadline(due)}" if isinstance(due, int) else ""
        yield cell(names.text(fields.get("reply")), "long", note=note)
        yield cell(names.state(item.state), note=names.words["public"] if fields.get("public") is True else "")

    head = ("number", "kind", "unit", "text", "issued", "reply", "state")
    return limited(names, names.words["citations"], head, names.view.items("citation"), row)


# ------------------------------------------------------------------------------------------------- the plan's registers
def registers(names: Names) -> Iterator[Table]:
    """The items of each register that the plan itself declares."""
    for register in names.view.plan.registers:
        items = names.view.items(register)
        if register not in BUILT_IN and items:
            yield _register(names, register, items)


def _register(names: Names, register: str, items: Sequence[Item]) -> Table:
    model = names.view.plan.registers[register]
    fields = list(model.fields)

    def row(item: Item) -> Iterator[Cell]:
        yield cell(names.title(model.items.get(item.id), item.id), "long")
        yield from (cell(_field(names, register, each, item.fields.get(each)), "long") for each in fields)
        yield _state(names, item)
        course = " → ".join(
            f"{names.state(stay.state)} {names.instant(stay.since)}" for stay in reversed(list(item.stays))
        )
        yield cell(course, "long", "quiet")

    heads = [names.title(model.fields[each], each.replace("-", " ").capitalize()) for each in fields]
    return limited(names, names.register(register), ("item", *heads, "state", "course"), items, row)


def _field(names: Names, register: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(_field(names, register, name, each) for each in value)
    kind = str(names.view.plan.registers[register].fields[name].type)
    if kind == "date" and isinstance(value, int):
        return names.instant(value)
    return names.party(str(value)) if kind in {"unit", "member"} else names.text(value)


def resources(names: Names) -> Table:
    """What was received and used."""

    def row(entry: tuple[str, tuple[str, str]]) -> Iterator[Cell]:
        resource = names.view.plan.resources.get(entry[0])
        yield cell(names.title(resource, entry[0]))
        yield from (cell(number(Decimal(each)), "num") for each in (entry[1][1], entry[1][0]))

    stock = sorted(names.view.held.stock.items())
    return limited(names, names.words["resources"], ("resource", "received", "used"), stock, row)


# ------------------------------------------------------------------------------------------------- dossier, notifications
def dossier(names: Names) -> Table:
    """Every document with the hash of its content, if the content is held."""

    def row(item: Item) -> Iterator[Cell]:
        fields = item.fields
        yield cell(names.text(fields.get("name")) or item.id, "long", note=item.id)
        task, under = names.view.task(str(fields.get("task", ""))), str(fields.get("under", ""))
        yield cell(names.task(task) if task else names.reference(under) if "/" in under else under, "long")
        yield cell(names.party(str(fields.get("by", item.opener))), "long")
        yield cell(names.instant(item.created), "date")
        sha, size = str(fields.get("sha256", "")), fields.get("size")
        yield cell(sha or names.words["not_held"], "mono" if sha else "", "" if sha else "quiet", _size(size))

    items = names.view.items("document")
    return limited(names, names.words["dossier"], ("document", "for", "by", "filed", "content"), items, row)


def _size(size: Any) -> str:
    return f"{number(Decimal(size), 0)} B" if isinstance(size, int) and not isinstance(size, bool) else ""


def notifications(names: Names, events: Iterable[Event]) -> Table:
    """How many notifications were queued, by what made them."""
    counted: dict[str, list[int]] = {}
    for event in events:
        if event.type == "notification.queued":
            entry = counted.setdefault(_template(names, event.data), [0, 0])
            entry[0] += 1
            entry[1] += len(event.data.get("recipients", ()))

    def row(entry: tuple[str, list[int]]) -> Iterator[Cell]:
        yield cell(entry[0], "long")
        yield from (cell(decimal_text(Decimal(each)), "num") for each in entry[1])

    listed = sorted(counted.items(), key=lambda entry: (-entry[1][0], entry[0]))
    return limited(names, names.words["notifications"], ("message", "sent", "recipients"), listed, row)


def _template(names: Names, data: Mapping[str, Any]) -> str:
    template = str(data.get("template", ""))
    if template.startswith("rule:"):
        return names.party(template)
    return names.register("citation") if template.startswith("citation/") else template

"""Commands that judge: inspecting, finding, measuring, marking, scoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from campaignflow.core.authority import ancestors, object_unless, root_or
from campaignflow.core.documents import file_documents
from campaignflow.core.draft import Draft
from campaignflow.core.forms import mapping_of, number_of
from campaignflow.core.freeze import decimal_text
from campaignflow.core.measured import answers_of, selected
from campaignflow.core.move import find_item, pull, require
from campaignflow.core.move_item import repeats
from campaignflow.core.parties import owners_of, unit_of
from campaignflow.core.readiness import each_of
from campaignflow.core.scores import take_score
from campaignflow.core.state import ENDED, Item
from campaignflow.plan.expressions import Ref
from campaignflow.plan.model import ChecklistItem, Indicator, Inspect, Scorecard, ScoreNode, Selection
from campaignflow.plan.values import Duration, parse_duration

__all__ = ["assess_commands"]


def _live(draft: Draft) -> None:
    if draft.state.status in ENDED or draft.state.status == "suspended":
        draft.object("lifecycle", f"the campaign is {draft.state.state}")


# ----------------------------------------------------------------------------------------------------------- inspections
def _inspect(draft: Draft) -> None:
    _live(draft)
    item = find_item(draft, "task", draft.command.item)
    info = draft.compiled.tasks.get(str(item.fields["task"])) if item else None
    if item is None or info is None or not isinstance(info.task.inspect, Inspect):
        if item is not None:
            draft.object("form", f"task {item.id} is no inspection: it has no `inspect`")
        require(draft, "inspect", "task", draft.command.item, "", "")
        return
    object_unless(draft, owners_of(draft.compiled, draft.state, item), "the owner of the inspection inspects", item)
    if item.state not in {"ready", "in_progress", "returned"}:
        draft.object(
            "lifecycle", f"inspection {item.id} is {item.state}: it is made while the task is ready or in progress"
        )
    subject = _subject(draft, item, info.task.inspect)
    answers = _answers(draft, info.task.checklist)
    require(draft, "inspect", "task", item.id, item.state, item.state)
    if subject is not None:
        _record(draft, item, info.task.checklist, subject, answers)


def _subject(draft: Draft, item: Item, inspect: Inspect) -> Ref | None:
    raw = str(draft.command.fields.get("subject", ""))
    allowed = _subjects(draft, item, inspect)
    register, mark, ident = raw.partition("/")
    for ref in allowed:
        if (mark and ref.register == register and ref.id == ident) or (not mark and ref.id == raw):
            if _inspected(draft, item, ref):
                draft.object("form", f"{raw} was inspected in {item.id} already")
            return ref
    shown = ", ".join(str(ref) for ref in allowed[:12]) or "nothing"
    draft.object("form", f"{raw!r} is not what {item.id} looks at; that is {shown}")
    return None


def _inspected(draft: Draft, item: Item, ref: Ref) -> bool:
    return draft.state.count(f"nth|inspection|{item.id}|{ref}") > 0


def _subjects(draft: Draft, item: Item, inspect: Inspect) -> list[Ref]:
    each = each_of(item)
    if not isinstance(inspect.of, Selection):
        return []
    if inspect.of.register == "each":
        return [each] if each else []
    return selected(draft.standing(each=each), inspect.of, for_each=False)


def _answers(draft: Draft, checklist: Mapping[str, ChecklistItem]) -> Mapping[str, str]:
    answers = {str(key): _yes_no(value) for key, value in mapping_of(draft, "answers").items()}
    for question, answer in sorted(answers.items()):
        if question not in checklist:
            draft.object(
                "form", f"the checklist has no question {question!r}; it asks {', '.join(checklist) or 'nothing'}"
            )
        elif answer not in {"yes", "no", "not-applicable"}:
            draft.object("form", f"{question} is answered {answer!r}; answers are yes, no, not-applicable")
    for question in checklist:
        if question not in answers:
            draft.object("form", f"the question {question!r} has not been answered")
    return answers


def _yes_no(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _record(
    draft: Draft, item: Item, checklist: Mapping[str, ChecklistItem], subject: Ref, answers: Mapping[str, str]
) -> None:
    asked = [q for q in checklist.values() if answers[q.id] != "not-applicable"]
    no = [q for q in asked if answers[q.id] == "no"]
    weights = sum((Decimal(q.weight) for q in asked), Decimal(0))  # type: ignore[arg-type]  # gaps are refused at start
    good = sum((Decimal(q.weight) for q in asked if q not in no), Decimal(0))  # type: ignore[arg-type]  # as above
    state = "failed" if any(q.required is not False for q in no) else "passed"
    fields = {
        "task": item.id,
        "subject": str(subject),
        "at": draft.at,
        "asked": len(asked),
        "no": len(no),
        "share": decimal_text(good / weights) if weights else "1",
        "answers": dict(answers),
    }
    if draft.command.fields.get("text"):
        fields["text"] = str(draft.command.fields["text"])
    if item.state != "in_progress":
        draft.change(item, "in_progress", "start")
    data = {"fields": fields, "result": state, "repeats": f"{item.id}|{subject}", "nth": 1}
    made = draft.emit(f"inspection.{state}", draft.number("inspection"), data)
    for question in no:
        _open(draft, subject, question.id, {"task": item.id, "inspection": made.item}, item)


def _open(draft: Draft, subject: Ref, problem: str, more: Mapping[str, Any], task: Item | None = None) -> None:
    unit = more.get("unit") or _unit_of_subject(draft, subject, task)
    fields = {"subject": str(subject), "unit": unit or None, "problem": problem, **more}
    known = {name: value for name, value in fields.items() if value is not None}
    model = draft.compiled.plan.registers.get("finding")
    names = tuple(str(n) for n in model.repeats_by) if model is not None and model.repeats_by else ("unit", "problem")
    data = {"fields": known, **repeats(draft, "finding", names, known)}
    draft.emit(f"finding.{draft.compiled.lifecycles['finding'].initial}", draft.number("finding"), data)


def _unit_of_subject(draft: Draft, subject: Ref, task: Item | None) -> str:
    if subject.register == "unit":
        return subject.id
    held = draft.state.item(subject.register, subject.id)
    unit = unit_of(draft.compiled, draft.state, held) if held else ""
    return unit or (unit_of(draft.compiled, draft.state, task) if task else "")


def _find(draft: Draft) -> None:
    _live(draft)
    raw = draft.command.item
    register, mark, ident = raw.partition("/")
    ref = Ref(register, ident) if mark else Ref("unit", raw)
    if draft.state.item(ref.register, ref.id) is None:
        draft.object("form", f"there is no {ref.register} {ref.id!r}: a finding's subject is a unit, or REGISTER/ITEM")
    unit = str(draft.command.fields.get("unit") or _unit_of_subject(draft, ref, None))
    inspectors = [o for i in draft.compiled.tasks.values() if i.task.inspect is not None for o in map(str, i.owners)]
    object_unless(draft, [*ancestors(draft, unit), *inspectors], "an inspector, or a unit above, finds")
    until = _within(draft)
    require(draft, "find", "finding", raw, "", "open")
    more = {name: draft.command.fields.get(name) for name in ("severity", "text")}
    _open(draft, ref, str(draft.command.fields["problem"]), {**more, "unit": unit or None, "until": until})


def _within(draft: Draft) -> int | None:
    raw = draft.command.fields.get("within")
    if raw is None:
        return None
    try:
        return draft.compiled.later(draft.at, raw if isinstance(raw, Duration) else parse_duration(str(raw)))
    except ValueError as error:
        draft.object("form", f"find: within is {raw!r}: {error}")
        return None


# ---------------------------------------------------------------------------------------------------------- measurements
def _measure(draft: Draft) -> None:
    _live(draft)
    indicator = draft.compiled.plan.indicators.get(draft.command.item)
    if indicator is None:
        from difflib import get_close_matches

        near = get_close_matches(draft.command.item, list(draft.compiled.plan.indicators), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        draft.object("form", f"there is no indicator {draft.command.item!r}{hint}")
        require(draft, "measure", "indicator", draft.command.item, "", "")
        return
    object_unless(
        draft, root_or(draft, indicator.by, indicator.owner), "whom the indicator names, or the root, measures"
    )
    of = _of(draft, indicator)
    fields = _reading(draft, indicator)
    require(draft, "measure", "indicator", indicator.id, "", "taken")
    documents = file_documents(draft, under=f"indicator/{indicator.id}")
    data = {"indicator": indicator.id, "of": of or None, "at": draft.at, "evidence": documents or None, **fields}
    draft.emit(
        "measurement.taken", draft.number("measurement"), {"fields": {k: v for k, v in data.items() if v is not None}}
    )


def _of(draft: Draft, element: Indicator | Scorecard) -> str:
    of = draft.command.fields.get("of")
    ident = of.id if isinstance(of, Ref) else str(of or "").rpartition("/")[2]
    if not isinstance(element.for_each, Selection):
        if ident:
            draft.object("form", f"{element.id} has one value for the campaign, none for {ident}")
        return ""
    allowed = [ref.id for ref in selected(draft.facts, element.for_each)]
    if ident not in allowed:
        what = f"{ident!r} is none of them" if ident else "say which by `of`"
        draft.object("form", f"{element.id} has a value each for {', '.join(allowed[:12])}: {what}")
    return ident


def _reading(draft: Draft, indicator: Indicator) -> dict[str, Any]:
    if indicator.value is not None or indicator.k is not None:
        draft.object("form", f"{indicator.id} is computed: nobody measures it")
        return {}
    given = [name for name in ("value", "answers", "none") if draft.command.fields.get(name) is not None]
    k, n = number_of(draft, "k"), number_of(draft, "n")
    if k is not None or n is not None:
        given.append("k, n")
    if len(given) != 1:
        draft.object("form", "a measurement is one of: value, k with n, answers, none")
        return {}
    if given[0] == "none":
        return {"none": True}
    if given[0] == "answers":
        return {"answers": _counts(draft, indicator)}
    return _number(draft, indicator) if given[0] == "value" else _rate(draft, indicator, k, n)


def _number(draft: Draft, indicator: Indicator) -> dict[str, Any]:
    value = number_of(draft, "value")
    if indicator.measure == "rate" and value is not None and not 0 <= value <= 1:
        draft.object("form", f"{indicator.id} is a rate: {decimal_text(value)} is no share; give k and n, or 82%")
    return {"value": value}


def _rate(draft: Draft, indicator: Indicator, k: Decimal | None, n: Decimal | None) -> dict[str, Any]:
    if indicator.measure != "rate":
        draft.object("form", f"{indicator.id} is a number: give value, not k and n")
    if k is None or n is None:
        draft.object("form", "k and n belong together: k of n")
        return {}
    if k != k.to_integral_value() or n != n.to_integral_value() or not 0 <= k <= n or n == 0:
        draft.object("form", f"{decimal_text(k)} of {decimal_text(n)} is no count: whole numbers, 0 ≤ k ≤ n, n > 0")
    return {"k": k, "n": n}


def _counts(draft: Draft, indicator: Indicator) -> dict[str, int]:
    known, counts = answers_of(indicator), {}
    for answer, times in sorted(mapping_of(draft, "answers").items()):
        if answer not in known:
            draft.object("form", f"{indicator.id} knows no answer {answer!r}; it knows {', '.join(known)}")
        elif not str(times).isdecimal():
            draft.object("form", f"{answer} was given {times!r} times, which is no count")
        else:
            counts[str(answer)] = int(str(times))
    return counts


def _measurement(trigger: str) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        item = find_item(draft, "measurement", draft.command.item)
        if item is not None:
            about = str(item.fields.get("of") or "") or None
            if trigger == "dispute":
                object_unless(draft, root_or(draft, about), "whom it is about disputes it", item)
            else:
                object_unless(draft, root_or(draft), "the root upholds it", item)
        move = pull(draft, item, trigger) if item else None
        require(draft, trigger, "measurement", draft.command.item, item.state if item else "", "")
        if item is not None and move is not None:
            draft.change(
                item, move.target, trigger, {"why": draft.command.reason or draft.command.fields.get("reason")}
            )

    return command


# ------------------------------------------------------------------------------------------------------- marks and scores
def _node(card: Scorecard, path: str) -> tuple[ScoreNode, str] | None:
    """The leaf that a path or a bare id names, and its path."""
    found: list[tuple[ScoreNode, str]] = []

    def walk(node: ScoreNode, here: str) -> None:
        for child in node.items.values():
            at = f"{here}/{child.id}" if here else child.id
            if path in {at, child.id}:
                found.append((child, at))
            walk(child, at)

    walk(card, "")
    return found[0] if len(found) == 1 else None


def _card(draft: Draft) -> Scorecard | None:
    card = draft.compiled.plan.scorecards.get(draft.command.item)
    if card is None:
        known = ", ".join(draft.compiled.plan.scorecards) or "none"
        draft.object("form", f"there is no scorecard {draft.command.item!r}; there is {known}")
    return card


def _mark(draft: Draft) -> None:
    _live(draft)
    card = _card(draft)
    found = _node(card, str(draft.command.fields.get("node", ""))) if card else None
    if card is not None and found is None:
        draft.object(
            "form", f"{card.id} has no item {draft.command.fields.get('node')!r}; it has {', '.join(card.items)}"
        )
    points = number_of(draft, "points")
    if card is None or found is None:
        require(draft, "mark", "scorecard", draft.command.item, "", "")
        return
    node, path = found
    if node.items or node.indicator is not None or node.value is not None:
        draft.object("form", f"{path} is worked out, not marked")
    of = _of(draft, card)
    each = str(draft.facts.measures.each(card, of)) if of else ""
    object_unless(draft, root_or(draft, node.by or card.by, each=each), f"whom `by` names, or the root, marks {path}")
    if points is None:
        draft.object("form", "a mark needs points")
    else:
        top = Decimal(node.points) if isinstance(node.points, Decimal) else Decimal(100)
        if not 0 <= points <= top:
            draft.object("form", f"{decimal_text(points)} points are not within 0 to {decimal_text(top)}")
    require(draft, "mark", "scorecard", card.id, "", "")
    data = {"node": path, "points": points, "of": of, "period": str(draft.command.fields.get("period", ""))}
    if draft.command.fields.get("text"):
        data["text"] = str(draft.command.fields["text"])
    draft.emit("mark.given", card.id, data)


def _score(draft: Draft) -> None:
    card = _card(draft)
    object_unless(draft, root_or(draft), "the root takes a score")
    of = _of(draft, card) if card is not None and draft.command.fields.get("of") else ""
    require(draft, "score", "scorecard", draft.command.item, "", "taken")
    if card is not None:
        take_score(draft, card.id, only=of)


assess_commands: Mapping[str, Callable[[Draft], None]] = {
    "inspect": _inspect,
    "find": _find,
    "measure": _measure,
    "measurement.dispute": _measurement("dispute"),
    "measurement.uphold": _measurement("uphold"),
    "mark": _mark,
    "score": _score,
}
"""Command → what it does."""

"""Commands on the campaign and its phases: entering, settling, deciding, resting, stopping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from campaignflow.core import formulas
from campaignflow.core.authority import object_unless, root_or
from campaignflow.core.draft import Draft
from campaignflow.core.facts import Facts, Moment
from campaignflow.core.forms import mapping_of
from campaignflow.core.move import refuse, require
from campaignflow.core.scores import take_score
from campaignflow.core.state import ENDED, RUNNING
from campaignflow.plan.expressions import Unknown
from campaignflow.plan.facts import Place
from campaignflow.plan.model import Gate, OnFail
from campaignflow.plan.values import Unresolved

__all__ = ["gate_reasons", "phase_commands"]


def gate_of(draft: Draft, path: str) -> Gate | None:
    """The gate of a phase, if it has one."""
    gate = draft.compiled.phases[path].phase.gate
    return gate if isinstance(gate, Gate) else None


def _shut(facts: Facts, path: str) -> Iterator[tuple[str, str]]:
    gate = facts.compiled.phases[path].phase.gate
    if not isinstance(gate, Gate):
        return
    text = facts.state.filled.get(f"phases.{path}.gate", gate.when)
    if isinstance(text, str):
        yield from _condition(facts, path, text)
    for document in gate.documents.values():
        if facts.state.item("document", document.id) is None:
            yield "gate", f"document {document.id} has not been filed"


def _condition(facts: Facts, path: str, text: str) -> Iterator[tuple[str, str]]:
    place = Place.gate(path)
    standing = Facts(facts.compiled, facts.state, facts.now, Moment(scope=path))
    verdict = formulas.flag(standing, text, place)
    if isinstance(verdict, Unknown):
        yield "gate", f"the gate of {path} cannot be judged yet, for nobody knows {verdict}: {text}"
    elif not verdict:
        read = formulas.expression(facts.compiled, text, place, "flag").reads
        shown = ", ".join(f"{_name(each)} is {_shown(standing, each)}" for each in sorted(read))
        yield "gate", f"the gate of {path} is shut: {text} does not hold" + (f" ({shown})" if shown else "")


def _name(read: str) -> str:
    function, mark, ident = read.partition(":")
    return f"{function}('{ident}')" if mark else read


def _shown(facts: Facts, read: str) -> str:
    from campaignflow.core.freeze import decimal_text

    function, mark, ident = read.partition(":")
    try:
        value: Any = facts.call(function, (ident,)) if mark else facts.fact(read)
    except (KeyError, TypeError, AttributeError):  # a count's condition is not known here
        return "as counted"
    if isinstance(value, Unknown):
        return "unknown"
    from decimal import Decimal

    return decimal_text(value.normalize()) if isinstance(value, Decimal) else str(value)


def gate_reasons(facts: Facts, path: str) -> list[str]:
    """What the gate of a phase still waits for, in words; empty when it is open."""
    return [text for _, text in _shut(facts, path)]


def _movers(draft: Draft, path: str) -> list[str]:
    return root_or(draft, draft.compiled.phases[path].by)


def _enter(draft: Draft) -> None:
    compiled, state = draft.compiled, draft.state
    wanted = draft.command.item or _next(draft) or ""
    target = compiled.leaf_of(wanted)
    if target is None:
        known = ", ".join(compiled.leaves)
        draft.object(
            "form", f"there is no phase {wanted!r}; there is {known}" if wanted else "no phase is left to enter"
        )
        return
    object_unless(draft, _movers(draft, target), f"only who moves phase {target} enters it")
    if state.status not in {"planned", RUNNING}:
        draft.object("lifecycle", f"the campaign is {state.state}")
        return
    _object_to_order(draft, target)
    _object_to_window(draft, target)
    if state.phase and not state.passed:
        _object_to_gate(draft, state.phase)
    require(draft, "enter", "phase", target, state.state, target)
    if (
        state.phase
        and not draft.state.passed
        and gate_of(draft, state.phase) is not None
        and not draft.command.override
    ):
        _pass(draft, state.phase)
    elif state.phase and not draft.state.passed:
        _accept_if_due(draft, state.phase)
    _go(draft, target)


def _next(draft: Draft) -> str | None:
    leaf = draft.compiled.next_leaf(draft.state.phase)
    while leaf is not None and not _may_be_entered(draft, leaf):
        leaf = draft.compiled.next_leaf(leaf)
    return leaf


def _may_be_entered(draft: Draft, path: str) -> bool:
    when = draft.compiled.phases[path].phase.when
    return not isinstance(when, str) or formulas.flag(draft.facts, when, Place.phase_when(path)) is True


def _object_to_order(draft: Draft, target: str) -> None:
    due = _next(draft)
    if target == draft.state.phase:
        draft.object("order", f"the campaign is in phase {target} already")
    elif target != due:
        what = f"the next phase is {due}" if due else "no phase is left"
        draft.object("order", f"phase {target} is not next: {what}")


def _object_to_window(draft: Draft, target: str) -> None:
    start, _ = draft.compiled.phase_edges(target, draft.state)
    if start is not None and draft.at < start:
        opens = draft.compiled.when(start).isoformat(timespec="minutes")
        draft.object("window", f"the window of {target} opens on {opens}")


def _object_to_gate(draft: Draft, path: str) -> None:
    gate = gate_of(draft, path)
    if gate is not None and gate.by is not None and draft.state.decided not in {"pass", "conditional"}:
        draft.object("gate", f"{gate.by} has to decide on {path} first: the command `decide`")
        return
    for guard, text in _shut(draft.facts, path):
        draft.object(guard, text)


def _move(draft: Draft, trigger: str, target: str) -> None:
    """Put the campaign's own machine to it: what it knows no way to never becomes an event."""
    machine = draft.compiled.machine
    if machine.move(draft.state.state, trigger, target) is None:
        draft.object(
            "lifecycle", machine.illegal(draft.state.state, trigger) or f"no way from {draft.state.state} to {target}"
        )
        refuse(draft)


def _go(draft: Draft, target: str, trigger: str = "enter") -> None:
    compiled = draft.compiled
    _move(draft, trigger, target)
    if draft.state.phase:
        draft.emit("phase.left", draft.state.phase)
    _, end = compiled.phase_edges(target, draft.state)
    start, _ = compiled.phase_edges(target, draft.state)
    data: dict[str, Any] = {"round": draft.state.round}
    if start is not None:
        opened = compiled.when(start).date()
        if compiled.when(draft.at).date() > opened:
            data["late"] = (compiled.when(draft.at).date() - opened).days
    if end is not None and draft.at >= end:
        data["after_end"] = True
    draft.emit("phase.entered", target, data)


def _pass(draft: Draft, path: str, **data: Any) -> None:
    gate = gate_of(draft, path)
    if gate is not None and isinstance(gate.when, str):
        data["gate"] = gate.when
        _take_scores(draft, path, gate.when)
    draft.emit("phase.passed", path, data)
    _accept_if_due(draft, path)


def _take_scores(draft: Draft, path: str, text: str) -> None:
    """A deciding command records value and working of every score that decides it."""
    reads = formulas.expression(draft.compiled, text, Place.gate(path), "flag").reads
    cards = {name.partition(":")[2] for name in reads if name.startswith(("score:", "grade:", "rank:"))}
    for card in sorted(cards & set(draft.compiled.plan.scorecards)):
        take_score(draft, card)


def _accept_if_due(draft: Draft, path: str) -> None:
    if path == draft.compiled.accepting and draft.state.accepted is None:
        draft.emit("campaign.accepted", "", {"phase": path, "round": draft.state.round})


def _settled_phase(draft: Draft) -> str | None:
    path = draft.compiled.leaf_of(draft.command.item) if draft.command.item else draft.state.phase
    if draft.state.status != RUNNING:
        draft.object("lifecycle", f"the campaign is {draft.state.state}: no phase is active")
        return None
    if path != draft.state.phase:
        draft.object("order", f"{draft.command.item} is not the active phase, which is {draft.state.phase}")
        return None
    object_unless(draft, _movers(draft, path), f"only who moves phase {path} settles it")
    return path


def _settle(draft: Draft) -> None:
    path = _settled_phase(draft)
    if path is None:
        return
    gate = gate_of(draft, path)
    if gate is not None and gate.by is not None:
        draft.object("gate", f"{gate.by} decides on {path}: the command `decide` settles it")
    require(draft, "settle", "phase", path, path, path)
    reasons = [] if draft.command.override else gate_reasons(draft.facts, path)
    _outcome(draft, path, reasons)


def _outcome(draft: Draft, path: str, reasons: list[str], **data: Any) -> None:
    if not reasons:
        if not draft.state.passed:
            _pass(draft, path, **data)
        if draft.compiled.next_leaf(path) is None or _next(draft) is None:
            _end(draft)
        return
    gate = gate_of(draft, path)
    if gate is not None and isinstance(gate.when, str):
        _take_scores(draft, path, gate.when)
    draft.emit("phase.failed", path, {"reasons": tuple(reasons), **data})
    _send_back(draft, path)


def _send_back(draft: Draft, path: str, to: str | None = None) -> None:
    on_fail = draft.compiled.phases[path].phase.on_fail
    if not isinstance(on_fail, OnFail):
        if to is None:
            return
        on_fail = OnFail(back_to=to)
    target = draft.compiled.leaf_of(to or str(on_fail.back_to))
    if draft.state.sent_back.get(path, 0) < int(on_fail.at_most) and target is not None:  # type: ignore[arg-type]  # checked when read
        redo = tuple(one for task in on_fail.redo for one in sorted(draft.state.by_plan_id.get(str(task)) or ()))
        redo = tuple(one for one in redo if _verified(draft, one))
        draft.emit("phase.sent_back", path, {"to": target, "round": draft.state.round + 1, "redo": redo})
        _go(draft, target, "send_back")
        return
    then = draft.compiled.leaf_of(str(on_fail.then)) if isinstance(on_fail.then, str) else None
    if then is not None:
        _go(draft, then)
    else:
        _end(draft)


def _verified(draft: Draft, task: str) -> bool:
    item = draft.state.item("task", task)
    return item is not None and item.state == "verified"


def _end(draft: Draft) -> None:
    if draft.state.accepted is None:
        draft.emit("campaign.not_accepted", "", {"phase": draft.state.phase})
    ending = "accepted" if draft.state.accepted is not None else "not_accepted"
    _move(draft, "end", ending)
    draft.emit("phase.left", draft.state.phase)
    draft.emit("campaign.ended", "", {"state": ending})


def _decide(draft: Draft) -> None:
    path = draft.compiled.leaf_of(draft.command.item) if draft.command.item else draft.state.phase
    if draft.state.status != RUNNING or path != draft.state.phase:
        draft.object("lifecycle", f"{path or 'no phase'} is not the active phase ({draft.state.state})")
        return
    gate = gate_of(draft, path)
    if gate is None or gate.by is None:
        draft.object("gate", f"the gate of {path} names nobody who decides: `settle` it")
        return
    from campaignflow.core.parties import parties

    deciders = () if isinstance(gate.by, Unresolved) else parties(draft.compiled, draft.state, gate.by)
    object_unless(draft, deciders, f"{gate.by} decides on {path}")
    outcome = str(draft.command.fields.get("outcome", ""))
    answers = mapping_of(draft, "answers")
    if outcome not in {"pass", "conditional", "back", "stop"}:
        draft.object("form", f"outcome is {outcome!r}; it is one of pass, conditional, back, stop")
    _object_to_return(draft, path, outcome)
    if outcome in {"pass", "conditional"}:
        for question in gate.ask.values():
            if question.id not in answers:
                draft.object("gate", f"the question {question.id!r} has not been answered")
        for guard, text in _shut(draft.facts, path):
            draft.object(guard, text)
    require(draft, "decide", "phase", path, path, path)
    draft.emit("phase.decided", path, {"outcome": outcome, "answers": answers, **_text(draft)})
    _carry_out(draft, path, outcome)


def _object_to_return(draft: Draft, path: str, outcome: str) -> None:
    """`back` goes to a phase that is there, and that came before."""
    to = draft.command.fields.get("to")
    if to is None:
        return
    leaves = draft.compiled.leaves
    earlier = leaves[: leaves.index(path)]
    if outcome != "back":
        draft.object("form", f"to is for the outcome back, not for {outcome}")
    elif draft.compiled.leaf_of(str(to)) not in earlier:
        draft.object("form", f"to is {to!r}; it goes back to one of {', '.join(earlier) or 'none'}")


def _text(draft: Draft) -> dict[str, Any]:
    return {"text": draft.command.fields["text"]} if "text" in draft.command.fields else {}


def _carry_out(draft: Draft, path: str, outcome: str) -> None:
    if outcome == "stop":
        _end_unaccepted(draft)
    elif outcome == "back":
        draft.emit("phase.failed", path, {"reasons": ("decided",)})
        to = draft.command.fields.get("to")
        _send_back(draft, path, str(to) if to else None)
    else:
        if outcome == "conditional":
            _conditions(draft, path)
        _outcome(draft, path, [])


def _conditions(draft: Draft, path: str) -> None:
    given = draft.command.fields.get("conditions", ())
    for text in given if isinstance(given, tuple) else (given,):
        fields = {"subject": f"phase/{path}", "problem": "condition", "text": str(text), "unit": _first_root(draft)}
        draft.emit("finding.open", draft.number("finding"), {"fields": fields})


def _first_root(draft: Draft) -> str:
    return draft.compiled.roots[0] if draft.compiled.roots else ""


def _end_unaccepted(draft: Draft) -> None:
    _move(draft, "end", "not_accepted")
    draft.emit("campaign.not_accepted", "", {"phase": draft.state.phase})
    draft.emit("phase.left", draft.state.phase)
    draft.emit("campaign.ended", "", {"state": "not_accepted"})


def _suspend(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "only a root unit suspends the campaign")
    if draft.state.status not in {"planned", RUNNING}:
        draft.object("lifecycle", f"the campaign is {draft.state.state}")
    require(draft, "suspend", "campaign", "", draft.state.state, "suspended")
    _move(draft, "suspend", "suspended")
    data = {"reason": _reason(draft), "status": draft.state.status}
    draft.emit("campaign.suspended", "", data)


def _resume(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "only a root unit resumes the campaign")
    if draft.state.status != "suspended":
        draft.object("lifecycle", f"the campaign is {draft.state.state}, not suspended")
    require(draft, "resume", "campaign", "", draft.state.state, "resumed")
    since = draft.state.fired.get("suspended") or draft.at
    status = RUNNING if draft.state.phase else "planned"
    _move(draft, "resume", draft.state.phase or "planned")
    draft.emit("campaign.resumed", "", {"suspended_at": since, "status": status})


def _abort(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "only a root unit aborts the campaign")
    if draft.state.status in ENDED:
        draft.object("lifecycle", f"the campaign is {draft.state.state}")
    require(draft, "abort", "campaign", "", draft.state.state, "aborted")
    _move(draft, "abort", "aborted")
    draft.emit("campaign.aborted", "", {"reason": _reason(draft)})


def _reason(draft: Draft) -> str:
    return str(draft.command.reason or draft.command.fields.get("reason", ""))


phase_commands = {
    "enter": _enter,
    "settle": _settle,
    "decide": _decide,
    "suspend": _suspend,
    "resume": _resume,
    "abort": _abort,
}
"""Command → what it does."""

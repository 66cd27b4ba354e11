"""Commands on tasks and their occurrences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaignflow.core import formulas
from campaignflow.core.authority import may_verify, object_unless, root_or, verifiers
from campaignflow.core.builtin import TASK_ENDS
from campaignflow.core.documents import file_documents, named_documents
from campaignflow.core.draft import Draft
from campaignflow.core.forms import mapping_of, number_of
from campaignflow.core.freeze import decimal_text
from campaignflow.core.move import find_item, pull, require
from campaignflow.core.parties import owners_of
from campaignflow.core.readiness import blocked_finish, waits_for
from campaignflow.core.state import RUNNING, Item
from campaignflow.plan.expressions import Ref
from campaignflow.plan.facts import Place

__all__ = ["task_commands"]

_ANSWERS = frozenset({"yes", "no", "not-applicable"})


def _task(draft: Draft) -> Item | None:
    item = find_item(draft, "task", draft.command.item)
    if draft.state.status not in {"planned", RUNNING}:
        draft.object("lifecycle", f"the campaign is {draft.state.state}")
    return item


def _own(draft: Draft, item: Item, what: str) -> None:
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    owners = owners_of(draft.compiled, draft.state, item)
    object_unless(draft, owners, f"the owner {what}", item)
    if info is not None and info.task.in_person is True and "/" in (owners[0] if owners else ""):
        object_unless(draft, [owner for owner in owners if owner == draft.actor], "the duty is in person", item)


def _not_ready(draft: Draft, item: Item) -> None:
    if item.state == "planned":
        for reason in waits_for(draft.facts, item):
            draft.object("needs", reason)


def _simple(trigger: str, *, owner: bool, fields: tuple[str, ...] = ()) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        item = _task(draft)
        if item is None:
            require(draft, trigger, "task", draft.command.item, "", "")
            return
        if owner:
            _own(draft, item, f"may {trigger}")
        _not_ready(draft, item)
        move = pull(draft, item, trigger)
        require(draft, trigger, "task", item.id, item.state, move.target if move else "")
        if move is not None:
            draft.change(item, move.target, trigger, _given(draft, *fields))

    return command


def _given(draft: Draft, *names: str) -> dict[str, Any]:
    return {name: draft.command.fields[name] for name in names if draft.command.fields.get(name) is not None}


def _hand_in_checks(draft: Draft, item: Item) -> dict[str, Any]:
    """Object to what is missing; the fields that the hand-in leaves on the task."""
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    documents = named_documents(draft)
    answers = {str(key): str(value) for key, value in mapping_of(draft, "answers").items()}
    if info is not None:
        _object_to_evidence(draft, item, info.task, {each["id"] for each in documents})
        _object_to_answers(draft, info.task, answers)
    for reason in blocked_finish(draft.facts, item):
        draft.object("needs", reason)
    return {"submitted_by": draft.actor, **({"answers": answers} if answers else {}), **_given(draft, "text")}


def _object_to_evidence(draft: Draft, item: Item, task: Any, given: set[str]) -> None:
    for evidence in task.evidence.values():
        if isinstance(evidence.when, str):
            standing = draft.standing(item=Ref("task", item.id))
            if formulas.flag(standing, evidence.when, Place.evidence(task.id)) is not True:
                continue
        if isinstance(evidence.of, str):
            if not _filed_by(draft, evidence.id, evidence.of):
                draft.object("evidence", f"it needs the document {evidence.id!r} of task {evidence.of}")
            continue
        if evidence.id in given or (draft.state.item("document", evidence.id) is not None and item.id == task.id):
            continue
        draft.object("evidence", f"it needs the document {evidence.id!r} as evidence")


def _filed_by(draft: Draft, document: str, task: str) -> bool:
    """Whether a task, in one of its instances, has handed in that document."""
    held = draft.state.item("document", document)
    item = draft.state.item("task", str(held.fields.get("task", ""))) if held is not None else None
    return item is not None and item.fields["task"] == task


def _object_to_answers(draft: Draft, task: Any, answers: Mapping[str, str]) -> None:
    for question, answer in sorted(answers.items()):
        if question not in task.checklist:
            known = ", ".join(task.checklist)
            draft.object("form", f"the checklist has no question {question!r}; it asks {known or 'nothing'}")
        elif answer not in _ANSWERS:
            draft.object("form", f"{question} is answered {answer!r}; answers are yes, no, not-applicable")
    for question in task.checklist.values():
        if question.required is False or task.inspect is not None:
            continue
        given = answers.get(question.id)
        if given is None:
            draft.object("checklist", f"the question {question.id!r} has not been answered")
        elif given == "no":
            draft.object("checklist", f"the question {question.id!r} is answered no")


def _submit(draft: Draft) -> None:
    item = _task(draft)
    if item is None:
        require(draft, "submit", "task", draft.command.item, "", "")
        return
    _own(draft, item, "hands it in")
    _not_ready(draft, item)
    fields = _hand_in_checks(draft, item)
    move = pull(draft, item, "submit")
    require(draft, "submit", "task", item.id, item.state, "submitted")
    if move is not None:
        file_documents(draft, item.id, headings=_headings(draft, item))
        draft.change(draft.state.items["task"][item.id], move.target, "submit", fields)
        if _verified_by_nobody(draft, item):
            draft.change(draft.state.items["task"][item.id], "verified", "verify")


def _headings(draft: Draft, item: Item) -> Mapping[str, str]:
    """Where the dossier files what the task asks for."""
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    asked = info.task.evidence.values() if info is not None else ()
    return {each.id: str(each.heading) for each in asked if each.heading is not None}


def _verified_by_nobody(draft: Draft, item: Item) -> bool:
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    return info is not None and info.verify == "none"


def _verify(draft: Draft) -> None:
    item = _task(draft)
    if item is not None:
        may_verify(draft, item)
    move = pull(draft, item, "verify") if item else None
    require(draft, "verify", "task", draft.command.item, item.state if item else "", "verified")
    if item is not None and move is not None:
        draft.change(item, move.target, "verify", _given(draft, "text"))


def _return(draft: Draft) -> None:
    item = _task(draft)
    if item is not None:
        may_verify(draft, item)
    move = pull(draft, item, "return") if item else None
    require(draft, "return", "task", draft.command.item, item.state if item else "", "returned")
    if item is not None and move is not None:
        draft.change(item, move.target, "return", _given(draft, "text"))


def _done(draft: Draft) -> None:
    """Submit and verify in one commit, where one actor may do both."""
    item = _task(draft)
    if item is None:
        require(draft, "submit", "task", draft.command.item, "", "")
        return
    _own(draft, item, "hands it in")
    may_verify(draft, item)
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    if not draft.compiled.open_authority and (info is None or info.verify != "none"):
        draft.object(
            "separation of duties", f"{draft.actor} cannot both hand in and verify: submit it, another verifies"
        )
    _not_ready(draft, item)
    fields = _hand_in_checks(draft, item)
    move = pull(draft, item, "submit")
    require(draft, "submit", "task", item.id, item.state, "verified")
    if move is not None:
        file_documents(draft, item.id, headings=_headings(draft, item))
        draft.change(draft.state.items["task"][item.id], "submitted", "submit", fields)
        draft.change(draft.state.items["task"][item.id], "verified", "verify")


def _report(draft: Draft) -> None:
    item = _task(draft)
    if item is not None:
        _own(draft, item, "reports on it")
    progress = number_of(draft, "progress")
    if progress is not None and not 0 <= progress <= 1:
        draft.object("form", f"progress is {decimal_text(progress)}; it is a share from 0 to 1, or 0% to 100%")
    health = draft.command.fields.get("health")
    if health is not None and health not in {"green", "amber", "red"}:
        draft.object("form", f"health is {health!r}; it is green, amber or red")
    require(draft, "report", "task", draft.command.item, item.state if item else "", item.state if item else "")
    if item is not None:
        fields = _given(draft, "health", "difficulty", "next")
        if progress is not None:
            fields["progress"] = decimal_text(progress)
        draft.emit("task.reported", item.id, {"fields": fields})


def _block(draft: Draft) -> None:
    item = _task(draft)
    if item is not None:
        object_unless(
            draft,
            [*owners_of(draft.compiled, draft.state, item), *verifiers(draft, item)[0]],
            "owner or verifier",
            item,
        )
    move = pull(draft, item, "block") if item else None
    require(draft, "block", "task", draft.command.item, item.state if item else "", "blocked")
    if item is not None and move is not None:
        reason = draft.command.reason or draft.command.fields.get("reason")
        draft.change(item, "blocked", "block", {"blocked_from": item.state, "blocked_by": draft.actor, "why": reason})


def _unblock(draft: Draft) -> None:
    item = _task(draft)
    if item is not None:
        object_unless(
            draft,
            [*owners_of(draft.compiled, draft.state, item), *verifiers(draft, item)[0]],
            "owner or verifier",
            item,
        )
    move = pull(draft, item, "unblock") if item else None
    require(draft, "unblock", "task", draft.command.item, item.state if item else "", "")
    if item is not None and move is not None:
        draft.change(item, str(item.fields["blocked_from"]), "unblock", {"blocked_from": None, "blocked_by": None})


def _ending(trigger: str, state: str) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        item = _task(draft)
        if item is not None:
            object_unless(draft, root_or(draft, *verifiers(draft, item)[0]), f"root or verifier may {trigger}", item)
        move = pull(draft, item, trigger) if item else None
        require(draft, trigger, "task", draft.command.item, item.state if item else "", state)
        if item is not None and move is not None:
            reason = draft.command.reason or draft.command.fields.get("reason")
            draft.change(item, state, trigger, {"why": reason, **_given(draft, "to")})

    return command


task_commands: Mapping[str, Callable[[Draft], None]] = {
    "task.start": _simple("start", owner=True, fields=("text",)),
    "task.submit": _submit,
    "task.verify": _verify,
    "task.return": _return,
    "task.done": _done,
    "task.report": _report,
    "task.block": _block,
    "task.unblock": _unblock,
    **{f"task.{trigger}": _ending(trigger, state) for trigger, state in TASK_ENDS.items()},
}
"""Command → what it does."""

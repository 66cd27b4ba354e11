"""Commands that speak, file and account: citations, notifications, documents, people, supplies, gaps filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from campaignflow.core.authority import ancestors, known_actor, object_unless, root_or
from campaignflow.core.codec import data_of
from campaignflow.core.documents import document_of, file_document
from campaignflow.core.draft import Draft
from campaignflow.core.freeze import decimal_text
from campaignflow.core.messages import Notification
from campaignflow.core.move import require
from campaignflow.core.parties import parties, selected_units, unit_part
from campaignflow.core.state import ENDED
from campaignflow.plan.model import Resource, Selection
from campaignflow.plan.values import Amount, parse_amount, parse_duration, parse_number

__all__ = ["queue", "say_commands"]

KINDS = ("praise", "criticism", "reminder", "accountability", "talk")


def queue(
    draft: Draft,
    recipients: tuple[str, ...],
    text: str,
    *,
    channel: str = "",
    subject: str = "",
    template: str = "",
    attach: tuple[str, ...] = (),
    languages: Mapping[str, str] | None = None,
) -> None:
    """Queue a message: the event keeps who, how and the text's digest; the text itself waits in the outbox."""
    if not recipients:
        return
    language = next(iter(languages), "") if languages else ""
    data = {
        "recipients": recipients,
        "channel": channel or "default",
        "template": template or draft.actor,
        "sha256": sha256(text.encode()).hexdigest(),
        "language": language,
        "attach": attach,
    }
    event = draft.emit("notification.queued", "", data)
    title = draft.compiled.plan.title
    named = subject or (str(title) if title is not None else draft.compiled.plan.id)
    draft.notifications += [
        Notification(
            key=f"{draft.state.campaign}:{event.seq}:{number}",
            campaign=draft.state.campaign,
            event=event.type,
            seq=event.seq,
            recipient=recipient,
            channel=channel or "default",
            language=language,
            subject=named,
            text=text,
            attachments=attach,
            template=template or draft.actor,
            at=draft.at,
        )
        for number, recipient in enumerate(recipients)
    ]


def worded(text: Any) -> str:
    """A text as it is sent: of several languages all, one below the other."""
    if isinstance(text, Mapping):
        return "\n".join(str(each) for each in text.values())
    return "" if text is None else str(text)


def _named(draft: Draft, party: Any) -> tuple[str, ...]:
    if isinstance(party, Selection):
        return selected_units(draft.compiled, party)
    listed = party if isinstance(party, tuple) else tuple(str(party).split(","))
    found = [each for one in listed for each in parties(draft.compiled, draft.state, one, actor=draft.actor)]
    return tuple(dict.fromkeys(found))


# -------------------------------------------------------------------------------------------------------------- citations
def _cite(draft: Draft) -> None:
    fields = draft.command.fields
    cited = _named(draft, draft.command.item)
    if not cited:
        draft.object("form", f"{draft.command.item!r} names nobody who could be cited")
    kind = str(fields.get("kind", ""))
    allowed = _kinds(draft)
    if kind not in allowed:
        draft.object("form", f"kind is {kind!r}; it is one of {', '.join(allowed)}")
    for party in cited:
        object_unless(draft, ancestors(draft, party), f"a unit above {party} cites it")
    due = _reply_due(draft)
    copies = _named(draft, fields["copy"]) if fields.get("copy") else ()
    require(draft, "cite", "citation", draft.command.item, "", "issued")
    for party in cited:
        _issue(draft, party, kind, copies, due)


def _kinds(draft: Draft) -> tuple[str, ...]:
    model = draft.compiled.plan.registers.get("citation")
    spec = model.fields.get("kind") if model is not None else None
    more = tuple(str(each) for each in spec.one_of) if spec is not None else ()
    return tuple(dict.fromkeys((*KINDS, *more)))


def _reply_due(draft: Draft) -> int | None:
    raw = draft.command.fields.get("reply-within")
    if raw is None:
        return None
    try:
        return draft.compiled.later(draft.at, parse_duration(raw) if isinstance(raw, str) else raw)
    except ValueError as error:
        draft.object("form", f"cite: reply-within: {error}")
        return None


def _issue(draft: Draft, party: str, kind: str, copies: tuple[str, ...], due: int | None) -> None:
    year = draft.compiled.when(draft.at).year
    key = f"{kind}|{year}"
    number = draft.state.count(f"nth|citation|{key}") + 1
    text = worded(draft.command.fields.get("text"))
    public = draft.command.fields.get("public") in {True, "yes", "true"}
    fields: dict[str, Any] = {
        "kind": kind, "unit": party, "number": f"{year}-{number}", "text": text or None, "public": public or None,
        "copy": copies or None, "reply_due": due,
    }  # fmt: skip
    known = {name: value for name, value in fields.items() if value is not None}
    made = draft.emit("citation.issued", draft.number("citation"), {"fields": known, "repeats": key, "nth": number})
    words = f"{kind} {year}-{number}: {party}" + (f": {text}" if text else "")
    queue(draft, tuple(dict.fromkeys((party, *copies))), words, template=f"citation/{made.item}")


# ------------------------------------------------------------------------------------------------ messages and publications
def _notify(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "the root notifies")
    recipients = _named(draft, draft.command.item)
    if not recipients:
        draft.object("form", f"{draft.command.item!r} names nobody who could be notified")
    attach = draft.command.fields.get("attach", ())
    attach = attach if isinstance(attach, tuple) else (str(attach),)
    for document in attach:
        if draft.state.item("document", str(document)) is None:
            draft.object(
                "form", f"there is no document {document!r} in the dossier: only what is filed can be attached"
            )
    require(draft, "notify", "notification", str(draft.command.item), "", "queued")
    text = draft.command.fields["text"]
    languages = text if isinstance(text, Mapping) else None
    queue(
        draft, recipients, worded(text), channel=str(draft.command.fields.get("channel", "")), attach=attach,
        subject=str(draft.command.fields.get("subject", "")), languages=languages,
    )  # fmt: skip


def _publish(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "the root publishes")
    what = draft.command.item
    register, _, ident = what.partition("/")
    known = what == "report" or what in draft.compiled.plan.scorecards or what in draft.compiled.lifecycles
    if not known and draft.state.item(register, ident) is None and draft.state.item("citation", what) is None:
        draft.object("form", f"{what!r} is no scorecard, citation, register or item that could be published")
    require(draft, "publish", "report", what, "", "published")
    draft.emit("report.published", what, _text(draft))


def _text(draft: Draft) -> dict[str, Any]:
    return {"text": str(draft.command.fields["text"])} if draft.command.fields.get("text") else {}


def _file(draft: Draft) -> None:
    if draft.state.status in ENDED:
        draft.object("lifecycle", f"the campaign is {draft.state.state}")
    task = str(draft.command.fields.get("task", ""))
    if task and draft.state.item("task", task) is None:
        draft.object("form", f"there is no task {task!r}")
    given = draft.command.fields.get("file", draft.command.fields.get("content"))
    if given is None:
        draft.object(
            "form", "file needs the document: `file`, or in YAML, where the command bears that name, `content`"
        )
    require(draft, "file", "document", draft.command.item, "", "filed")
    document = document_of(given, draft.command.item)
    file_document(draft, document, task, str(draft.command.fields.get("under", "")))


# ------------------------------------------------------------------------------------------------------- people, supplies
def _assign(draft: Draft) -> None:
    unit, _, member = draft.command.item.partition("/")
    if unit not in draft.compiled.plan.units or not member:
        draft.object("form", f"{draft.command.item!r} is no unit/member")
    elif member not in draft.compiled.plan.units[unit].members:
        known = ", ".join(draft.compiled.plan.units[unit].members) or "none"
        draft.object("form", f"unit {unit} has no member {member!r}; it has {known}")
    object_unless(draft, root_or(draft, f"{unit}/head"), "the unit's head, or the root, assigns")
    require(draft, "assign", "unit", draft.command.item, "", "")
    draft.emit("member.assigned", draft.command.item, {"name": str(draft.command.fields["name"])})


def _dates(draft: Draft, raw: Any) -> dict[str, int]:
    """The edges of a window that was given with a command, in microseconds; objects to what is no window yet."""
    from campaignflow.plan.time import Span, parse_window
    from campaignflow.plan.timemath import to_us

    if raw is None:
        return {}
    try:
        span = parse_window(str(raw)).resolve(draft.compiled.context(draft.state))
    except ValueError as error:
        draft.object("form", f"window: {error}")
        return {}
    if not isinstance(span, Span):
        draft.object("form", f"window {raw!r} is not known yet")
        return {}
    return {key: to_us(value) for key, value in (("start", span.start), ("end", span.end)) if value}


def _delegate(draft: Draft) -> None:
    unit = unit_part(draft.command.item)
    object_unless(
        draft, root_or(draft, f"{unit}/head", draft.command.item), "who holds the duty, its head or the root delegates"
    )
    data: dict[str, Any] = {"to": str(draft.command.fields["to"])}
    for party in (draft.command.item, data["to"]):
        unknown = known_actor(draft.compiled, party)
        if unknown is not None:
            draft.object("form", unknown)
    data |= _dates(draft, draft.command.fields.get("window"))
    require(draft, "delegate", "unit", draft.command.item, "", "")
    draft.emit("member.delegated", draft.command.item, data)


def _stock(name: str, event: str) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        resource = draft.compiled.plan.resources.get(draft.command.item)
        if resource is None:
            known = ", ".join(draft.compiled.plan.resources) or "none"
            draft.object("form", f"there is no resource {draft.command.item!r}; there is {known}")
        amount = _amount(draft, resource) if resource else None
        object_unless(
            draft, root_or(draft, resource.unit if resource else None), f"its unit, or the root, enters what it {name}s"
        )
        require(draft, name, "resource", draft.command.item, "", "")
        assert amount is not None  # an amount that is none was refused above
        draft.emit(event, draft.command.item, {"number": amount.number, "unit": amount.unit or None, **_text(draft)})

    return command


def _amount(draft: Draft, resource: Resource) -> Amount | None:
    raw = draft.command.fields.get("amount")
    unit = resource.amount.unit if isinstance(resource.amount, Amount) else ""
    try:
        found = (
            raw
            if isinstance(raw, Amount)
            else (parse_amount(str(raw)) if " " in str(raw) else Amount(parse_number(str(raw)), unit))
        )
    except ValueError as error:
        draft.object("form", f"amount is {raw!r}: {error}")
        return None
    if found.unit != unit:
        draft.object(
            "form", f"{resource.id} is counted in {unit or 'plain numbers'}, not in {found.unit}; nothing is converted"
        )
    if found.number <= 0:
        draft.object("form", f"amount is {decimal_text(found.number)}; it is more than nothing")
    return found


def _baseline(draft: Draft) -> None:
    object_unless(draft, root_or(draft), "the root freezes a baseline")
    if f"baseline:{draft.command.item}" in draft.state.fired:
        draft.object("form", f"there is a baseline {draft.command.item!r} already")
    require(draft, "baseline", "plan", draft.command.item, "", "frozen")
    draft.emit("baseline.frozen", draft.command.item, {"plan_hash": draft.state.plan_hash})


def _fill(draft: Draft) -> None:
    path = draft.command.item
    gap = next((each for each in draft.compiled.plan.unresolved if each.path == path), None)
    if gap is None:
        draft.object("form", f"{path!r} is no gap of this plan")
    object_unless(draft, root_or(draft), "the root fills a gap")
    require(draft, "fill", "plan", path, "", "")
    draft.emit("plan.filled", path, {"value": data_of(draft.command.fields["value"])})


say_commands: Mapping[str, Callable[[Draft], None]] = {
    "cite": _cite,
    "notify": _notify,
    "publish": _publish,
    "file": _file,
    "assign": _assign,
    "delegate": _delegate,
    "use": _stock("use", "resource.used"),
    "receive": _stock("receive", "resource.received"),
    "fill": _fill,
    "baseline": _baseline,
}
"""Command → what it does."""

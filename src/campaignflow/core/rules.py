"""Rules: when this event or time, if this holds, then these commands, in the decision of the event itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from campaignflow.core import formulas
from campaignflow.core.commands import Command
from campaignflow.core.draft import Draft
from campaignflow.core.events import Event
from campaignflow.core.facts import Facts
from campaignflow.core.freeze import decimal_text
from campaignflow.core.itemfacts import field_value
from campaignflow.core.measured import selected
from campaignflow.core.parties import parties, selected_units
from campaignflow.core.state import ENDED, Pending
from campaignflow.errors import CampaignflowError, Refused
from campaignflow.plan.expressions import Ref, Unknown, Value
from campaignflow.plan.facts import Place
from campaignflow.plan.model import Do, Rule, Selection
from campaignflow.plan.values import Amount, Duration, Unresolved

__all__ = ["act", "act_later", "on_event", "still_holds"]

MAX_DEPTH = 16
"""How far one event may lead to another by rules."""

_PARTY_FIELDS = frozenset({"copy"})
_PARTY_COMMANDS = frozenset({"cite", "notify"})
_WITH_REGISTER = frozenset({"find", "publish"})


def on_event(draft: Draft, event: Event) -> None:
    """Everything that the plan's rules do on this event."""
    names = (event.type, "inspection.made") if event.type.startswith("inspection.") else (event.type,)
    for name in names:
        for rule in draft.compiled.rules_on.get(name, ()):
            for ref in _subjects(draft, event):
                if _about(draft, rule, name, event, ref):
                    _due(draft, rule, event, ref)


def _subjects(draft: Draft, event: Event) -> list[Ref | None]:
    register = event.type.partition(".")[0]
    if register not in draft.compiled.lifecycles:
        return [None]
    if event.item:
        return [Ref(register, event.item)]
    made = event.data.get("items", ())
    return [Ref(register, str(each["id"]) if isinstance(each, Mapping) else str(each)) for each in made]


def _about(draft: Draft, rule: Rule, name: str, event: Event, ref: Ref | None) -> bool:
    """Whether a rule's `EVENT ITEM` means this item: by id, by the plan's id, or by what was measured or scored."""
    for text in rule.event:
        kind, _, wanted = str(text).partition(" ")
        if kind != name:
            continue
        wanted = wanted.strip()
        if not wanted or wanted in {event.item, ref.id if ref else ""}:
            return True
        item = draft.state.item(ref.register, ref.id) if ref else None
        if item is not None and wanted in {item.fields.get(key) for key in ("task", "indicator", "scorecard")}:
            return True
    return False


def _due(draft: Draft, rule: Rule, event: Event, ref: Ref | None) -> None:
    if not isinstance(rule.after, Duration):
        act(draft, rule, event.seq, ref, event_fields(draft, event, ref))
        return
    item = draft.state.item(ref.register, ref.id) if ref else None
    data = {
        "due": draft.compiled.later(draft.at, rule.after),
        "register": ref.register if ref else "",
        "item": ref.id if ref else "",
        "state": item.state if item else "",
        "type": event.type,
        "actor": event.by,
        "at": event.at,
        "event": event.data.get("fields", {}),
    }
    cause, draft.cause = draft.cause, event.seq
    draft.emit("rule.waiting", rule.id, data, by="engine")
    draft.cause = cause


def still_holds(draft: Draft, pending: Pending) -> bool:
    """Whether what a rule waited on is still so: the item in the same state, and still overdue if that was it."""
    if not pending.item:
        return True
    item = draft.state.item(pending.register, pending.item)
    if item is None or item.state != pending.state:
        return False
    return not pending.type.endswith(".overdue") or item.overdue


def act_later(draft: Draft, rule: Rule, pending: Pending) -> None:
    """What a rule does once its `after` has passed."""
    ref = Ref(pending.register, pending.item) if pending.item else None
    fields = _fields(draft, pending.register, pending.event)
    fields |= {"type": pending.type, "actor": pending.actor, "at": draft.compiled.when(pending.at)}
    act(draft, rule, pending.cause, ref, fields)


def event_fields(draft: Draft, event: Event, ref: Ref | None) -> dict[str, Value]:
    """What a rule's expressions read as `event.…`."""
    register = event.type.partition(".")[0]
    raw = {**{k: v for k, v in event.data.items() if k != "fields"}, **event.data.get("fields", {})}
    fields = _fields(draft, register, raw)
    fields |= {"type": event.type, "actor": event.by, "at": draft.compiled.when(event.at)}
    if event.type == "measurement.taken":
        fields |= _measured(draft, raw)
    if event.type == "indicator.missing":
        fields["indicator"] = event.item
    return fields


def _measured(draft: Draft, raw: Mapping[str, Any]) -> dict[str, Value]:
    name, of = str(raw["indicator"]), str(raw.get("of", ""))
    measures = draft.facts.measures
    indicator = draft.compiled.plan.indicators[name]
    found: dict[str, Value] = {"met": measures.met(name, of) if indicator.target is not None else Unknown.of("met")}
    if "value" not in raw:
        found["value"] = measures.value(name, of)
    if of and isinstance(indicator.for_each, Selection):
        found["of"] = measures.each(indicator, of)
    return found


def _fields(draft: Draft, register: str, raw: Mapping[str, Any]) -> dict[str, Value]:
    facts = draft.facts
    return {
        name.replace("-", "_"): field_value(facts, register, name, value)
        for name, value in raw.items()
        if not isinstance(value, Mapping)
    }


# ------------------------------------------------------------------------------------------------------------------ acting
def act(draft: Draft, rule: Rule, cause: int | None, ref: Ref | None, event: Mapping[str, Value] | None) -> None:
    """Give the rule's commands, once or for each, if its `when` holds. A refusal is recorded, and disturbs nothing."""
    if draft.state.status in ENDED and draft.state.accepted is None and draft.state.status == "aborted":
        return
    place = Place.rule(rule.id)
    facts = draft.standing(item=ref, event=event or {})
    if isinstance(rule.for_each, Selection):
        for each in selected(facts, rule.for_each):
            standing = draft.standing(item=ref, event=event or {}, each=each)
            if _holds(standing, rule, place):
                _give(draft, rule, cause, ref, event, each)
    elif _holds(facts, rule, place):
        _give(draft, rule, cause, ref, event, None)


def _holds(facts: Facts, rule: Rule, place: Place) -> bool:
    return not isinstance(rule.when, str) or formulas.flag(facts, rule.when, place) is True


def _give(
    draft: Draft,
    rule: Rule,
    cause: int | None,
    ref: Ref | None,
    event: Mapping[str, Value] | None,
    each: Ref | None,
) -> None:
    for do in rule.do:
        if isinstance(do, Unresolved):
            continue
        standing = draft.standing(item=ref, event=event or {}, each=each)
        try:
            if draft.depth >= MAX_DEPTH:
                raise Refused(do.command, str(do.item), ())
            for command in _commands(draft, standing, rule, do, ref, each):
                draft.run(draft, command, cause)
        except CampaignflowError as refusal:
            text = str(refusal) if draft.depth < MAX_DEPTH else f"rules set each other off more than {MAX_DEPTH} times"
            _refused(draft, rule, do, cause, text)


def _refused(draft: Draft, rule: Rule, do: Do, cause: int | None, text: str) -> None:
    before, draft.cause = draft.cause, cause
    draft.emit("rule.refused", rule.id, {"command": do.command, "text": text}, by=f"rule:{rule.id}")
    draft.cause = before


def _commands(draft: Draft, facts: Facts, rule: Rule, do: Do, ref: Ref | None, each: Ref | None) -> list[Command]:
    place = Place.rule(rule.id)
    fields = {name: _value(draft, facts, place, do.command, name, raw) for name, raw in do.fields.items()}
    for name in _PARTY_FIELDS & set(fields):
        fields[name] = _party(draft, facts, place, fields[name], ref, each)
    reason = fields.pop("reason", None)
    override = fields.pop("override", None)
    known = {name: value for name, value in fields.items() if value is not None}
    by = f"rule:{rule.id}"
    more: dict[str, Any] = {"reason": reason, "override": override}
    if do.command in _PARTY_COMMANDS:
        named = _party(draft, facts, place, do.item, ref, each)
        targets = [",".join(named)] if do.command == "notify" else list(named)
        return [Command(do.command, target, known, by, **more) for target in targets or [str(do.item)]]
    item = _value(draft, facts, place, do.command, "item", do.item)
    return [Command(do.command, "" if item is None else str(item), known, by, **more)]


def _party(draft: Draft, facts: Facts, place: Place, party: Any, ref: Ref | None, each: Ref | None) -> tuple[str, ...]:
    if isinstance(party, Selection):
        return selected_units(draft.compiled, party)
    if isinstance(party, tuple):
        return tuple(name for one in party for name in _party(draft, facts, place, one, ref, each))
    text = str(party)
    if text.startswith("="):
        found = formulas.value(facts, text[1:], place)
        return () if isinstance(found, Unknown) else (found.id if isinstance(found, Ref) else str(found),)
    item = draft.state.item(ref.register, ref.id) if ref else None
    found_parties = parties(draft.compiled, draft.state, text, item=item, each=str(each) if each else "")
    if not found_parties and text.startswith("actor"):
        actor = (facts.at.event or {}).get("actor")
        return (str(actor),) if actor else ()
    return found_parties


def _value(draft: Draft, facts: Facts, place: Place, command: str, name: str, raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: _value(draft, facts, place, command, name, each) for key, each in raw.items()}
    if isinstance(raw, tuple):
        return tuple(_value(draft, facts, place, command, name, each) for each in raw)
    if not isinstance(raw, str):
        return raw
    if raw.startswith("="):
        return _plain(formulas.value(facts, raw[1:], place), command)
    if name in {"text", "subject", "reason"} and "{" in raw:
        return formulas.template(draft.compiled, raw, place).render(facts)
    return raw


def _plain(value: Value, command: str) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Ref):
        return str(value) if command in _WITH_REGISTER else value.id
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Amount | datetime | date):
        return value
    return value

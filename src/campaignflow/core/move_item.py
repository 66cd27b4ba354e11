"""Commands on the items of registers: adding, moving, changing, extending; the plan's own and the built-in alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from campaignflow.core.authority import ancestors, object_unless, root_or, verifiers
from campaignflow.core.codec import data_of
from campaignflow.core.documents import file_documents, named_documents
from campaignflow.core.draft import Draft
from campaignflow.core.move import check_trigger, find_item, pull, require
from campaignflow.core.parties import owners_of, unit_of
from campaignflow.core.state import ENDED, Item
from campaignflow.plan.values import parse_amount, parse_duration, parse_number

__all__ = ["citation_commands", "finding_commands", "item_command"]

_VERB_OF_ITS_OWN = frozenset({"inspection", "citation", "measurement", "score", "document", "finding", "child", "unit"})
_RESERVED = frozenset({"state", "evidence", "text"})


def _live(draft: Draft) -> None:
    if draft.state.status in ENDED or draft.state.status == "suspended":
        draft.object("lifecycle", f"the campaign is {draft.state.state}")


# ------------------------------------------------------------------------------------------------------------ the plan's
def item_command(draft: Draft, register: str, trigger: str) -> None:
    """`R.add`, `R.set`, `R.extend`, … or `R.TRIGGER`."""
    command = _GENERIC.get(trigger)
    _live(draft)
    if command is not None:
        command(draft, register)
    else:
        _trigger(draft, register, trigger)


def _trigger(draft: Draft, register: str, trigger: str) -> None:
    item = find_item(draft, register, draft.command.item)
    move = pull(draft, item, trigger) if item else None
    if item is not None and move is not None:
        check_trigger(draft, item, move)
    fields = _fields(draft, register)
    target = move.target if move else ""
    require(draft, trigger, register, draft.command.item, item.state if item else "", target)
    if item is not None and move is not None:
        documents = file_documents(draft, under=f"{register}/{item.id}")
        if documents:
            fields["evidence"] = documents
        draft.change(item, target, trigger, fields)


def _fields(draft: Draft, register: str, *, leave: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields given, each turned into its type; objects to those the register has not."""
    model = draft.compiled.plan.registers.get(register)
    known = dict(model.fields) if model is not None else {}
    found: dict[str, Any] = {}
    for name, raw in draft.command.fields.items():
        if name in leave or (name in _RESERVED and name not in known):
            continue
        spec = known.get(name)
        if spec is None:
            from difflib import get_close_matches

            near = get_close_matches(name, list(known), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(known) or 'none'}"
            draft.object("form", f"{register} has no field {name!r}{hint}")
            continue
        found[name] = _typed(draft, register, spec, name, raw)
    if "text" in draft.command.fields and "text" not in known:
        found["text"] = str(draft.command.fields["text"])
    return found


def _typed(draft: Draft, register: str, spec: Any, name: str, raw: Any) -> Any:
    if raw is None:
        return None
    if spec.many is True and isinstance(raw, tuple):
        return tuple(_one_typed(draft, register, spec, name, each) for each in raw)
    return _one_typed(draft, register, spec, name, raw)


def _one_typed(draft: Draft, register: str, spec: Any, name: str, raw: Any) -> Any:
    kind = str(spec.type)
    try:
        if kind == "number":
            return raw if isinstance(raw, Decimal) else parse_number(str(raw))
        if kind == "amount":
            return raw if not isinstance(raw, str) else parse_amount(raw)
    except ValueError as error:
        draft.object("form", f"{register}.{name}: {error}")
        return None
    if kind == "flag" and not isinstance(raw, bool):
        if str(raw) not in {"yes", "no", "true", "false"}:
            draft.object("form", f"{register}.{name} is {raw!r}; it is yes or no")
        return str(raw) in {"yes", "true"}
    if spec.one_of and str(raw) not in {str(each) for each in spec.one_of}:
        draft.object("form", f"{register}.{name} is {raw!r}; it is one of {', '.join(map(str, spec.one_of))}")
    if kind in draft.compiled.lifecycles:
        return _reference(draft, f"{register}.{name}", kind, raw)
    return data_of(raw)


def _reference(draft: Draft, where: str, register: str, raw: Any) -> str:
    from campaignflow.plan.expressions import Ref

    ident = raw.id if isinstance(raw, Ref) else str(raw)
    ident = ident.partition("/")[2] if ident.startswith(f"{register}/") else ident
    if draft.state.item(register, ident) is None:
        draft.object("form", f"{where}: there is no {register} {ident!r}")
    return ident


def _add(draft: Draft, register: str) -> None:
    compiled, state = draft.compiled, draft.state
    if register in _VERB_OF_ITS_OWN:
        draft.object("form", f"a {register} has a verb of its own: it is not made by {register}.add")
    if register == "task":
        _add_task(draft)
        return
    ident = draft.command.item if draft.command.item not in {"", "new"} else draft.number(register)
    fields = _fields(draft, register)
    life = compiled.lifecycles[register]
    start = str(draft.command.fields.get("state", life.initial))
    if start not in life.starts_in:
        draft.object("lifecycle", f"a {register} begins as {' or '.join(life.starts_in)}, not as {start}")
    model = compiled.plan.registers.get(register)
    for spec in model.fields.values() if model else ():
        if spec.required is True and fields.get(spec.id) is None:
            draft.object("fields", f"a {register} needs {spec.id}")
    if state.item(register, ident) is not None:
        draft.object("form", f"there is a {register} {ident!r} already")
    unit = str(fields.get("unit") or "")
    object_unless(draft, root_or(draft, unit or None), f"the root, or the item's unit, adds a {register}")
    _object_to_twins(draft, register, model, fields)
    require(draft, "add", register, ident, "", start)
    draft.emit(f"{register}.{start}", ident, {"fields": _known(fields), **_repeats(draft, register, model, fields)})


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _object_to_twins(draft: Draft, register: str, model: Any, fields: Mapping[str, Any]) -> None:
    names = [str(name) for name in model.unique] if model is not None else []
    if not names:
        return
    wanted = [data_of(fields.get(name)) for name in names]
    life = draft.compiled.lifecycles[register]
    for item in draft.state.items_of(register):
        if item.state not in life.ends and [item.fields.get(name) for name in names] == wanted:
            draft.object("unique", f"{register} {item.id} has the same {', '.join(names)} already")
            return


def repeats(draft: Draft, register: str, names: tuple[str, ...], fields: Mapping[str, Any]) -> dict[str, Any]:
    """How often an item with these values of `repeats-by` has come now: the event's `repeats` and `nth`."""
    if not names or any(fields.get(name) is None for name in names):
        return {}
    key = "|".join(str(data_of(fields[name])) for name in names)
    nth = draft.state.count(f"nth|{register}|{key}") + 1
    return {"repeats": key, "nth": nth}


def _repeats(draft: Draft, register: str, model: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return repeats(draft, register, tuple(str(n) for n in model.repeats_by) if model else (), fields)


def _add_task(draft: Draft) -> None:
    """A task that the plan did not foresee: it belongs to a phase, and counts in it."""
    ident = draft.command.item if draft.command.item not in {"", "new"} else draft.number("task")
    object_unless(draft, root_or(draft), "the root adds a task")
    phase = str(draft.command.fields.get("phase", draft.state.phase))
    path = draft.compiled.leaf_of(phase) if phase else None
    if draft.state.item("task", ident) is not None or ident in draft.compiled.tasks:
        draft.object("form", f"there is a task {ident!r} already")
    owners = draft.command.fields.get("owners", ())
    owners = owners if isinstance(owners, tuple) else tuple(str(owners).split())
    if not owners and not draft.compiled.open_authority:
        draft.object("form", "a task needs owners")
    require(draft, "add", "task", ident, "", "planned")
    up = draft.compiled.phases[path].up if path else ()
    draft.emit("task.planned", "", {"items": ({"id": ident, "task": ident, "owners": owners, "up": up},)})


def _set(draft: Draft, register: str) -> None:
    item = find_item(draft, register, draft.command.item)
    if item is not None:
        unit = unit_of(draft.compiled, draft.state, item)
        object_unless(draft, [unit, *ancestors(draft, unit)], "the item's unit, or one above it, changes it", item)
    fields = _fields(draft, register)
    require(draft, "set", register, draft.command.item, item.state if item else "", item.state if item else "")
    if item is not None:
        draft.emit(f"{register}.changed", item.id, {"fields": fields})


# ------------------------------------------------------------------------------------------------------------ extensions
def _ask(draft: Draft, register: str) -> None:
    item = find_item(draft, register, draft.command.item)
    if item is not None:
        owners = _answerable(draft, item)
        object_unless(draft, owners, "the owner asks for an extension", item)
    until = _until(draft, item)
    require(draft, "ask-extension", register, draft.command.item, "", "")
    if item is not None:
        asked = int(item.fields.get("asked", 0)) + 1
        draft.emit(
            f"{register}.extension_asked", item.id, {"fields": {"asked": asked, "asked_until": until}, **_why(draft)}
        )


def _extend(draft: Draft, register: str) -> None:
    item = find_item(draft, register, draft.command.item)
    if item is not None:
        object_unless(draft, root_or(draft, *_deciders(draft, item)), "the verifier, or a unit above, extends", item)
    until = _until(draft, item)
    require(draft, "extend", register, draft.command.item, "", "")
    if item is not None:
        granted = int(item.fields.get("extensions", 0)) + 1
        draft.emit(f"{register}.extended", item.id, {"until": until, "fields": {"extensions": granted}, **_why(draft)})


def _refuse(draft: Draft, register: str) -> None:
    item = find_item(draft, register, draft.command.item)
    if item is not None:
        object_unless(draft, root_or(draft, *_deciders(draft, item)), "the verifier, or a unit above, refuses", item)
    require(draft, "refuse-extension", register, draft.command.item, "", "")
    if item is not None:
        draft.emit(f"{register}.extension_refused", item.id, _why(draft))


def _answerable(draft: Draft, item: Item) -> list[str]:
    if item.register == "task":
        return list(owners_of(draft.compiled, draft.state, item))
    return [unit_of(draft.compiled, draft.state, item)]


def _deciders(draft: Draft, item: Item) -> list[str]:
    if item.register == "task":
        return verifiers(draft, item)[0]
    return ancestors(draft, unit_of(draft.compiled, draft.state, item))


def _why(draft: Draft) -> dict[str, Any]:
    reason = draft.command.reason or draft.command.fields.get("reason")
    return {"reason": reason} if reason else {}


def _until(draft: Draft, item: Item | None) -> int | None:
    """The new time limit: `until`, or `more` beyond the present one."""
    more, until = draft.command.fields.get("more"), draft.command.fields.get("until")
    if (more is None) == (until is None):
        draft.object("form", "an extension is `more` (a duration) or `until` (a moment), one of them")
        return None
    try:
        if more is None:
            return int(moment_of(draft, until))
        due = item.due if item is not None and item.due is not None else draft.at
        return draft.compiled.later(due, more if not isinstance(more, str) else parse_duration(more))
    except ValueError as error:
        draft.object("form", f"{draft.command.name}: {error}")
        return None


def moment_of(draft: Draft, raw: Any) -> int:
    """A moment given with a command, in microseconds; a date means its end."""
    from datetime import datetime

    from campaignflow.plan.time import Span, parse_moment, parse_window
    from campaignflow.plan.timemath import to_us

    if isinstance(raw, int):
        return raw
    if isinstance(raw, datetime):
        return to_us(raw)
    context = draft.compiled.context(draft.state)
    span = parse_window(str(raw)).resolve(context) if len(str(raw)) <= 10 else None
    if isinstance(span, Span) and span.end is not None:
        return to_us(span.end)
    found = parse_moment(str(raw)).resolve(context)
    if not isinstance(found, datetime):
        raise ValueError(f"{raw!r} is no moment yet: it waits for {', '.join(sorted(found.needs))}")
    return to_us(found)


_GENERIC: Mapping[str, Callable[[Draft, str], None]] = {
    "add": _add,
    "set": _set,
    "ask-extension": _ask,
    "extend": _extend,
    "refuse-extension": _refuse,
}


# ------------------------------------------------------------------------------------------------- findings and citations
def _finding(trigger: str) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        _live(draft)
        item = find_item(draft, "finding", draft.command.item)
        move = pull(draft, item, trigger) if item else None
        if item is not None:
            unit = unit_of(draft.compiled, draft.state, item)
            if move is not None and move.by is not None:
                check_trigger(draft, item, move)
            elif trigger in {"start", "correct"}:
                object_unless(draft, [unit], f"the unit answerable may {trigger}", item)
            else:
                object_unless(
                    draft,
                    [item.opener, *ancestors(draft, unit)],
                    f"who opened it, or a unit above, may {trigger}",
                    item,
                )
        require(draft, trigger, "finding", draft.command.item, item.state if item else "", move.target if move else "")
        if item is not None and move is not None:
            documents = file_documents(draft, under=f"finding/{item.id}")
            fields: dict[str, Any] = {"evidence": documents} if documents else {}
            if draft.command.fields.get("text"):
                fields["answer"] = str(draft.command.fields["text"])
            draft.change(item, move.target, trigger, fields)

    return command


finding_commands = {f"finding.{trigger}": _finding(trigger) for trigger in ("start", "correct", "close", "reopen")}
"""Command → what it does."""


def _citation(trigger: str) -> Callable[[Draft], None]:
    def command(draft: Draft) -> None:
        item = find_item(draft, "citation", draft.command.item)
        move = pull(draft, item, trigger) if item else None
        if item is not None:
            unit = str(item.fields["unit"])
            allowed = [unit] if trigger == "reply" else [item.opener, *ancestors(draft, unit)]
            who = "the cited replies" if trigger == "reply" else f"who issued it may {trigger}"
            object_unless(draft, allowed, who, item)
        named_documents(draft)
        require(draft, trigger, "citation", draft.command.item, item.state if item else "", move.target if move else "")
        if item is not None and move is not None:
            documents = file_documents(draft, under=f"citation/{item.id}")
            fields: dict[str, Any] = {"evidence": documents} if documents else {}
            if draft.command.fields.get("text"):
                fields[{"reply": "reply"}.get(trigger, "closing")] = str(draft.command.fields["text"])
            draft.change(item, move.target, trigger, fields)

    return command


citation_commands = {f"citation.{trigger}": _citation(trigger) for trigger in ("reply", "close", "withdraw")}
"""Command → what it does."""

"""The decision: a command becomes events, or is refused with every reason; nothing in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaignflow.core.apply import empty_state
from campaignflow.core.authority import known_actor
from campaignflow.core.codec import command_digest
from campaignflow.core.commands import Command
from campaignflow.core.compiled import HOST, Compiled
from campaignflow.core.draft import Context, Decision, Draft
from campaignflow.core.fire import fire
from campaignflow.core.follow import follow, make_ready
from campaignflow.core.forms import check_form
from campaignflow.core.freeze import FrozenDict
from campaignflow.core.messages import Objection
from campaignflow.core.move import refuse
from campaignflow.core.move_assess import assess_commands
from campaignflow.core.move_item import citation_commands, finding_commands, item_command
from campaignflow.core.move_phase import phase_commands
from campaignflow.core.move_say import say_commands
from campaignflow.core.move_task import task_commands
from campaignflow.core.state import State
from campaignflow.errors import Refused
from campaignflow.plan.values import Duration

__all__ = ["Context", "Decision", "begin", "decide", "run_in", "why_not"]

_COMMANDS: Mapping[str, Callable[[Draft], None]] = {
    **phase_commands,
    **task_commands,
    **finding_commands,
    **citation_commands,
    **assess_commands,
    **say_commands,
    "timer": fire,
}


def begin(compiled: Compiled, campaign: str, command: Command, context: Context) -> Decision:
    """Start a campaign by this plan.

    Raises:
        Refused: the plan has gaps, or says what this version does not run; the objections list them all.
    """
    plan = compiled.plan
    objections = [Objection("gap", f"{gap.path} is not known yet") for gap in plan.unresolved if not gap.later]
    objections += [
        Objection("form", f"{path}: {what} is read, but this version does not run it") for path, what in plan.not_run()
    ]
    if command.by not in {None, "", "engine"} and not compiled.open_authority:
        unknown = known_actor(compiled, str(command.by))
        objections += [Objection("actor", unknown)] if unknown is not None else []
    if objections:
        raise Refused("start", campaign, objections)
    draft = _draft(compiled, empty_state(compiled, campaign), command, context)
    data = {
        "campaign": campaign,
        "plan": plan.id,
        "plan_hash": plan.hash,
        "calendar": compiled.calendar.name,
        "calendar_hash": compiled.calendar.hash,
        "virtual": True if command.fields.get("virtual") is True else None,
    }
    draft.emit("campaign.started", "", {key: value for key, value in data.items() if value is not None})
    return _decision(draft)


def decide(compiled: Compiled, state: State, command: Command, context: Context) -> Decision:
    """What a command makes of a campaign. Pure: the same arguments give the same decision.

    Raises:
        Refused: of the kind of the gravest objection, with all of them; nothing has changed.
    """
    draft = _draft(compiled, state, command, context)
    _check_door(draft)
    _check(draft)
    _handle(draft)
    refuse(draft)
    _wake(draft)
    return _decision(draft)


def why_not(compiled: Compiled, state: State, command: Command, context: Context) -> tuple[Objection, ...]:
    """What stands in the way of a command, in words; empty when nothing does."""
    try:
        decide(compiled, state, command, context)
    except Refused as refusal:
        return refusal.objections
    return ()


def run_in(parent: Draft, command: Command, cause: int | None) -> None:
    """A rule's command inside the decision of the event that set it off; if it is refused, nothing of it stays.

    Raises:
        Refused: as for any command.
    """
    mark = len(parent.events), parent.state, len(parent.notifications)
    draft = _draft(parent.compiled, parent.state, command, parent.context)
    draft.at = parent.at
    draft.events, draft.notifications, draft.touched = parent.events, parent.notifications, parent.touched
    draft.depth, draft.cause = parent.depth + 1, cause
    try:
        _check(draft)
        _handle(draft)
        refuse(draft)
    except Refused:
        del parent.events[mark[0] :]
        del parent.notifications[mark[2] :]
        parent.state = mark[1]
        raise
    parent.state = draft.state


def _draft(compiled: Compiled, state: State, command: Command, context: Context) -> Draft:
    actor = command.by or (HOST if compiled.open_authority else "")
    at = context.now if command.at is None else command.at
    if command.name == "timer":
        at = int(command.fields["due"])
    return Draft(
        compiled=compiled, state=state, command=command, context=context, actor=actor, at=at, react=follow,
        run=run_in,
        header=_header(command),
    )  # fmt: skip


def _header(command: Command) -> Mapping[str, Any]:
    header = {
        "id": command.id,
        "name": command.name,
        "item": command.item or None,
        "digest": command_digest(command),
        "auth": command.auth or None,
        "override": command.override,
        "reason": command.reason,
    }
    return FrozenDict({key: value for key, value in header.items() if value is not None})


def _check_door(draft: Draft) -> None:
    """The engine's and the rules' names, which no role is asked of, are not for whoever comes from outside."""
    command = draft.command
    ours = command.by == "engine" and (command.id or "").startswith("timer:")
    if command.name == "timer" and not ours:
        draft.object("form", "there is no command 'timer': timers fire by themselves")
    elif command.name != "timer" and draft.actor.startswith("rule:"):
        draft.object("actor", f"{draft.actor} is a rule, and acts by itself: give by= a unit or unit/member")
    elif command.name != "timer" and draft.actor == "engine":
        draft.object("actor", "the engine acts by itself: give by= a unit or unit/member")
    refuse(draft)


def _check(draft: Draft) -> None:
    """Who asks, when it happened, and whether the command is of its form."""
    command, compiled = draft.command, draft.compiled
    if command.name == "timer":
        return
    check_form(draft)
    if not draft.actor:
        draft.object("actor", "a plan with units needs to know who acts: give by= a unit or unit/member")
    elif not compiled.open_authority and not draft.actor.startswith("rule:"):
        unknown = known_actor(compiled, draft.actor)
        if unknown is not None:
            draft.object("actor", unknown)
    _check_time(draft)
    refuse(draft)
    if not draft.actor.startswith("rule:"):
        draft.objections += draft.context.ports.authorize(draft.actor, command.name, command.item, draft.view)


def _check_time(draft: Draft) -> None:
    """Not in the future, and no further back than the plan allows."""
    at = draft.command.at
    if at is None:
        return
    if at > draft.context.now:
        draft.object("form", "it would happen in the future: at= says when it happened")
    limit = draft.compiled.plan.back_dating
    if isinstance(limit, Duration) and draft.compiled.later(at, limit) < draft.context.now:
        draft.object("back-dating", f"it happened more than {limit} ago: later than that it is a correction")


def _handle(draft: Draft) -> None:
    handler = _COMMANDS.get(draft.command.name)
    if handler is not None:
        handler(draft)
        return
    register, _, trigger = draft.command.name.partition(".")
    item_command(draft, register, trigger)


def _wake(draft: Draft) -> None:
    """Tasks under a condition are looked at again after whatever happened."""
    key = "conditional"
    tasks = draft.compiled.memo.get(key)
    if tasks is None:
        tasks = draft.compiled.memo[key] = [info.id for info in draft.compiled.tasks.values() if info.whens]
    if tasks and draft.events:
        make_ready(draft, [one for task in tasks for one in draft.state.by_plan_id.get(task) or ()])


def _decision(draft: Draft) -> Decision:
    return Decision(tuple(draft.events), draft.state, tuple(draft.notifications), frozenset(draft.touched))

"""What a plugin can implement: one function a hook. This page is the whole contract.

Three kinds, never mixed. **Decision hooks** are asked inside a decision: they must be pure and quick, and what they
answer is recorded, so that replay asks nobody. **Effect hooks** are called after the commit: they may reach the outside
world, and may be repeated. **Registration hooks** are called once, when the plugin is taken in, so that names are known
when a plan is read.

A plugin is an object or module whose functions are marked by `hookimpl`. An implementation takes the arguments it
wants, by name, and leaves out the others; so a later version of a hook may add one and break nobody.

>>> from campaignflow.hooks import Plugins, hookimpl
>>> class OfficeHours:
...     name = "office-hours"
...     @hookimpl
...     def guard(self, move, campaign):
...         if not 8 <= campaign.now.hour < 18:
...             return "the office is closed"
>>> [info.hooks for info in Plugins([OfficeHours()]).describe()]
[('guard',)]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from campaignflow.core.events import Event
    from campaignflow.core.messages import AuditRecord, Move, Notification, Objection, ScoringMethod
    from campaignflow.core.view import CampaignView
    from campaignflow.hooks.values import Channel, DeliveryResult, DistributionKind, PluginCommand, ReportSection
    from campaignflow.plan.calendars import Calendar

__all__ = [
    "DECISION_HOOKS",
    "EFFECT_HOOKS",
    "HOOK_VERSION",
    "REGISTRATION_HOOKS",
    "audit",
    "authorize",
    "compose",
    "deliver",
    "guard",
    "hookimpl",
    "register_calendars",
    "register_commands",
    "register_distributions",
    "register_report_sections",
    "register_scoring_methods",
]

PROJECT = "campaignflow"

#: Version of this contract. Adding a hook or an argument leaves it; removing one raises it, after two minor versions
#: of warning.
HOOK_VERSION = 1

DECISION_HOOKS = ("authorize", "guard", "compose")
EFFECT_HOOKS = ("deliver", "audit")
REGISTRATION_HOOKS = (
    "register_scoring_methods",
    "register_calendars",
    "register_distributions",
    "register_report_sections",
    "register_commands",
)

hookspec = pluggy.HookspecMarker(PROJECT)

#: Marks a function as the implementation of the hook that it is named after: `@hookimpl`, `@hookimpl(tryfirst=True)`,
#: `@hookimpl(trylast=True)`, `@hookimpl(specname="guard")`.
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def authorize(
    actor: str, action: str, subject: str, campaign: CampaignView
) -> str | Objection | Iterable[str | Objection] | None:
    """May this actor do this?

    Fires: before every command (and every read that the engine is asked to authorise), beside the plan's own roles.
    Gets: the actor (`unit` or `unit/member`; `host` where the plan has no units), the command's name, the id it is
        aimed at, and the campaign before the command.
    Returns: None to agree; a text or an Objection, or a list of them, to deny. Every plugin is asked; any denial wins.
    Fails: the command is refused by PluginError (or the plugin skipped, if the host says `on-fault = "skip"`).
    Repeats: yes, whenever a decision is made anew; it must be pure. Never on replay.
    """


@hookspec
def guard(move: Move, campaign: CampaignView) -> str | Objection | Iterable[str | Objection] | None:
    """May this item change its state?

    Fires: inside the decision, once for each move of an item, a phase or the campaign, beside the plan's own guards;
        also for `why_not`.
    Gets: the move, and the campaign before it.
    Returns: None to agree; a text or an Objection, or a list of them, to object. All objections are collected.
    Fails: the command is refused by PluginError (or the plugin skipped, if the host says `on-fault = "skip"`).
    Repeats: yes, whenever a decision is made anew; it must be pure. Never on replay.
    """


@hookspec
def compose(event: Event, campaign: CampaignView) -> Notification | Iterable[Notification] | None:
    """Which notifications does this event cause?

    Fires: inside the decision, once for each event that a command makes, rules included.
    Gets: the event, and the campaign after it.
    Returns: None, a Notification or a list of them (at most 1,000). Key, campaign, event, seq and time are set by us.
    Fails: the command is refused by PluginError (or the plugin skipped, if the host says `on-fault = "skip"`).
    Repeats: yes, whenever a decision is made anew; it must be pure. Never on replay: what was composed is recorded.
    """


@hookspec(firstresult=True)
def deliver(notification: Notification, channel: Channel) -> DeliveryResult | bool | None:
    """Hand one notification to the outside world.

    Fires: after the commit, from the outbox, once for each notification that is due, until it is delivered or given up.
    Gets: the notification, and its channel as the host configured it (plugin and destination).
    Returns: None if this channel is not yours; True or DeliveryResult.delivered() when it is handed over; False or
        DeliveryResult.failed(reason, permanent=…) when it is not. The first plugin that answers settles it.
    Fails: raising, answering with the wrong type or passing the limit (30 s) counts as not delivered; it is tried
        again later.
    Repeats: yes, at least once: the same `notification.key` names the same message at every attempt.
    """


@hookspec
def audit(record: AuditRecord) -> None:
    """Keep one event of the log somewhere else.

    Fires: after the commit, for each event of every campaign, in the order of the store's log, from this sink's cursor.
    Gets: the event with its position and its bytes exactly as stored.
    Returns: None, once the record is safe.
    Fails: the same record comes again later, and the sink waits there; no record is skipped, ever.
    Repeats: yes, after a crash between your write and our cursor: recognise it by `record.position`.
    """


@hookspec
def register_scoring_methods() -> Iterable[ScoringMethod]:  # type: ignore[empty-body]
    """Ways to make a scored node's result from its children, for `method:` in a plan.

    Fires: once, when the plugin is taken in.
    Gets: nothing.
    Returns: a list of ScoringMethod. Its function gets the children and must return a finite Decimal (or whole number).
    Fails: the plugin is refused; so is a name that is built in or taken. A method that fails later refuses the command.
    Repeats: the registration never; the function whenever a score is computed: it must be pure. Never on replay.
    """


@hookspec
def register_calendars() -> Iterable[Calendar]:  # type: ignore[empty-body]
    """Working-day calendars, for `calendar:` in a plan.

    Fires: once, when the plugin is taken in.
    Gets: nothing.
    Returns: a list of Calendar, each with its source, version and the day until which it is known.
    Fails: the plugin is refused; so is a name that is taken.
    Repeats: never.
    """


@hookspec
def register_distributions() -> Iterable[DistributionKind]:  # type: ignore[empty-body]
    """Probability distributions for the simulation.

    Fires: once, when the plugin is taken in.
    Gets: nothing.
    Returns: a list of DistributionKind: a name, its parameters and its quantile function.
    Fails: the plugin is refused; so is a name that is built in or taken. A quantile that fails stops the simulation.
    Repeats: the registration never; the quantile for each draw: it must be pure.
    """


@hookspec
def register_report_sections() -> Iterable[ReportSection]:  # type: ignore[empty-body]
    """Sections of the HTML report.

    Fires: once, when the plugin is taken in.
    Gets: nothing.
    Returns: a list of ReportSection; each is asked for rows of plain text, which the report escapes.
    Fails: the plugin is refused; so is a name that is taken. A section that fails later is shown as failed, and the
        report is made all the same.
    Repeats: the registration never; a section each time a report is made.
    """


@hookspec
def register_commands() -> Iterable[PluginCommand]:  # type: ignore[empty-body]
    """Commands of the command line, under `campaignflow NAME`.

    Fires: once, when the plugin is taken in.
    Gets: nothing.
    Returns: a list of PluginCommand; its function gets the arguments after the name and returns the exit status.
    Fails: the plugin is refused; so is a name that is taken.
    Repeats: the registration never; the function each time it is called.
    """

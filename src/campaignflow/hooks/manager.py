"""The plugins of one engine, asked one by one and held to their limits.

There is no global manager: two engines in one process may have different plugins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from campaignflow.core.messages import AuditRecord, Move, Notification, Objection, ScoreItem, ScoringMethod
from campaignflow.errors import PluginError
from campaignflow.hooks import answers
from campaignflow.hooks.calling import Failure, attempt
from campaignflow.hooks.contributions import Contribution
from campaignflow.hooks.registry import Member, Registry, log
from campaignflow.hooks.settings import Settings
from campaignflow.hooks.validate import Implementation, nearest
from campaignflow.hooks.values import (
    Channel,
    DeliveryResult,
    DistributionKind,
    Fault,
    PluginCommand,
    PluginInfo,
    ReportSection,
)

if TYPE_CHECKING:
    from campaignflow.core.events import Event
    from campaignflow.core.view import CampaignView
    from campaignflow.plan.calendars import Calendar

__all__ = ["Plugins"]

T = TypeVar("T")

_FAULTS_KEPT = 1_000
_DISABLED = Failure("the plugin is disabled")


class Plugins:
    """All plugins of one engine: what the core sees of them (`core.ports.Ports`), what outbox and audit use.

    Args:
        plugins: plugin objects, modules, classes (built with their settings) or what `installed()` found, in order; as
            pluggy has it, the later one is asked first, `tryfirst` before all and `trylast` after all.
        settings: the host's configuration.
        time_limit: seconds that a decision hook may take, unless the plugin's settings say otherwise.
        effect_limit: seconds that an effect or registration hook may take, likewise.

    Raises:
        PluginError: a plugin that was passed in is no good. What `installed()` found never raises: see `describe()`.
        PlanError: its settings are no good.
    """

    def __init__(
        self,
        plugins: Iterable[object] = (),
        settings: Settings | None = None,
        time_limit: float = 1.0,
        effect_limit: float = 30.0,
    ) -> None:
        self.settings = settings if settings is not None else Settings()
        self._time_limit, self._effect_limit = time_limit, effect_limit
        self._registry = Registry(plugins, self.settings, effect_limit)
        self._faults: deque[Fault] = deque(maxlen=_FAULTS_KEPT)

    # Decision hooks: core.ports.Ports

    def authorize(self, actor: str, action: str, subject: str, view: CampaignView) -> tuple[Objection, ...]:
        """Objections of every plugin to this actor doing this; any one denies.

        Raises:
            PluginError: a plugin that may not be skipped failed.
        """
        return self._objections("authorize", {"actor": actor, "action": action, "subject": subject, "campaign": view})

    def guard(self, move: Move, view: CampaignView) -> tuple[Objection, ...]:
        """Objections of every plugin to this move.

        Raises:
            PluginError: a plugin that may not be skipped failed.
        """
        return self._objections("guard", {"move": move, "campaign": view})

    def compose(self, event: Event, view: CampaignView) -> tuple[Notification, ...]:
        """Notifications that the plugins make of this event.

        Raises:
            PluginError: a plugin that may not be skipped failed.
        """
        found: list[Notification] = []
        for member, each in self._registry.calls["compose"]:
            check = answers.notifications(member.name, view.id, event)
            found.extend(self._decide(member, each, {"event": event, "campaign": view}, check) or ())
        return tuple(found)

    def scoring_method(self, name: str) -> ScoringMethod | None:
        """The scoring method that a plugin registered under this name; its `score` raises PluginError when it fails."""
        found = self._brought("register_scoring_methods").get(name)
        return None if found is None else evolve(found.value, score=partial(self._score, found))

    # Effect hooks: the outbox and the audit

    def deliver(self, notification: Notification) -> DeliveryResult:
        """Hand a notification to the plugin behind its channel. Never raises: what went wrong is in the result.

        Where the host gave the channel to a plugin, only that one is asked; else each in order, until one answers.
        """
        channel = self.settings.channel(notification.channel)
        failed: list[str] = []
        for member, each in self._behind(channel):
            found = self._effect(member, each, {"notification": notification, "channel": channel}, answers.delivery)
            if isinstance(found, Failure):
                failed.append(f"plugin {member.name!r}: {found.cause}")
            elif found is not None:
                return evolve(found, plugin=member.name)
        return DeliveryResult.failed("; ".join(failed) or self._nobody(channel))

    def sinks(self) -> dict[str, Callable[[AuditRecord], None]]:
        """What keeps audit records, by plugin; each call raises PluginError until the record is safe."""
        return {member.name: partial(self._audit, member, each) for member, each in self._registry.calls["audit"]}

    # What plugins registered

    def scoring_methods(self) -> Mapping[str, ScoringMethod]:
        """Scoring methods by name; `score` raises PluginError when it fails."""
        brought = self._brought("register_scoring_methods")
        return {name: evolve(each.value, score=partial(self._score, each)) for name, each in brought.items()}

    def calendars(self) -> Mapping[str, Calendar]:
        """Calendars by name."""
        return {name: each.value for name, each in self._brought("register_calendars").items()}

    def distributions(self) -> Mapping[str, DistributionKind]:
        """Distributions by name."""
        return {name: each.value for name, each in self._brought("register_distributions").items()}

    def report_sections(self) -> Mapping[str, ReportSection]:
        """Sections of the report by name; `render` raises PluginError when it fails."""
        brought = self._brought("register_report_sections")
        return {name: evolve(each.value, render=partial(self._render, each)) for name, each in brought.items()}

    def commands(self) -> Mapping[str, PluginCommand]:
        """Commands of the command line by name."""
        return {name: each.value for name, each in self._brought("register_commands").items()}

    # Managing

    def describe(self) -> list[PluginInfo]:
        """Every plugin, the one that is asked first first; those that could not be used come last, with the reason."""
        return [member.info(order) for order, member in enumerate(self._registry.in_order(), 1)]

    def faults(self) -> tuple[Fault, ...]:
        """The latest misbehaviours, oldest first; at most 1,000 are kept. Skips are here, too."""
        return tuple(self._faults)

    def enable(self, name: str) -> None:
        """Ask this plugin again; also after its decision hook was late.

        Raises:
            PluginError: there is no such plugin, or it cannot be used.
        """
        member = self._registry.member(name)
        if member.broken:
            raise PluginError(name, "plugins", f"cannot be used: {member.error}")
        member.enabled, member.late, member.error = True, None, None
        self._registry.arrange()

    def disable(self, name: str) -> None:
        """Ask this plugin no more. Its audit cursor waits; its scoring methods refuse.

        Raises:
            PluginError: there is no such plugin.
        """
        self._registry.member(name).enabled = False
        self._registry.arrange()

    # Calling

    def _brought(self, hook: str) -> dict[str, Contribution]:
        return dict(sorted(self._registry.contributions.get(hook, {}).items()))

    def _objections(self, hook: str, arguments: Mapping[str, Any]) -> tuple[Objection, ...]:
        found: list[Objection] = []
        for member, each in self._registry.calls[hook]:
            found.extend(self._decide(member, each, arguments, answers.objections(member.name)) or ())
        return tuple(found)

    def _decide(
        self, member: Member, each: Implementation, arguments: Mapping[str, Any], check: Callable[[Any], T]
    ) -> T | None:
        """One decision hook's answer; None where the plugin failed and the host lets it be skipped."""
        found = self._timed(member, each.bound(arguments), check)
        if not isinstance(found, Failure):
            return found
        if member.policy.on_fault == "skip":
            self._note(member, each.hook, found.cause, "skipped")
            return None
        self._note(member, each.hook, found.cause, "refused")
        raise PluginError(member.name, each.hook, found.cause) from found.error

    def _timed(self, member: Member, call: Callable[[], Any], check: Callable[[Any], T]) -> T | Failure:
        """A call inside a decision. A plugin that was late is not called again until somebody enables it."""
        if member.late is not None:
            return Failure(f"is disabled since it was late ({member.late}); enable it again when it is mended")
        limit = member.policy.time_limit or self._time_limit
        made = partial(member.worker.run, call, limit) if member.policy.isolate else call
        found = attempt(made, limit, check)
        if isinstance(found, Failure) and found.late:
            member.late = found.cause
        return found

    def _effect(
        self, member: Member, each: Implementation, arguments: Mapping[str, Any], check: Callable[[Any], T]
    ) -> T | Failure:
        """One effect hook's answer, from the plugin's own thread, so that a hang ends at the limit."""
        limit = member.policy.effect_limit or self._effect_limit
        # the worker keeps the limit; what has come back in time is not thrown away for a microsecond of ours
        found = attempt(partial(member.worker.run, each.bound(arguments), limit), float("inf"), check)
        if isinstance(found, Failure):
            self._note(member, each.hook, found.cause, "retry")
        return found

    def _note(self, member: Member, hook: str, cause: str, outcome: str) -> None:
        member.error = f"{hook}: {cause}"
        self._faults.append(Fault(member.name, hook, cause, outcome))
        log.warning("plugin failed", plugin=member.name, hook=hook, cause=cause, outcome=outcome)

    def _behind(self, channel: Channel) -> Iterable[tuple[Member, Implementation]]:
        calls = self._registry.calls["deliver"]
        return calls if channel.plugin is None else [each for each in calls if each[0].name == channel.plugin]

    def _nobody(self, channel: Channel) -> str:
        """Why nobody answered, for the dead letter's reader."""
        if channel.plugin is None:
            hint = f"give it to one in the host's [channels.{channel.name}]"
            return f"no plugin answers for channel {channel.name!r}: {hint}"
        behind = f"channel {channel.name!r} is given to plugin {channel.plugin!r}, which"
        member = self._registry.members.get(channel.plugin)
        if member is None:
            return f"{behind} is not there{nearest(channel.plugin, self._registry.members)}"
        if member.broken:
            return f"{behind} cannot be used: {member.error}"
        if not member.enabled:
            return f"{behind} is disabled"
        delivers = any(each.hook == "deliver" for each in member.made)
        return f"{behind} did not answer for it" if delivers else f"{behind} delivers nothing"

    def _audit(self, member: Member, each: Implementation, record: AuditRecord) -> None:
        found = self._effect(member, each, {"record": record}, answers.nothing)
        if isinstance(found, Failure):
            raise PluginError(member.name, "audit", found.cause) from found.error

    def _score(self, brought: Contribution, items: tuple[ScoreItem, ...]) -> Any:
        """A scoring method has no neutral answer, so it can be refused only, never skipped."""
        member = self._registry.members[brought.plugin]
        found = (
            self._timed(member, partial(brought.value.score, items), answers.number) if member.enabled else _DISABLED
        )
        return self._or_refuse(brought, found, "refused")

    def _render(self, brought: Contribution, view: CampaignView) -> Any:
        """A section of a report decides nothing: it may take the time of an effect."""
        member = self._registry.members[brought.plugin]
        limit = member.policy.effect_limit or self._effect_limit
        call = partial(member.worker.run, partial(brought.value.render, view), limit)
        found = attempt(call, float("inf"), answers.rows) if member.enabled else _DISABLED
        return self._or_refuse(brought, found, "skipped")

    def _or_refuse(self, brought: Contribution, found: T | Failure, outcome: str) -> T:
        if not isinstance(found, Failure):
            return found
        cause = f"{brought.name!r}: {found.cause}"
        self._note(self._registry.members[brought.plugin], brought.hook, cause, outcome)
        raise PluginError(brought.plugin, brought.hook, cause) from found.error

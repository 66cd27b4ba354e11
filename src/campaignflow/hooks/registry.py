"""Which plugins there are: built with their settings, checked, named once, and put in order.

pluggy keeps the registrations and their order; what it would silently accept is refused here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pluggy
import structlog
from attrs import define, field

from campaignflow.errors import PlanError, PluginError
from campaignflow.hooks import specs
from campaignflow.hooks.calling import Failure, Worker, attempt
from campaignflow.hooks.contributions import Contribution, collect, take_in
from campaignflow.hooks.installed import Installed
from campaignflow.hooks.settings import Policy, Settings
from campaignflow.hooks.validate import (
    Implementation,
    hook_names,
    implementations,
    nearest,
    plugin_name,
    plugin_version,
)
from campaignflow.hooks.values import PluginInfo

__all__ = ["Member", "Registry"]

# structlog's pipeline into a stdlib logger: an unconfigured host then gets warnings on stderr, never lines on stdout.
log = structlog.wrap_logger(logging.getLogger("campaignflow.hooks"))


@define(eq=False)
class Member:
    """One plugin as a manager holds it.

    Attributes:
        name, version, policy: who it is, and how the host treats it.
        made: what it implements.
        broken: it cannot be used; `error` says why.
        enabled: the host wants it asked.
        late: why its decision hooks are not called any more; None while they are.
        error: its latest fault.
        worker: the thread for its effects.
    """

    name: str
    version: str
    policy: Policy = field(factory=Policy)
    made: tuple[Implementation, ...] = ()
    broken: bool = False
    error: str | None = None
    late: str | None = field(default=None, init=False)
    enabled: bool = field(init=False)
    worker: Worker = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.worker = Worker(self.name)
        self.enabled = self.policy.enabled and not self.broken

    def info(self, order: int) -> PluginInfo:
        """As `describe()` shows it."""
        hooks = tuple(sorted((each.hook for each in self.made), key=hook_names().index))
        asked = self.enabled and self.late is None
        return PluginInfo(self.name, self.version, hooks, asked, self.late or self.error, order)


class Registry:
    """The plugins of one manager.

    Attributes:
        members: every plugin by name, the usable and the broken, in the order in which they came.
        contributions: what was registered, by hook and name.
        calls: for each hook who is asked, in order; made anew by `arrange` whenever a plugin is enabled or disabled.
    """

    def __init__(self, plugins: Iterable[object], settings: Settings, limit: float) -> None:
        self._settings, self._limit = settings, limit
        self._pluggy = pluggy.PluginManager(specs.PROJECT)
        self._pluggy.add_hookspecs(specs)
        self.members: dict[str, Member] = {}
        self.contributions: dict[str, dict[str, Contribution]] = {}
        self.calls: dict[str, tuple[tuple[Member, Implementation], ...]] = {}
        for plugin in plugins:
            self._take_in(plugin)
        self._note_settings_of_nobody()
        self.arrange()

    def arrange(self) -> None:
        """Say once for all calls who is asked, in which order."""
        self.calls = {hook: tuple(self._in_order(hook)) for hook in hook_names()}

    def member(self, name: str) -> Member:
        """The plugin of this name, broken or not.

        Raises:
            PluginError: there is none; the nearest name is suggested.
        """
        if name not in self.members:
            raise PluginError(name, "plugins", f"there is no such plugin{nearest(name, self.members)}")
        return self.members[name]

    def in_order(self) -> tuple[Member, ...]:
        """The plugin that is asked first first; the broken last."""
        members = tuple(reversed(self.members.values()))
        return tuple(sorted(members, key=lambda member: member.broken))

    def _in_order(self, hook: str) -> Iterable[tuple[Member, Implementation]]:
        caller: pluggy.HookCaller = getattr(self._pluggy.hook, hook)
        for found in reversed(caller.get_hookimpls()):
            member = self.members[found.plugin_name]
            if member.enabled:
                yield from ((member, each) for each in member.made if each.hook == hook)

    def _take_in(self, plugin: object) -> None:
        if not isinstance(plugin, Installed):
            self._register(plugin, plugin_name(plugin), plugin_version(plugin))
            return
        try:
            if plugin.error is not None:
                raise PluginError(plugin.name, "import", plugin.error)
            self._register(plugin.plugin, plugin.name, plugin.version)
        except PlanError as error:
            if plugin.name in self._settings.tables:
                self._break(plugin.name, plugin.version, str(error))
            else:  # installed and never set up: nothing to warn of
                self._shelve(plugin.name, plugin.version, f"has no settings yet: {error}")
        except PluginError as error:
            self._break(plugin.name, plugin.version, error.cause)

    def _register(self, plugin: object, name: str, version: str) -> None:
        if name in self.members:
            raise PluginError(name, "registration", "there is a plugin of this name already")
        plugin = self._built(plugin, name)
        made = implementations(plugin, name)
        policy = self._settings.policy(name)
        limit = policy.effect_limit or self._limit
        brought = [each for one in made if one.hook in specs.REGISTRATION_HOOKS for each in collect(one, limit)]
        self._tell_pluggy(plugin, name)
        try:
            take_in(self.contributions, tuple(brought))
        except PluginError:
            self._pluggy.unregister(name=name)
            raise
        self.members[name] = Member(name, version, policy, made)

    def _built(self, plugin: object, name: str) -> object:
        """A class is a plugin to be built: with its settings, if it has a `Config` for them."""
        config = getattr(plugin, "Config", None) if isinstance(plugin, type) else None
        if config is None and self._settings.tables.get(name):
            raise PluginError(name, "registration", "takes no settings, but the host has some for it")
        if not isinstance(plugin, type):
            return plugin
        return self._made(name, partial(plugin, self._settings.config(name, config)) if config is not None else plugin)

    def _made(self, name: str, make: Callable[[], Any]) -> object:
        made = attempt(make, self._limit, lambda plugin: plugin)
        if isinstance(made, Failure):
            raise PluginError(name, "registration", made.cause) from made.error
        return made

    def _tell_pluggy(self, plugin: object, name: str) -> None:
        """pluggy checks once more and keeps the order."""
        try:
            self._pluggy.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(name, "registration", str(error)) from error

    def _break(self, name: str, version: str, cause: str) -> None:
        self._shelve(name, version, cause)
        log.warning("plugin cannot be used", plugin=name, cause=cause)

    def _shelve(self, name: str, version: str, cause: str) -> None:
        while name in self.members:  # never hide a working plugin behind a broken one of the same name
            name += "?"
        self.members[name] = Member(name, version, broken=True, error=cause)

    def _note_settings_of_nobody(self) -> None:
        for name in sorted(self._settings.policies):
            if name not in self.members:
                hint = nearest(name, self.members)
                self._break(name, "", f"the host has settings for it, but it is not installed, or not allowed{hint}")

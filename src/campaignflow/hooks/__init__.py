"""Hooks: how the engine reaches the outside world, and how a plan's language is extended.

Authors of plugins need `hookimpl` and the values below; hosts need `Plugins`, `installed`, `Settings` and the
built-in plugins.
The contract of each hook is in `campaignflow.hooks.specs`.
"""

from campaignflow.hooks.config import Secret
from campaignflow.hooks.defaults import Console, JsonLines, Mailbox, Memory, builtins, one_line
from campaignflow.hooks.installed import Installed, installed
from campaignflow.hooks.manager import Plugins
from campaignflow.hooks.settings import Policy, Settings
from campaignflow.hooks.specs import HOOK_VERSION, hookimpl
from campaignflow.hooks.values import (
    Channel,
    DeliveryResult,
    DistributionKind,
    Fault,
    PluginCommand,
    PluginInfo,
    ReportSection,
)

__all__ = [
    "HOOK_VERSION",
    "Channel",
    "Console",
    "DeliveryResult",
    "DistributionKind",
    "Fault",
    "Installed",
    "JsonLines",
    "Mailbox",
    "Memory",
    "PluginCommand",
    "PluginInfo",
    "Plugins",
    "Policy",
    "ReportSection",
    "Secret",
    "Settings",
    "builtins",
    "hookimpl",
    "installed",
    "one_line",
]

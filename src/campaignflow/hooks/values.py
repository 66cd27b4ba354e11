"""What plugins are given and give back, beside the messages of the core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from campaignflow.core.freeze import EMPTY, freeze_mapping

if TYPE_CHECKING:
    from campaignflow.core.view import CampaignView

__all__ = ["Channel", "DeliveryResult", "DistributionKind", "Fault", "PluginCommand", "PluginInfo", "ReportSection"]


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@frozen
class Channel:
    """What stands behind a channel's name, as the host's configuration says; a plan only names it.

    Attributes:
        name: the channel's name in the plan.
        plugin: the only plugin that may serve it; None where the host left it open.
        to: the host's destination, in the plugin's own terms; None where it has none.
        options: whatever else the host wrote for it.
    """

    name: str
    plugin: str | None = None
    to: str | None = None
    options: Mapping[str, Any] = field(default=EMPTY, converter=freeze_mapping)


@frozen
class DeliveryResult:
    """How one attempt to deliver a notification ended.

    Attributes:
        ok: it was handed over.
        reason: why not, in words; empty when it was.
        permanent: trying again is of no use: it goes to the dead letters at once.
        receipt: what the outside calls it (a Message-ID, a file name), for the record.
        plugin: who answered; set by us.

    >>> DeliveryResult.failed("no address for city-office", permanent=True).reason
    'no address for city-office'
    """

    ok: bool
    reason: str = ""
    permanent: bool = False
    receipt: str = ""
    plugin: str = ""

    @classmethod
    def delivered(cls, receipt: str = "") -> DeliveryResult:
        """It was handed over."""
        return cls(True, receipt=receipt)

    @classmethod
    def failed(cls, reason: str, *, permanent: bool = False) -> DeliveryResult:
        """It was not handed over; `permanent` says that another attempt is of no use."""
        return cls(False, reason=reason, permanent=permanent)


@frozen
class DistributionKind:
    """A probability distribution that a plugin brings.

    Attributes:
        name: what the plan writes before its parameters.
        parameters: names of its parameters, in order.
        quantile: `quantile(u, *parameters)` for 0 < u < 1: the inverse of its distribution function. One uniform number
            makes one draw, so that draws are addressed and not consumed.
        doc: one sentence.
    """

    name: str
    parameters: tuple[str, ...] = field(converter=_texts)
    quantile: Callable[..., float]
    doc: str = ""


@frozen
class ReportSection:
    """A section that a plugin adds to the report.

    Attributes:
        name: its id in the page. title: its heading.
        render: rows of plain text from the campaign; of several columns the first row is the heading. The report
            escapes them.
        doc: one sentence.
    """

    name: str
    title: str
    render: Callable[[CampaignView], Sequence[Sequence[str]]]
    doc: str = ""


@frozen
class PluginCommand:
    """A command that a plugin adds to the command line.

    Attributes:
        name: what is typed after `campaignflow`.
        run: gets the arguments after the name, returns the exit status (None is 0).
        doc: its line in the help.
    """

    name: str
    run: Callable[[Sequence[str]], int | None]
    doc: str = ""


@frozen
class Fault:
    """One misbehaviour of a plugin that was noticed.

    Attributes:
        plugin, hook, cause: whose, where, and what happened.
        outcome: `refused` (the command), `skipped` (the plugin, as the host wants it) or `retry` (of an effect).
    """

    plugin: str
    hook: str
    cause: str
    outcome: str


@frozen
class PluginInfo:
    """A plugin as `describe()` and `campaignflow plugins list` show it.

    Attributes:
        name, version: who it is.
        hooks: what it implements.
        enabled: whether it is asked.
        error: why it could not be used, or its latest fault; None when all is well.
        order: its place among the plugins: 1 is asked first; an implementation's own `tryfirst` or `trylast` wins.
    """

    name: str
    version: str
    hooks: tuple[str, ...]
    enabled: bool
    error: str | None = None
    order: int = 0

"""What a decision must ask of the outside, stated as protocols: `hooks/` fulfils them, the engine passes them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from campaignflow.core.messages import Move, Notification, Objection, ScoringMethod

if TYPE_CHECKING:
    from campaignflow.core.events import Event
    from campaignflow.core.view import CampaignView

__all__ = ["NO_PORTS", "Ports"]


class Ports(Protocol):
    """The decision hooks, as the core sees them. Every answer is recorded; replay asks none of them."""

    def authorize(self, actor: str, action: str, subject: str, view: CampaignView) -> tuple[Objection, ...]:
        """Objections of every `authorize` hook to this actor doing this; any one denies."""

    def guard(self, move: Move, view: CampaignView) -> tuple[Objection, ...]:
        """Objections of every `guard` hook to this move."""

    def compose(self, event: Event, view: CampaignView) -> tuple[Notification, ...]:
        """Notifications that the `compose` hooks make of this event."""

    def scoring_method(self, name: str) -> ScoringMethod | None:
        """The scoring method that a plugin registered under this name."""


class _NoPorts:
    def authorize(self, actor: str, action: str, subject: str, view: CampaignView) -> tuple[Objection, ...]:
        return ()

    def guard(self, move: Move, view: CampaignView) -> tuple[Objection, ...]:
        return ()

    def compose(self, event: Event, view: CampaignView) -> tuple[Notification, ...]:
        return ()

    def scoring_method(self, name: str) -> ScoringMethod | None:
        return None


NO_PORTS: Ports = _NoPorts()

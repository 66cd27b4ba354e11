"""What only an engine can say of a plan: names that plugins should bring, and phases that a handle's methods hide."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from campaignflow.core.checker import check_plan
from campaignflow.engine.campaign import Campaign
from campaignflow.plan.model import Phase, Plan, ScoreNode
from campaignflow.plan.model_scores import METHODS
from campaignflow.plan.near import suggestion
from campaignflow.plan.problems import Problem, by_place

__all__ = ["check_for"]


def check_for(plan: Plan, methods: Collection[str]) -> list[Problem]:
    """Everything that is wrong, doubtful or still open, for an engine whose plugins bring these scoring methods."""
    return by_place([*check_plan(plan), *_methods(plan, {*METHODS, *methods}), *_hidden(plan)])


def _methods(plan: Plan, known: Collection[str]) -> Iterator[Problem]:
    for card in plan.scorecards.values():
        yield from _methods_of(plan, card, f"scorecards.{card.id}", known)


def _methods_of(plan: Plan, node: ScoreNode, path: str, known: Collection[str]) -> Iterator[Problem]:
    if isinstance(node.method, str) and node.method not in known:
        hint = suggestion(node.method, sorted(known)) or "install the plugin that brings it"
        yield plan.origin.problem("CF804", f"no plugin brings the method {node.method!r}", f"{path}.method", hint)
    for child in node.items.values():
        yield from _methods_of(plan, child, f"{path}.items.{child.id}", known)


def _hidden(plan: Plan) -> Iterator[Problem]:
    for phase, path in _phases(plan.phases.values(), "phases"):
        name = phase.id.replace("-", "_")
        if hasattr(Campaign, name):
            message = f"campaign.{name}() is a method of the handle and does not enter this phase"
            hint = f'campaign.enter("{phase.id}") does'
            yield plan.origin.problem("CF512", message, path, hint, "warning")


def _phases(phases: Collection[Phase], path: str) -> Iterator[tuple[Phase, str]]:
    for phase in phases:
        yield phase, f"{path}.{phase.id}"
        yield from _phases(phase.phases.values(), f"{path}.{phase.id}.phases")

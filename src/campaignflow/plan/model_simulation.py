"""What a plan says about its simulation, its privacy and its plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, Section
from campaignflow.plan.model_base import Described, Element, door, doors, entry
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.values import Amount, Duration, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.distributions import Distribution
    from campaignflow.plan.time import Moment, Window

__all__ = ["PLUGINS", "PRIVACY", "SIMULATION", "Option", "Plugin", "Privacy", "Risk", "Simulation"]


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Privacy(Described):
    """How people's data are kept."""

    small_cells: int | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.COUNT, "counts below this are not shown", finer="privacy")
    )
    keep: Duration | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.DURATION, "personal fields go after it", finer="privacy"),
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Risk(Element):
    """Something that may happen in a simulated run; with `chance: 1`, a driver that tasks share."""

    chance: Distribution | Unresolved = field(
        converter=door, metadata=entry(times.DISTRIBUTION, "how likely it is: 0 to 1")
    )
    hits: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(kinds.references("task"), "tasks or groups that it hits")
    )
    factor: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.DISTRIBUTION, "by how much their duration is multiplied")
    )
    adds: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.LASTING, "how much is added to it")
    )
    blocks: Window | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.WINDOW, "when no work is done on them")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Option(Element):
    """A variant of the plan, to be compared: what it costs, and what it changes."""

    cost: Amount | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.AMOUNT, "what it costs")
    )
    set: Section[Any] = field(
        default=EMPTY, converter=door, metadata=entry(kinds.text_map(kinds.DATA, "paths and values"), "what it changes")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Simulation(Described):
    """What simulation needs beyond the plan itself."""

    horizon: Moment | Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.HORIZON, "where a run stops: a date, or a duration")
    )
    risks: Section[Risk] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Risk, "{chance, hits, factor, adds, blocks}"), "risks"), "risks and shared drivers",
                       finer="risks"),
    )  # fmt: skip
    options: Section[Option] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Option, "{cost, set}"), "options"), "variants to compare", finer="options"),
    )
    costs: Section[Amount | Unresolved] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(
            kinds.text_map(kinds.AMOUNT, "a mapping from resource to amount a day", refers="resource"),
            "what a resource costs a day",
            finer="costs",
        ),
    )
    budget: Amount | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.AMOUNT, "what may be spent", finer="costs")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Plugin(Element):
    """A plugin that the plan cannot do without, with settings that the plugin's own class checks."""

    REST: ClassVar[str | None] = "settings"

    settings: Section[Any] = field(
        default=EMPTY, converter=door, metadata=entry(kinds.DATA_SECTION, "its settings", "H")
    )


PRIVACY: Final = Body(Privacy, "{small-cells: N, keep: duration}")
SIMULATION: Final = Body(Simulation, "{horizon, risks, options, costs, budget}")
PLUGINS: Final = Ids(Body(Plugin, "a plugin's settings"), "plugins: a mapping from name to settings")

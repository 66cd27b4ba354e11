"""What an expression may name where it stands: facts, registers, functions, ids; plain data, built from a plan."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from campaignflow.plan.expressions.types import Type

__all__ = ["Function", "MeasuredId", "Parameter", "Register", "Schema"]


@frozen
class Parameter:
    """What stands at one place between a function's brackets.

    Attributes:
        kind: which rule of the checker reads it: `indicator`, `scorecard`, `measured` (either), `of` (whose value),
            `register` (bare), `register-id` (quoted), `item`, `condition`, `expression` and `field` (in the register's
            own names), `state`, `trigger`, `clock`, `unit`, `date-name`, `resource`, `phase`, `moment`, `number`,
            `numbers` (one or more).
        optional: whether it may be left out.
    """

    kind: str
    optional: bool = False


@frozen
class Function:
    """A function of the language.

    Attributes:
        id: its name. shown: how it is written, for messages and the reference page. doc: what it gives.
        parameters: what it takes, in order.
        result: `number flag text moment`, or `like` (the type of its last numeric argument), `stock` (number or amount
            of the resource), `grade`, `state` (a text of known options).
        own: whether it stands only in a condition, where it is about the item tried.
        by_time: whether time alone can change what it gives.
    """

    id: str
    shown: str
    doc: str
    parameters: tuple[Parameter, ...]
    result: str
    own: bool = False
    by_time: bool = False

    @property
    def least(self) -> int:
        """How many arguments it needs."""
        return sum(not parameter.optional for parameter in self.parameters)


@frozen
class Register:
    """A register, as expressions see it.

    Attributes:
        id: as the plan writes it. name: as expressions write it.
        fields: fields and facts of each item by the name in expressions.
        states: the states it can be in; None where only running shows them.
        triggers, clocks: what moves it; what counts its time.
        by_time: facts that time alone can change (`overdue`).
    """

    id: str
    fields: Mapping[str, Type]
    states: frozenset[str] | None = None
    triggers: frozenset[str] = frozenset()
    clocks: frozenset[str] = frozenset()
    by_time: frozenset[str] = frozenset({"overdue"})

    @property
    def name(self) -> str:
        """The id as a bare name."""
        return self.id.replace("-", "_")


@frozen
class MeasuredId:
    """An indicator or scorecard, as functions see it.

    Attributes:
        id: as the plan writes it.
        each: type of what it is measured for, one value each; None where there is one for the campaign.
        whole: whether the whole can be read without naming one.
        grades: the grades it can have.
    """

    id: str
    each: Type | None = None
    whole: bool = True
    grades: frozenset[str] = frozenset()


@frozen
class Schema:
    """Everything an expression may name at one place of a plan.

    Attributes:
        where: the place in words, for messages: `the gate of phase evaluate`.
        facts: type of each fact by its dotted name.
        functions, registers, indicators, scorecards: by the name that expressions write them with (indicators and
            scorecards by id, which is quoted).
        own: id of the register whose fields bare names are, in a selection's `where`; else None.
        ids: ids of other things that are quoted: `unit`, `task`, `phase`, `date`; absent where they are not checked.
        resources: type of what is left of each resource.
        open_heads: names of which any attribute is taken for granted, such as `event` of a plugin's event.
        by_time: facts that time alone can change.
        elsewhere: facts that exist at other places, each with where, so that a message can say so.
    """

    where: str
    facts: Mapping[str, Type]
    functions: Mapping[str, Function] = field(factory=dict)
    registers: Mapping[str, Register] = field(factory=dict)
    indicators: Mapping[str, MeasuredId] = field(factory=dict)
    scorecards: Mapping[str, MeasuredId] = field(factory=dict)
    own: str | None = None
    ids: Mapping[str, frozenset[str]] = field(factory=dict)
    resources: Mapping[str, Type] = field(factory=dict)
    open_heads: frozenset[str] = frozenset()
    by_time: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(factory=dict)

    def register(self, id_or_name: str) -> Register | None:
        """The register of this id or name."""
        return self.registers.get(id_or_name.replace("-", "_"))

"""What `event.…` and `item` are in a rule, by the events that it acts on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaignflow.plan.expressions.schema import MeasuredId, Schema
from campaignflow.plan.expressions.types import ANY, Type, item, one_of
from campaignflow.plan.fact_tables import EVENT_FIELDS, ITEM_FACTS

__all__ = ["event_facts"]


def event_facts(events: Sequence[str], schema: Schema) -> tuple[dict[str, Type], bool]:
    """The facts that a rule on these events has besides those that stand everywhere.

    Args:
        events: as the rule writes them, `task.verified kick-off`; of several only what all of them have.
        schema: what stands everywhere.

    Returns:
        `event.…` and, where each of the events is about an item, `item`; and whether an event is not known here, a
        plugin's, so that any field of it must be taken for granted.
    """
    fields = [_fields(event, schema) for event in events]
    known = [found for found in fields if found is not None]
    facts = {f"event.{name}": type_ for name, type_ in _common(known).items()}
    registers = [schema.register(_head(event)) for event in events]
    if all(register is not None for register in registers):
        facts["item"] = item(*(register.id for register in registers if register is not None))
    return facts, len(known) < len(fields)


def _head(event: str) -> str:
    return event.partition(".")[0]


def _fields(event: str, schema: Schema) -> dict[str, Type] | None:
    name, _, about = event.partition(" ")
    head = _head(name)
    register = schema.register(head)
    if register is None and head not in EVENT_FIELDS:
        return None
    fields = dict(EVENT_FIELDS[""])
    if register is not None:
        fields |= EVENT_FIELDS["*"]
        fields |= {field: type_ for field, type_ in register.fields.items() if field not in ITEM_FACTS}
    fields |= EVENT_FIELDS.get(head, {})
    fields |= _named(head, about.strip(), schema)
    return fields


def _named(head: str, about: str, schema: Schema) -> Mapping[str, Type]:
    """What is known more closely because the event names its indicator or scorecard."""
    if head in ("score", "mark"):
        return _closer(schema.scorecards.get(about))
    if head in ("measurement", "indicator"):
        return _closer(schema.indicators.get(about))
    return {}


def _closer(measured: MeasuredId | None) -> Mapping[str, Type]:
    if measured is None:
        return {}
    fields: dict[str, Type] = {"of": measured.each or ANY}
    if measured.grades:
        fields["grade"] = one_of(f"grade of {measured.id}", *measured.grades)
    return fields


def _common(fields: Sequence[Mapping[str, Type]]) -> dict[str, Type]:
    if not fields:
        return {}
    names = set(fields[0]).intersection(*fields[1:])
    return {
        name: fields[0][name] if all(each[name] == fields[0][name] for each in fields) else ANY
        for name in sorted(names)
    }
